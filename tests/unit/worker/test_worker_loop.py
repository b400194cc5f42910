"""The worker: conversations side by side, one conversation in its order, nothing lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts
from frontdesk.errors import StoreError
from frontdesk.store.sql_store import SqlStore
from frontdesk.store.sqlite import IN_MEMORY, SqliteDatabase
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.types import events as e
from frontdesk.types.desk import Article, Customer, Desk, ModelChoice
from frontdesk.types.generation import Completion, Generation
from frontdesk.types.outcome import Outcome
from frontdesk.types.triggers import Trigger
from frontdesk.types.values import Value
from frontdesk.worker.loop import Worker

DESK = Desk(
    id="small", name="Small Desk", digest="d1", languages=("en",), currency="EUR",
    model=ModelChoice("m"),
    timezone=ZoneInfo("Europe/Lisbon"), procedures={}, tools={},
)  # fmt: skip


class NoTools:
    async def prepare(self, now: datetime) -> None: ...

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Value],
        *,
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        raise AssertionError


class NoKnowledge:
    async def search(self, question: str, limit: int = 3) -> Sequence[tuple[Article, float]]:
        return ()


class SlowModel(ScriptedModel):
    """Takes its time, and counts how many it serves at once."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.now = self.most = 0

    async def generate(self, request: Generation) -> Completion:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.seconds)
            return await super().generate(request)
        finally:
            self.now -= 1


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    clock = FixedClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    store = SqlStore(SqliteDatabase(IN_MEMORY), DESK.id, clock)
    yield Parts(DESK, store, ScriptedModel(), NoTools(), NoKnowledge(), clock)
    await store.close()


@contextlib.asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        await stop(task)


async def stop(task: asyncio.Task[None]) -> int:
    """Cancels until it has stopped; how often it took."""
    times = 0
    while not task.done():
        task.cancel()
        times += 1
        await asyncio.wait({task}, timeout=0.5)
    return times


async def opened(parts: Parts, count: int) -> list[str]:
    return [(await open_conversation(parts.store, DESK, None)).conversation for _ in range(count)]


async def done(parts: Parts, conversations: Sequence[str], within_s: float = 5) -> None:
    """Returns when nothing waits any more."""
    end = time.monotonic() + within_s
    while [c for c in conversations if await parts.store.waiting(c)]:
        assert time.monotonic() < end, "still waiting"
        await asyncio.sleep(0.01)


def turns(history: Sequence[e.Recorded]) -> list[str]:
    """How the turns lie in the log."""
    marks: dict[type, Callable[[Any], str]] = {
        e.TurnStarted: lambda event: f"<{event.text}",
        e.TurnEnded: lambda _: ">",
    }
    return [marks[type(r.event)](r.event) for r in history if type(r.event) in marks]


async def test_conversations_are_handled_side_by_side(parts: Parts) -> None:
    model = SlowModel(0.2)
    parts = replace(parts, model=model)
    conversations = await opened(parts, 5)
    for one in conversations:
        await receive(parts.store, DESK, one, "message", "what is this about")
    started = time.monotonic()
    async with working(Worker(parts)):
        await done(parts, conversations)
    assert model.most == 5
    assert time.monotonic() - started < 0.9


async def test_so_many_at_once_and_no_more(parts: Parts) -> None:
    model = SlowModel(0.05)
    parts = replace(parts, model=model)
    conversations = await opened(parts, 5)
    for one in conversations:
        await receive(parts.store, DESK, one, "message", "what is this about")
    async with working(Worker(parts, at_once=2)):
        await done(parts, conversations)
    assert model.most == 2


async def test_one_conversation_is_handled_in_its_order(parts: Parts) -> None:
    model = SlowModel(0.03)
    parts = replace(parts, model=model)
    (one,) = await opened(parts, 1)
    for number in range(5):
        await receive(parts.store, DESK, one, "message", f"word {number}")
    async with working(Worker(parts)):
        await done(parts, [one])
    assert model.most == 1
    assert turns(await parts.store.history(one)) == [
        mark for number in range(5) for mark in (f"<word {number}", ">")
    ]


async def test_two_workers_share_the_inbox(parts: Parts) -> None:
    parts = replace(parts, model=SlowModel(0.02))
    conversations = await opened(parts, 6)
    for number in range(3):
        for one in conversations:
            await receive(parts.store, DESK, one, "message", f"word {number}")
    async with working(Worker(parts, at_once=2)), working(Worker(parts, at_once=2)):
        await done(parts, conversations)
    for one in conversations:
        marks = turns(await parts.store.history(one))
        assert marks == [m for number in range(3) for m in (f"<word {number}", ">")]


