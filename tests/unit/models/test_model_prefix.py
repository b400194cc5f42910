from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from frontdesk.errors import ModelError, RequestRefused
from frontdesk.models.endpoint import Endpoint, KvCache
from frontdesk.models.prefix import KEEP, PrefixCache
from frontdesk.types.generation import Message

SYSTEM = (Message("system", "rules"),)
LONGER = (*SYSTEM, Message("user", "example"), Message("assistant", "answer"))
HELLO = Message("user", "hello")


class Slot:
    """The engine's side: a slot that can be filled, saved and restored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[str] = []
        self.extra_tokens = 0
        self.template = "<system>{}<user>{}"
        self.full_disk = False

    async def post(self, endpoint: Endpoint, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.paths.append(path)
        if path == "/apply-template":
            texts = [message["content"] for message in body["messages"]]
            return {"prompt": self.template.format("".join(texts[:-1]), texts[-1])}
        if path == "/completion":
            return {"tokens_evaluated": len(body["prompt"])}
        if path.endswith("save"):
            if self.full_disk:
                raise RequestRefused
            (self.folder / body["filename"]).write_bytes(b"tokens")
            return {"n_saved": len("<system>rules<user>") + self.extra_tokens}
        return {}


@pytest.fixture
def slot(tmp_path: Path) -> Slot:
    return Slot(tmp_path)


def at(slot: Slot, start: int = 1) -> tuple[Endpoint, KvCache]:
    return Endpoint("http://engine", start=start), KvCache(slot.folder, "weights")


async def test_a_prefix_is_computed_saved_and_then_restored(slot: Slot) -> None:
    cache = PrefixCache(slot.post)
    await cache.prepare(*at(slot), SYSTEM)
    await cache.prepare(*at(slot), SYSTEM)
    assert slot.paths == ["/apply-template", "/completion", "/slots/0?action=save"]
    await cache.prepare(*at(slot, start=2), SYSTEM)
    assert slot.paths[3:] == ["/slots/0?action=restore"]


async def test_another_engine_or_context_does_not_use_the_file(slot: Slot) -> None:
    await PrefixCache(slot.post).prepare(*at(slot), SYSTEM)
    other = KvCache(slot.folder, "other weights")
    await PrefixCache(slot.post).prepare(at(slot)[0], other, SYSTEM)
    assert "/slots/0?action=restore" not in slot.paths


async def test_more_than_the_prefix_is_never_kept(slot: Slot) -> None:
    slot.extra_tokens = 5
    await PrefixCache(slot.post).prepare(*at(slot), SYSTEM)
    assert list(slot.folder.iterdir()) == []


async def test_a_full_disk_costs_a_computing_at_the_next_start(slot: Slot) -> None:
    slot.full_disk = True
    await PrefixCache(slot.post).prepare(*at(slot), SYSTEM)
    assert list(slot.folder.iterdir()) == []


async def test_a_template_without_the_users_words_is_an_error(slot: Slot) -> None:
    slot.template = "nothing"
    with pytest.raises(ModelError, match="template"):
        await PrefixCache(slot.post).prepare(*at(slot), SYSTEM)
    assert slot.paths == ["/apply-template"]


def test_the_longest_known_prefix_matches(slot: Slot) -> None:
    cache = PrefixCache(slot.post)
    cache.learn(LONGER)
    cache.learn(SYSTEM)
    assert cache.match((*LONGER, HELLO)) == LONGER
    assert cache.match((*SYSTEM, HELLO)) == SYSTEM
    assert cache.match((HELLO,)) is None


def test_the_oldest_prefix_is_forgotten(slot: Slot) -> None:
    cache = PrefixCache(slot.post)
    prefixes = [(Message("system", str(n)),) for n in range(KEEP + 1)]
    for prefix in prefixes:
        cache.learn(prefix)
        cache.learn(prefix)
    assert cache.match(prefixes[0]) is None
    assert all(cache.match(prefix) == prefix for prefix in prefixes[1:])
