"""Languages laid over one another, with an embedder that puts each of them to one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from frontdesk.models.aligned import AlignedEmbedder, centres
from frontdesk.testing import WordEmbedder


class TwoSidedEmbedder(WordEmbedder):
    """Counts words, and puts texts that begin with "es:" far to one side."""

    async def embed(self, texts: Sequence[str], _language: str = "") -> NDArray[np.float32]:
        found = await super().embed([text.removeprefix("es:") for text in texts])
        found[[text.startswith("es:") for text in texts], 0] += 3.0
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


PLAIN = ["cancel my stay", "where can I park", "thank you"]
SPANISH = [f"es:{text}" for text in PLAIN]


async def test_texts_of_two_languages_lie_together_counted_from_their_centres() -> None:
    inner = TwoSidedEmbedder()
    bare, spanish = await inner.embed([PLAIN[0]]), await inner.embed(SPANISH)
    assert (spanish @ bare[0]).max() < 0.4
    lying = {
        "en": (await inner.embed(PLAIN)).mean(axis=0),
        "es": spanish.mean(axis=0),
        "": np.zeros(512, dtype=np.float32),
    }
    aligned = AlignedEmbedder(inner, lying)
    (cancel,) = await aligned.embed([PLAIN[0]], "en")
    near = await aligned.embed(SPANISH, "es") @ cancel
    assert near.argmax() == 0
    assert near[0] > 0.9
    assert np.linalg.norm(cancel) == pytest.approx(1.0, abs=1e-5)


async def test_every_language_has_the_same_sentences() -> None:
    """Their mean says where a language lies only if they mean the same."""
    found = await centres(WordEmbedder())
    assert {"en", "es", "zh", ""} <= set(found)
    assert all(centre.shape == (512,) for centre in found.values())


async def test_an_unknown_language_counts_from_the_mean_of_all() -> None:
    lying = await centres(WordEmbedder())
    aligned = AlignedEmbedder(WordEmbedder(), lying)
    unknown, none = await aligned.embed(PLAIN, "xx"), await aligned.embed(PLAIN)
    assert np.array_equal(unknown, none)
    assert not np.array_equal(unknown, await aligned.embed(PLAIN, "es"))


async def test_no_texts_have_no_vectors() -> None:
    assert len(await AlignedEmbedder(WordEmbedder(), {"": np.zeros(512)}).embed([])) == 0
