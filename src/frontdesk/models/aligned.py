"""Vectors of several languages, laid over one another.

A multilingual model puts all texts of a language somewhat to one side, so a text lies nearer to
unlike texts of its own language than it should, and classifiers fitted in one language do worse in
others. Counted from their own language's centre, texts that mean alike lie close in all of them.
The centre is the mean of the same sentences in each language, from ``parallel.toml``; a language
that isn't there counts from the mean of those that are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from frontdesk.ports import Embedder


async def centres(embedder: Embedder) -> Mapping[str, NDArray[np.float32]]:
    """Where each language lies; under "" where others are taken to lie."""
    text = resources.files("frontdesk.models").joinpath("parallel.toml").read_text("utf-8")
    found = {
        language: np.asarray((await embedder.embed(sentences)).mean(axis=0))
        for language, sentences in tomllib.loads(text).items()
    }
    return {**found, "": np.mean(list(found.values()), axis=0)}


class AlignedEmbedder:
    """An :class:`~frontdesk.ports.Embedder` that counts from the centre of the texts' language."""

    def __init__(self, embedder: Embedder, centres: Mapping[str, NDArray[np.float32]]) -> None:
        self._embedder = embedder
        self._centres = centres

    async def embed(self, texts: Sequence[str], language: str = "", /) -> NDArray[np.float32]:
        """See :class:`~frontdesk.ports.Embedder`."""
        found = await self._embedder.embed(texts)
        if not len(found):
            return found
        moved = found - self._centres.get(language, self._centres[""])
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))

    async def close(self) -> None:
        """Frees what the model holds."""
        await self._embedder.close()
