"""Sentence embeddings by an ONNX model on this machine's CPU.

The vectors are those of sentence-transformers: WordPiece tokens, the mean of the last layer over
the tokens, scaled to length 1 (https://sbert.net/docs/package_reference/sentence_transformer).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontdesk.errors import ModelFileError
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.shelf import Shelf

_BATCH = 16


class OnnxEmbedder:
    """The :class:`~frontdesk.ports.Embedder` over an embedding model of the catalogue.

    The model is loaded when the first text comes, and works in one thread of its own.
    """

    def __init__(self, entry: ModelEntry, shelf: Shelf, *, threads: int) -> None:
        self._entry = entry
        self._shelf = shelf
        self._threads = threads
        self._loaded: tuple[Any, Any] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-embedding")

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`~frontdesk.ports.Embedder`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._embed, list(texts))

    async def close(self) -> None:
        """Frees the model."""
        await asyncio.to_thread(self._thread.shutdown)
        self._loaded = None

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        session, tokenizer = self._loaded = self._loaded or self._load()
        # Texts of one length together, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            encoded = tokenizer.encode_batch([texts[index] for index in batch])
            ids = np.array([one.ids for one in encoded], dtype=np.int64)
            mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
            (hidden,) = session.run(
                ["last_hidden_state"],
                {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
            )
            mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            mean /= np.linalg.norm(mean, axis=1, keepdims=True)
            vectors |= dict(zip(batch, mean.astype(np.float32), strict=True))
        return np.array([vectors[index] for index in range(len(texts))], dtype=np.float32)

    def _load(self) -> tuple[Any, Any]:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ModelFileError(
                f"{self._entry.id} needs onnxruntime and tokenizers. Install them: "
                'pip install "frontdesk[local]"'
            ) from error
        file = self._shelf.checked(self._entry).read_bytes()
        graph = len(file) - self._entry.tokenizer_bytes
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        session = onnxruntime.InferenceSession(
            file[:graph], options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_str(file[graph:].decode())
        tokenizer.enable_padding()
        tokenizer.enable_truncation(self._entry.context_tokens)
        return session, tokenizer
