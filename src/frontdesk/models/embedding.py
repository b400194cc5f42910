"""Sentence embeddings by a model on this machine's CPU.

The vectors are those of sentence-transformers: the mean of the last layer over the tokens, scaled
to length 1 (https://sbert.net/docs/package_reference/sentence_transformer).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from frontdesk.errors import ModelFileError
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.quantised import QuantisedEncoder
from frontdesk.models.shelf import Shelf

_BATCH = 16


class Encoder(Protocol):
    """A model's layers."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The mean of the last layer over each text's tokens, shape (texts, dimensions)."""
        ...


class LocalEmbedder:
    """The :class:`~frontdesk.ports.Embedder` over an embedding model of the catalogue.

    The model is loaded when the first text comes, and works in one thread of its own.
    """

    def __init__(self, entry: ModelEntry, shelf: Shelf, *, threads: int) -> None:
        self._entry = entry
        self._shelf = shelf
        self._threads = threads
        self._encoder: Encoder | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-embedding")

    async def embed(self, texts: Sequence[str], _language: str = "") -> NDArray[np.float32]:
        """See :class:`~frontdesk.ports.Embedder`; the language makes no difference."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._embed, list(texts))

    async def close(self) -> None:
        """Frees the model."""
        await asyncio.to_thread(self._thread.shutdown)
        self._encoder = None

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        encoder = self._encoder = self._encoder or self._load()
        # Texts of one length together, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            mean = encoder.encode([self._entry.text_prefix + texts[index] for index in batch])
            mean /= np.linalg.norm(mean, axis=1, keepdims=True)
            vectors |= dict(zip(batch, mean.astype(np.float32), strict=True))
        return np.array([vectors[index] for index in range(len(texts))], dtype=np.float32)

    def _load(self) -> Encoder:
        entry, file = self._entry, self._shelf.checked(self._entry)
        try:
            if entry.file_format == "e5s1":
                return QuantisedEncoder(file, entry.context_tokens)
            return OnnxEncoder(file, entry, self._threads)
        except ImportError as error:
            raise ModelFileError(
                f"{entry.id} needs onnxruntime and tokenizers. Install them: "
                'pip install "frontdesk[local]"'
            ) from error


class OnnxEncoder:
    """An ONNX graph, with its ``tokenizer.json`` behind it in the same file."""

    def __init__(self, file: Path, entry: ModelEntry, threads: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        content = file.read_bytes()
        graph = len(content) - entry.tokenizer_bytes
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            content[:graph], options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_str(content[graph:].decode())
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(entry.context_tokens)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See :class:`Encoder`."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        (hidden,) = self._session.run(
            ["last_hidden_state"],
            {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)},
        )
        total = (hidden * mask[..., None]).sum(axis=1)
        return np.asarray(total / mask.sum(axis=1, keepdims=True))
