"""Adds models from files, addresses and a hub, against a real local server."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from gguf_fake import gguf
from hub_server import COMMIT, HubServer, serving
from model_fakes import sha

from frontdesk.errors import ModelFileError, PullFailed
from frontdesk.models import own
from frontdesk.models.add import Addition, BadName, Changed, add
from frontdesk.models.catalogue import ModelEntry, find
from frontdesk.models.mirrors import FileMirror, HubMirror, UrlMirror
from frontdesk.models.pull import pull
from frontdesk.models.shelf import Shelf

DATA = gguf(weights=bytes(range(256)) * 2000)
OTHER = gguf(weights=bytes(range(255)) * 2000)
FROM_HUB = "hf:house/model-GGUF/House Model-Q4.gguf"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    files = {"house/model-GGUF/House Model-Q4.gguf": DATA, "plain/house.gguf": DATA}
    with serving(HubServer(files)) as fake:
        monkeypatch.setenv("HF_ENDPOINT", fake.hub)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "house.gguf"
    path.write_bytes(DATA)
    return path


class Operator:
    """Adds into one folder and one lock file."""

    def __init__(self, folder: Path) -> None:
        self.lock = folder / "desk" / own.FILE
        self.models = folder / "models"

    def add(self, source: object, alias: str | None = None) -> ModelEntry:
        known = own.load([self.lock])
        addition = Addition(str(source), self.lock, self.models, known, alias, sleep=self.sleep)
        return add(addition)

    def sleep(self, seconds: float) -> None:
        pass

    def litter(self) -> list[Path]:
        return [each for each in self.models.iterdir() if each.name.startswith(".add-")]


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_a_file_is_read_hashed_pinned_and_kept(operator: Operator, file: Path) -> None:
    entry = operator.add(file, alias="house")
    assert (entry.id, entry.alias, entry.title) == ("house", "house", "House Model")
    assert (entry.sha256, entry.size) == (sha(DATA), len(DATA))
    assert (entry.architecture, entry.parameters) == ("llama", 42)
    assert (entry.context_tokens, entry.licence, entry.languages) == (
        4096,
        "apache-2.0",
        ("en", "pt"),
    )
    assert not entry.resident_measured
    assert own.load([operator.lock]) == (entry,)
    assert Shelf(operator.models).checked(entry).read_bytes() == DATA


def test_what_is_pinned_is_found_and_pulled_elsewhere(
    operator: Operator, file: Path, tmp_path: Path
) -> None:
    operator.add(file)
    (entry,) = own.load([operator.lock])
    assert find("house", "language", [entry]) == entry
    assert pull(entry, tmp_path / "another machine").read_bytes() == DATA


def test_a_file_of_the_hub_is_pinned_with_its_commit(operator: Operator, hub: HubServer) -> None:
    entry = operator.add(FROM_HUB)
    assert entry.id == "house-model-q4"
    assert entry.mirrors == (HubMirror("house/model-GGUF", "House Model-Q4.gguf", COMMIT),)
    assert Shelf(operator.models).checked(entry).read_bytes() == DATA
    assert not operator.litter()


def test_a_page_of_the_hub_means_its_file(operator: Operator, hub: HubServer) -> None:
    page = "https://huggingface.co/house/model-GGUF/blob/main/House%20Model-Q4.gguf?download=true"
    (mirror,) = operator.add(page).mirrors
    assert mirror == HubMirror("house/model-GGUF", "House Model-Q4.gguf", COMMIT)


def test_an_interrupted_addition_goes_on(operator: Operator, hub: HubServer) -> None:
    address = f"{hub.storage}/plain/house.gguf"
    hub.cuts = [100_000, 0, 0, 0, 0, 0, 0]
    with pytest.raises(PullFailed, match="go on from there"):
        operator.add(address)
    hub.cuts = []
    entry = operator.add(address)
    assert entry.mirrors == (UrlMirror(address),)
    assert hub.requests("storage")[-1].headers["range"] == "bytes=100000-"
    assert not operator.litter()


def test_an_address_that_changed_in_between_begins_anew(operator: Operator, hub: HubServer) -> None:
    address = f"{hub.storage}/plain/house.gguf"
    hub.cuts = [100_000, 0, 0, 0, 0, 0, 0]
    with pytest.raises(PullFailed):
        operator.add(address)
    hub.cuts, hub.files["plain/house.gguf"] = [], OTHER
    assert operator.add(address).sha256 == sha(OTHER)


@pytest.mark.parametrize("kind", ["hub", "address", "file"])
def test_a_changed_source_is_refused_with_both_hashes(
    operator: Operator, hub: HubServer, file: Path, kind: str
) -> None:
    source = {"hub": FROM_HUB, "address": f"{hub.storage}/plain/house.gguf", "file": file}[kind]
    operator.add(source)
    before = operator.lock.read_text()
    hub.files = dict.fromkeys(hub.files, OTHER)
    file.write_bytes(OTHER)
    with pytest.raises(Changed) as caught:
        operator.add(source)
    assert sha(DATA) in str(caught.value)
    assert sha(OTHER) in str(caught.value)
    assert operator.lock.read_text() == before


def test_a_pinned_source_that_changed_can_not_be_pulled(
    operator: Operator, hub: HubServer, tmp_path: Path
) -> None:
    entry = operator.add(f"{hub.storage}/plain/house.gguf")
    hub.files["plain/house.gguf"] = OTHER + bytes(len(DATA) - len(OTHER))
    with pytest.raises(PullFailed) as caught:
        pull(entry, tmp_path / "new")
    assert entry.sha256 in str(caught.value)
    assert sha(hub.files["plain/house.gguf"]) in str(caught.value)


def test_adding_twice_changes_nothing(operator: Operator, file: Path) -> None:
    first = operator.add(file)
    before = operator.lock.read_text()
    assert operator.add(file) == first
    assert operator.lock.read_text() == before


def test_two_files_of_one_name_get_two_ids(operator: Operator, file: Path, tmp_path: Path) -> None:
    operator.add(file)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "house.gguf"
    other.write_bytes(OTHER)
    assert operator.add(other).id == f"house-{sha(OTHER)[:8]}"
    assert len(own.load([operator.lock])) == 2


@pytest.mark.parametrize("alias", ["qwen-1.5b", "Big House", "-x"])
def test_a_name_that_is_taken_or_none(operator: Operator, file: Path, alias: str) -> None:
    with pytest.raises(BadName, match=r"is already called|can't be a name"):
        operator.add(file, alias=alias)
    assert not operator.lock.exists()


def test_a_web_page_is_refused_before_it_is_fetched(operator: Operator, hub: HubServer) -> None:
    hub.files["plain/house.gguf"] = b"<!doctype html>" + bytes(10**6)
    hub.content_type = "text/html"
    with pytest.raises(PullFailed, match="gives a web page, not a file"):
        operator.add(f"{hub.storage}/plain/house.gguf")
    assert not operator.lock.exists()


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("hf:nothing", PullFailed, "is not written as hf:OWNER/NAME/FILE"),
        ("s3://bucket/a.gguf", PullFailed, "can't be fetched. Write https"),
        ("nowhere.gguf", PullFailed, "is not a file. Give a GGUF file"),
        (__file__, ModelFileError, "is not a GGUF file"),
    ],
)
def test_what_can_not_be_added_says_what_to_do(
    operator: Operator, source: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        operator.add(source)
    assert not operator.lock.exists()


def test_no_room(operator: Operator, hub: HubServer) -> None:
    addition = Addition(FROM_HUB, operator.lock, operator.models, free=lambda folder: 1000)
    with pytest.raises(PullFailed, match="Free some room and add it again"):
        add(addition)


def test_a_file_inside_the_desk_is_named_from_the_desk(operator: Operator) -> None:
    weights = operator.lock.parent / "weights" / "house.gguf"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(DATA)
    operator.add(weights)
    (table,) = tomllib.loads(operator.lock.read_text())["model"]
    assert table["mirrors"] == [{"path": "weights/house.gguf"}]
    assert own.load([operator.lock])[0].mirrors == (FileMirror(weights),)
