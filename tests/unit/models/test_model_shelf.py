import json
import os
from pathlib import Path

import pytest
from model_fakes import FakeIndex

from frontdesk.errors import ModelFileError
from frontdesk.models.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path, index: FakeIndex) -> Shelf:
    shelf = Shelf(tmp_path / "models")
    shelf.folder.mkdir()
    shelf.path(index.entry).write_bytes(index.data)
    return shelf


def hashed(shelf: Shelf, index: FakeIndex) -> bool:
    """Whether a check reads the file."""
    seen: list[str] = []
    shelf.checked(index.entry, lambda done, total, text: seen.append(text))
    return bool(seen)


def test_a_good_file_is_hashed_once(shelf: Shelf, index: FakeIndex) -> None:
    assert hashed(shelf, index)
    assert not hashed(shelf, index)


def test_verify_always_hashes_the_whole(shelf: Shelf, index: FakeIndex) -> None:
    shelf.verify(index.entry)
    seen: list[tuple[int, int]] = []
    shelf.verify(index.entry, lambda done, total, text: seen.append((done, total)))
    assert seen[-1] == (index.entry.size, index.entry.size)


def test_tampered_file_is_refused_with_both_hashes(shelf: Shelf, index: FakeIndex) -> None:
    shelf.checked(index.entry)
    path = shelf.path(index.entry)
    path.write_bytes(b"x" + index.data[1:])
    with pytest.raises(ModelFileError) as caught:
        shelf.checked(index.entry)
    assert index.entry.sha256 in str(caught.value)
    assert "frontdesk models pull fake" in str(caught.value)


def test_setting_the_time_back_does_not_hide_tampering(shelf: Shelf, index: FakeIndex) -> None:
    shelf.checked(index.entry)
    path = shelf.path(index.entry)
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelFileError):
        shelf.checked(index.entry)


def test_a_replaced_file_is_hashed_again(shelf: Shelf, index: FakeIndex) -> None:
    shelf.checked(index.entry)
    other = shelf.folder / "other"
    other.write_bytes(index.data)
    other.replace(shelf.path(index.entry))
    assert hashed(shelf, index)


def test_truncated_file_is_refused_by_its_size(shelf: Shelf, index: FakeIndex) -> None:
    path = shelf.path(index.entry)
    path.write_bytes(index.data[:-1])
    assert not shelf.is_present(index.entry)
    with pytest.raises(ModelFileError, match="601,233 bytes"):
        shelf.checked(index.entry)


def test_missing_file_says_how_to_fetch_it(tmp_path: Path, index: FakeIndex) -> None:
    with pytest.raises(ModelFileError, match="frontdesk models pull fake"):
        Shelf(tmp_path / "nowhere").checked(index.entry)


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"sha256": "x"}', "\x00"])
def test_a_broken_note_costs_a_hashing(shelf: Shelf, index: FakeIndex, note: str) -> None:
    shelf.checked(index.entry)
    (path,) = shelf.folder.glob(".*.verified.json")
    path.write_text(note)
    assert hashed(shelf, index)


def test_a_note_about_other_bytes_does_not_count(shelf: Shelf, index: FakeIndex) -> None:
    shelf.checked(index.entry)
    (path,) = shelf.folder.glob(".*.verified.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sha256": "0" * 64}))
    assert hashed(shelf, index)


def test_state_and_remove(shelf: Shelf, index: FakeIndex) -> None:
    shelf.verify(index.entry)
    shelf.partial(index.entry).write_bytes(b"123")
    assert shelf.state(index.entry) == "present"
    assert shelf.remove(index.entry) > index.entry.size
    assert shelf.state(index.entry) == "absent"
    assert list(shelf.folder.iterdir()) == []
    shelf.partial(index.entry).write_bytes(b"123")
    assert shelf.state(index.entry) == "partial"


def test_present_lists_models_of_the_catalogue_only(shelf: Shelf) -> None:
    assert shelf.present() == []
