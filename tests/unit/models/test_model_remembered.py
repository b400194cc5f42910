"""A desk's own texts are embedded once, and nothing that goes wrong with the files matters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from frontdesk.models.remembered import RememberingEmbedder
from frontdesk.testing import WordEmbedder

TEXTS = [f"text number {number}" for number in range(16)]
"""The fewest that are kept."""
MOST_FILES = 64


class CountingEmbedder(WordEmbedder):
    """Counts what it computes."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.closed = False

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        return await super().embed(texts)

    async def close(self) -> None:
        self.closed = True


async def embedded(folder: Path, texts: Sequence[str] = TEXTS, model: str = "sha") -> int:
    """How often a new process computes the texts; what it gives is right."""
    inner = CountingEmbedder()
    found = await RememberingEmbedder(inner, model, folder).embed(texts)
    expected = await WordEmbedder().embed(texts)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)
    return len(inner.calls)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "embeddings"


async def test_the_same_texts_are_computed_once(folder: Path) -> None:
    assert await embedded(folder) == 1
    assert await embedded(folder) == 0
    assert [file.suffix for file in files(folder)] == [".npy"]


async def test_one_process_computes_them_once_too(folder: Path) -> None:
    inner = CountingEmbedder()
    remembering = RememberingEmbedder(inner, "sha", folder)
    for _ in range(3):
        await remembering.embed(TEXTS)
    assert inner.calls == [TEXTS]


OTHERS = {
    "one changed": [*TEXTS[:-1], "text number 99"],
    "one more": [*TEXTS, "more"],
    "another order": TEXTS[::-1],
    "words across texts": ["text number", "0 text number 1", *TEXTS[2:]],
    "an empty one": ["", *TEXTS[1:]],
}


@pytest.mark.parametrize("texts", OTHERS.values(), ids=OTHERS)
async def test_other_texts_are_computed_anew(folder: Path, texts: list[str]) -> None:
    assert await embedded(folder) == 1
    assert await embedded(folder, texts) == 1
    assert (await embedded(folder), await embedded(folder, texts)) == (0, 0)
    assert len(files(folder)) == 2


async def test_texts_joined_or_apart_are_not_the_same(folder: Path) -> None:
    apart, joined = ["ab", "c", *TEXTS], ["a", "bc", *TEXTS]
    assert [await embedded(folder, texts) for texts in (apart, joined)] == [1, 1]


async def test_another_model_computes_anew(folder: Path) -> None:
    assert await embedded(folder, model="sha") == 1
    assert await embedded(folder, model="other") == 1
    assert await embedded(folder, model="sha") == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: b"",
        lambda good: b"garbage",
        lambda good: good[: len(good) // 2],
        lambda good: good[:-1],
        lambda good: good[:9],
        lambda good: good[:60],
        lambda good: good.replace(b"(16, 512)", b"(15, 512)"),
        lambda good: good.replace(b"'<f4'", b"'O'  "),
        lambda good: b"\x80\x04]\x94.",
    ],
)
async def test_a_broken_file_is_computed_again(folder: Path, damage: object) -> None:
    await embedded(folder)
    (file,) = files(folder)
    good = file.read_bytes()
    assert callable(damage)
    file.write_bytes(damage(good))
    assert await embedded(folder) == 1
    assert file.read_bytes() == good
    assert await embedded(folder) == 0


@pytest.mark.parametrize("count", [0, 1, 15])
async def test_what_customers_write_never_reaches_the_disk(folder: Path, count: int) -> None:
    assert await embedded(folder, TEXTS[:count]) == 1
    assert await embedded(folder, TEXTS[:count]) == 1
    assert not folder.exists()


async def test_a_folder_that_is_not_there_and_cannot_be_made(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.symlink_to(tmp_path / "nowhere" / "at" / "all")
    assert await embedded(gone) == 1
    assert await embedded(gone) == 1


@pytest.mark.parametrize("below", ["", "deeper"])
async def test_a_file_in_the_place_of_the_folder(tmp_path: Path, below: str) -> None:
    """Stands for every folder that can't be written, which root could write."""
    file = tmp_path / "file"
    file.write_text("mine")
    assert await embedded(file / below) == 1
    assert await embedded(file / below) == 1
    assert file.read_text() == "mine"


async def test_the_oldest_files_go(folder: Path) -> None:
    folder.mkdir(parents=True)
    for age in range(1, MOST_FILES + 9):
        old = folder / f"{age:03}.npy"
        old.write_bytes(b"old")
        os.utime(old, (1e9 - age, 1e9 - age))
    assert await embedded(folder) == 1
    left = {file.name for file in files(folder)}
    assert len(left) == MOST_FILES
    assert {f"{age:03}.npy" for age in range(1, MOST_FILES)} < left
    assert await embedded(folder) == 0


async def test_up_to_64_files_stay(folder: Path) -> None:
    for number in range(MOST_FILES):
        await embedded(folder, [*TEXTS, str(number)])
    assert len(files(folder)) == MOST_FILES
    assert await embedded(folder, [*TEXTS, "0"]) == 0


async def test_closing_closes_the_model(folder: Path) -> None:
    inner = CountingEmbedder()
    await RememberingEmbedder(inner, "sha", folder).close()
    assert inner.closed
