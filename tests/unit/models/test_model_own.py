from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.errors import DeskError
from frontdesk.models import own
from frontdesk.models.catalogue import find
from frontdesk.models.mirrors import FileMirror, HubMirror, UrlMirror

ENTRY = replace(
    find("qwen3-4b"),
    id="house-model",
    alias="house",
    mirrors=(HubMirror("house/model", "a.gguf", "v1"), UrlMirror("https://example.org/a.gguf")),
)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / own.FILE


def test_what_is_pinned_is_read_again(lock: Path) -> None:
    other = replace(ENTRY, id="other", alias="o", sha256="0" * 64)
    own.pin(lock, ENTRY)
    own.pin(lock, other)
    assert own.load([lock, lock.with_name("missing.toml")]) == (ENTRY, other)


def test_comments_of_the_operator_stay(lock: Path) -> None:
    own.pin(lock, ENTRY)
    lock.write_text(lock.read_text() + "# approved by Ana\n")
    own.pin(lock, replace(ENTRY, id="other", alias="o"))
    assert "# approved by Ana" in lock.read_text()


def test_memory_that_the_operator_measured_is_taken(lock: Path) -> None:
    own.pin(lock, ENTRY)
    lock.write_text(lock.read_text().replace("parameters =", "resident_bytes = 7\nparameters ="))
    (entry,) = own.load([lock])
    assert (entry.resident_bytes, entry.resident_measured) == (7, True)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("size = ", "size = -", "size", "`size`: input should be greater than 0"),
        (f'sha256 = "{ENTRY.sha256}"', 'sha256 = "abc"', "sha256", "`sha256`: string should match"),
        ("architecture =", "achitecture =", "achitecture", "`achitecture`: extra inputs"),
        ('alias = "house"', 'alias = "qwen-1.5b"', "alias", "another model is called 'qwen-1.5b'"),
        ("repo =", "repository =", "mirrors", "a mirror is not one"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(
    lock: Path, old: str, new: str, key: str, words: str
) -> None:
    own.pin(lock, replace(ENTRY, id="first", alias="first"))
    own.pin(lock, ENTRY)
    good = lock.read_text()
    at = good.rindex(old)
    lock.write_text(good[:at] + new + good[at + len(old) :])
    lines = lock.read_text().splitlines()
    expected = max(n for n, line in enumerate(lines, 1) if line.startswith(f"{key} ="))
    with pytest.raises(DeskError) as caught:
        own.load([lock])
    problem = next(each for each in caught.value.problems if words in each.message)
    assert problem.line == expected
    assert problem.fix


@pytest.mark.parametrize("text", ["[[model]", "model = 1", "[model]\nid = 'a'", "[[model]]\nid=1"])
def test_a_file_that_holds_no_entries(lock: Path, text: str) -> None:
    lock.write_text(text)
    with pytest.raises(DeskError, match=r"models\.lock\.toml:\d+: "):
        own.load([lock])


def test_an_empty_file_holds_nothing(lock: Path) -> None:
    lock.write_text("")
    assert own.load([lock]) == ()


def test_packages_are_no_mirror_of_the_operator(lock: Path) -> None:
    with pytest.raises(TypeError):
        own.pin(lock, replace(ENTRY, mirrors=find("qwen-1.5b").mirrors))
    own.pin(lock, replace(ENTRY, mirrors=(FileMirror(Path("/models/a.gguf")),)))
    assert own.load([lock])[0].mirrors == (FileMirror(Path("/models/a.gguf")),)
