"""Embeddings without a model: texts with the same words lie close."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DIMENSIONS = 512


class WordEmbedder:
    """A :class:`~frontdesk.ports.Embedder` for tests: counts words, each at a place of its own.

    The same words give the same vector on every machine.
    """

    async def embed(self, texts: Sequence[str], _language: str = "") -> NDArray[np.float32]:
        """See :class:`~frontdesk.ports.Embedder`."""
        vectors = np.full((len(texts), _DIMENSIONS), 1e-6, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                vector[zlib.crc32(word.encode()) % _DIMENSIONS] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, dtype=np.float32)

    async def close(self) -> None:
        """Nothing to free."""
