"""Copies of a desk by digest."""

from __future__ import annotations

import pytest
from desk_folder import Folder

from frontdesk.desk.load import digest, files_of
from frontdesk.desk.snapshots import Snapshots
from frontdesk.errors import OperatorError


@pytest.fixture
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    return Snapshots(tmp_path_factory.mktemp("data") / "desks")


def test_a_copy_is_the_same_desk(folder: Folder, snapshots: Snapshots) -> None:
    folder.write("tests/one.yaml", "[]")
    folder.write(".env", "SECRET=1")
    folder.write(".git/HEAD", "ref: main")
    copy = snapshots.keep(folder.path)
    assert copy.name == digest(copy) == digest(folder.path)
    assert files_of(copy) == files_of(folder.path)
    assert not any((copy / name).exists() for name in ("tests", ".env", ".git"))
    assert snapshots.find(copy.name) == copy
    assert snapshots.digests() == [copy.name]


def test_what_git_keeps_in_the_folder_is_not_the_desk(folder: Folder) -> None:
    before = digest(folder.path)
    folder.write(".git/HEAD", "ref: main")
    assert digest(folder.path) == before


def test_each_version_is_kept_once(folder: Folder, snapshots: Snapshots) -> None:
    first = snapshots.keep(folder.path)
    assert snapshots.keep(folder.path) == first
    folder.write("knowledge/a.md", "---\ntitle: A\n---\nText.\n")
    second = snapshots.keep(folder.path)
    assert snapshots.digests() == sorted([first.name, second.name])
    snapshots.remove(first.name)
    assert snapshots.digests() == [second.name]


def test_a_copy_that_was_changed_is_none_and_is_made_anew(
    folder: Folder, snapshots: Snapshots
) -> None:
    copy = snapshots.keep(folder.path)
    (copy / "desk.toml").write_text("format = 1")
    assert snapshots.find(copy.name) is None
    assert snapshots.keep(folder.path) == copy
    assert snapshots.find(copy.name) == copy


def test_nothing_is_left_of_a_copy_that_fails(folder: Folder, snapshots: Snapshots) -> None:
    copy = snapshots.keep(folder.path)
    left = copy.parent / ".staged-1"
    left.mkdir()
    snapshots.tidy()
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    copy.parent.parent.joinpath("file").write_text("")
    with pytest.raises(OperatorError, match="can't be copied"):
        Snapshots(copy.parent.parent / "file").keep(folder.path)