async def test_a_worker_that_something_comes_for_does_not_wait_for_its_next_look(
    parts: Parts,
) -> None:
    (one,) = await opened(parts, 1)
    async with working(Worker(parts)):
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await receive(parts.store, DESK, one, "message", "hello")
        await done(parts, [one])
        assert time.monotonic() - started < 0.2


async def test_a_worker_looks_by_itself_too(parts: Parts) -> None:
    (one,) = await opened(parts, 1)
    async with working(Worker(parts)):
        await asyncio.sleep(0.05)
        await receive(parts.store, DESK, one, "message", "hello")
        await done(parts, [one], 2)


class BadStore:
    """A store that fails when it is told, and whose leases are short."""

    def __init__(self, inner: SqlStore, lease_s: float = 9) -> None:
        self._inner = inner
        self._lease_s = lease_s
        self.fail: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, *args: Any, **more: Any) -> Any:
        if "append" in self.fail:
            raise RuntimeError("a bug")
        return await self._inner.append(*args, **more)

    async def claim(self, owner: str, lease_s: float, *more: Any) -> Trigger | None:
        if "claim" in self.fail:
            raise StoreError
        return await self._inner.claim(owner, self._lease_s, *more)

    async def renew(self, owner: str, lease_s: float) -> None:
        await self._inner.renew(owner, self._lease_s)


async def test_an_error_leaves_the_trigger_in_the_inbox(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    store = BadStore(parts.store)  # type: ignore[arg-type]
    bad = replace(parts, store=store)
    broken, fine = await opened(parts, 2)
    await receive(parts.store, DESK, broken, "message", "hello")
    store.fail = {"append"}
    async with working(Worker(bad)) as task:
        with caplog.at_level(logging.ERROR):
            await asyncio.sleep(0.2)
        store.fail = set()
        assert not task.done()
        assert "was not handled" in caplog.text
        assert await parts.store.waiting(broken) == 1
        await receive(parts.store, DESK, fine, "message", "hello")
        await done(parts, [fine])


async def test_a_trigger_that_failed_is_tried_again_when_its_lease_is_over(parts: Parts) -> None:
    """The lease is 4 s here, and renewed every 3 s while the trigger is being handled."""
    store = BadStore(parts.store, lease_s=4)  # type: ignore[arg-type]
    (one,) = await opened(parts, 1)
    await receive(parts.store, DESK, one, "message", "hello")
    store.fail = {"append"}
    async with working(Worker(replace(parts, store=store))):
        await asyncio.sleep(0.2)
        store.fail = set()
        await done(parts, [one], 5.5)


async def test_a_store_that_fails_for_a_while_does_not_end_the_worker(parts: Parts) -> None:
    store = BadStore(parts.store)  # type: ignore[arg-type]
    (one,) = await opened(parts, 1)
    store.fail = {"claim"}
    async with working(Worker(replace(parts, store=store))):
        await asyncio.sleep(0.1)
        await receive(parts.store, DESK, one, "message", "hello")
        store.fail = set()
        await done(parts, [one], 3)


async def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(parts: Parts) -> None:
    slow = replace(parts, model=SlowModel(30))
    (one,) = await opened(parts, 1)
    await receive(parts.store, DESK, one, "message", "what is this about")
    worker = Worker(replace(slow, store=BadStore(parts.store, lease_s=0.2)))  # type: ignore[arg-type]
    async with working(worker):
        await asyncio.sleep(0.1)
    assert await parts.store.waiting(one) == 1
    await asyncio.sleep(0.2)
    async with working(Worker(parts)):
        await done(parts, [one])
    assert turns(await parts.store.history(one)) == ["<what is this about", ">"]


async def test_a_worker_stops_although_it_is_woken_at_that_moment(parts: Parts) -> None:
    """Being stopped just when a trigger comes must not be lost on it."""
    (one,) = await opened(parts, 1)
    for yields in range(6):
        worker = Worker(parts)
        task = asyncio.create_task(worker.run())
        await asyncio.sleep(0.05)
        await receive(parts.store, DESK, one, "message", "hello")
        for _ in range(yields):
            await asyncio.sleep(0)
        assert await stop(task) == 1, f"cancelled {yields} steps behind the waking"


async def test_working_off_one_conversation_leaves_the_others(parts: Parts) -> None:
    one, two = await opened(parts, 2)
    for conversation in (one, two):
        for number in range(2):
            await receive(parts.store, DESK, conversation, "message", f"word {number}")
    await Worker(parts).work_off(one)
    assert await parts.store.waiting(one) == 0
    assert await parts.store.waiting(two) == 2


async def test_working_off_stops_behind_the_last_one_asked_for(parts: Parts) -> None:
    (one,) = await opened(parts, 1)
    first, _ = [await receive(parts.store, DESK, one, "message", f"word {n}") for n in range(2)]
    await Worker(parts).work_off(one, first)
    assert await parts.store.waiting(one) == 1
