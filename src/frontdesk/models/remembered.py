"""Embeddings of a desk's own texts, kept on disk: computing them again takes seconds."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from frontdesk.ports import Embedder

_FEWEST = 16
_DIGEST = hashlib.sha256().digest_size
_MOST_FILES = 64
"""Some megabytes each; a desk needs two, and a change of its texts makes new ones."""


class RememberingEmbedder:
    """An :class:`~frontdesk.ports.Embedder` that keeps what it computed for many texts at once.

    It is for a desk's own texts, which come in numbers; messages don't go through it.
    """

    def __init__(self, embedder: Embedder, model_sha256: str, folder: Path) -> None:
        self._embedder = embedder
        self._model = model_sha256
        self._folder = folder

    async def embed(self, texts: Sequence[str], _language: str = "") -> NDArray[np.float32]:
        """See :class:`~frontdesk.ports.Embedder`; the model inside must not heed the language."""
        if len(texts) < _FEWEST:
            return await self._embedder.embed(texts)
        file = self._file(texts)
        kept = _read(file)
        if kept is not None:
            return kept
        vectors = await self._embedder.embed(texts)
        self._keep(file, vectors)
        return vectors

    async def close(self) -> None:
        """Frees what the model holds."""
        await self._embedder.close()

    def _file(self, texts: Sequence[str]) -> Path:
        key = hashlib.sha256(self._model.encode())
        for text in texts:
            key.update(hashlib.sha256(text.encode()).digest())
        return self._folder / f"{key.hexdigest()}.npy"

    def _keep(self, file: Path, vectors: NDArray[np.float32]) -> None:
        staged = file.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            content = io.BytesIO()
            np.save(content, vectors)
            digest = hashlib.sha256(content.getvalue()).digest()
            staged.write_bytes(digest + content.getvalue())
            staged.replace(file)
            files = sorted(self._folder.glob("*.npy"), key=lambda one: one.stat().st_mtime)
            for old in files[:-_MOST_FILES]:
                old.unlink(missing_ok=True)
        except OSError:
            with contextlib.suppress(OSError):
                staged.unlink(missing_ok=True)  # A full or read-only disk: computed at every start.


def _read(file: Path) -> NDArray[np.float32] | None:
    """What was kept; ``None`` if there is nothing, or not what was written."""
    try:
        found = file.read_bytes()
    except OSError:
        return None
    digest, content = found[:_DIGEST], found[_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None
    kept: NDArray[np.float32] = np.load(io.BytesIO(content))
    return kept
