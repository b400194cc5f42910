"""What every store does: in memory and in a file, from one object and from two."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from frontdesk.errors import ConversationMoved, StoreError
from frontdesk.store.sqlite import SCHEMA_VERSION, SqliteStore
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.commands import Admitted, Reading, Set, Understanding
from frontdesk.types.desk import Customer
from frontdesk.types.triggers import Trigger
from frontdesk.types.values import Filled, Said

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
STARTED = e.ConversationStarted("harbor", "d1", "en", Customer("c-1", "Zoë", "zoe@example.com"))
Message = Callable[..., Trigger]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(params=["memory", "file"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(":memory:" if request.param == "memory" else tmp_path / "a.db", clock)
    await opened.create("k1", "hash-1", STARTED)
    yield opened
    await opened.close()


@pytest.fixture
async def pair(tmp_path: Path, clock: FixedClock) -> AsyncIterator[tuple[SqliteStore, SqliteStore]]:
    """Two stores on one file, as two processes have them."""
    one, two = SqliteStore(tmp_path / "a.db", clock), SqliteStore(tmp_path / "a.db", clock)
    await one.create("k1", "hash-1", STARTED)
    yield one, two
    await one.close()
    await two.close()


def message(name: str, conversation: str = "k1", text: str = "hello", **more: object) -> Trigger:
    return Trigger(name, conversation, "message", text, **more)  # type: ignore[arg-type]


def call(name: str = "f1-9", mode: str = "write") -> e.ToolCalled:
    return e.ToolCalled(name, "f1", "n", "pay", mode, arguments={"amount": 3}, origins={})  # type: ignore[arg-type]


# -- conversations --------------------------------------------------------------------------------


async def test_a_token_opens_its_conversation_only(store: SqliteStore) -> None:
    await store.create("k2", "hash-2", STARTED)
    assert await store.find("hash-1") == "k1"
    assert await store.find("hash-2") == "k2"
    assert await store.find("hash-3") is None
    assert await store.find("") is None


async def test_a_conversation_begins_with_its_first_event(store: SqliteStore) -> None:
    assert await store.history("k1") == [e.Recorded("k1", 1, NOON, STARTED)]
    assert await store.history("unknown") == []


async def test_a_second_conversation_with_the_same_id_or_token_is_refused(
    store: SqliteStore,
) -> None:
    for conversation, token in (("k1", "hash-9"), ("k9", "hash-1")):
        with pytest.raises(StoreError):
            await store.create(conversation, token, STARTED)
    assert len(await store.history("k1")) == 1
    assert await store.history("k9") == []


async def test_conversations_are_seen_by_their_desk_alone(store: SqliteStore) -> None:
    found = await store.conversation("harbor", "k1")
    assert found is not None
    assert (found.id, found.desk, found.digest, found.holder) == ("k1", "harbor", "d1", "desk")
    assert found.created == NOON
    assert await store.conversation("other", "k1") is None
    assert await store.conversations("other", ["desk", "queue", "person"]) == []


async def test_lists_are_by_holder_with_the_longest_waiting_first(
    store: SqliteStore, clock: FixedClock
) -> None:
    await store.create("k2", "hash-2", STARTED)
    for conversation in ("k2", "k1"):
        clock.advance(timedelta(minutes=1))
        await store.append(conversation, 1, [e.HandedOver("asked for a person")])
    queue = await store.conversations("harbor", ["queue"])
    assert [(c.id, c.reason) for c in queue] == [
        ("k2", "asked for a person"),
        ("k1", "asked for a person"),
    ]
    await store.append("k2", 2, [e.PersonClaimed("Ida")])
    assert [c.id for c in await store.conversations("harbor", ["queue"])] == ["k1"]
    (held,) = await store.conversations("harbor", ["person"])
    assert (held.id, held.person) == ("k2", "Ida")
    await store.append("k2", 3, [e.PersonReleased("Ida")])
    (back,) = await store.conversations("harbor", ["desk"])
    assert (back.id, back.person, back.reason) == ("k2", "", "")
    assert await store.conversations("harbor", []) == []
    assert len(await store.conversations("harbor", ["desk", "queue"])) == 2


# -- the inbox ------------------------------------------------------------------------------------


async def test_a_trigger_comes_back_as_it_was_accepted(store: SqliteStore) -> None:
    sent = message("t1", text="Grüße 💥 \u202e \n 你好", seen=1, client_id="c")
    assert await store.accept(sent) is None
    assert await store.claim("harbor", "w", 9) == sent
    operated = Trigger("t2", "k1", "operator", "note", action="claim", person="Íde", seen=0)
    await store.append("k1", 1, [], done="t1")
    await store.accept(operated)
    assert await store.claim("harbor", "w", 9) == operated


async def test_what_a_customer_can_have_seen_is_bounded_by_what_there_was(
    store: SqliteStore,
) -> None:
    """Without the page's word it is all that there was when the message was accepted."""
    await store.append("k1", 1, [e.Replied("hi")])
    for number, (given, kept) in enumerate(((None, 2), (1, 1), (99, 2), (0, 0), (-1, -1))):
        await store.accept(message(f"t{number}", seen=given))
        claimed = await store.claim("harbor", "w", 9)
        assert claimed is not None
        assert claimed.seen == kept
        await store.append("k1", 2, [], done=claimed.id)


async def test_a_second_delivery_with_the_same_client_id_is_the_first_one(
    store: SqliteStore,
) -> None:
    await store.create("k2", "hash-2", STARTED)
    assert await store.accept(message("t1", client_id="x")) is None
    earlier = await store.accept(message("t2", text="other", client_id="x"))
    assert earlier is not None
    assert (earlier.id, earlier.text) == ("t1", "hello")
    assert await store.accept(message("t3", "k2", client_id="x")) is None
    assert await store.accept(message("t4")) is None
    assert await store.accept(message("t5")) is None
    assert await store.waiting("k1") == 3
    await store.append("k1", 1, [], done="t1")
    again = await store.accept(message("t6", client_id="x"))
    assert again is not None
    assert again.id == "t1"  # also when it was handled long ago


async def test_a_trigger_for_no_conversation_is_refused(store: SqliteStore) -> None:
    with pytest.raises(StoreError):
        await store.accept(message("t1", "nowhere"))


async def test_triggers_are_claimed_in_order_and_one_a_conversation(store: SqliteStore) -> None:
    await store.create("k2", "hash-2", STARTED)
    for name, conversation in (("t1", "k1"), ("t2", "k1"), ("t3", "k2")):
        await store.accept(message(name, conversation))

    async def claim(conversation: str | None = None) -> str | None:
        found = await store.claim("harbor", "w", 9, conversation)
        return found.id if found else None

    assert [await claim(), await claim(), await claim()] == ["t1", "t3", None]
    await store.append("k1", 1, [], done="t1")
    assert await claim("k2") is None
    assert await claim("k1") == "t2"
    assert await store.claim("other", "w", 9) is None


async def test_a_handled_trigger_is_gone_for_good(store: SqliteStore) -> None:
    await store.accept(message("t1"))
    assert await store.waiting("k1") == 1
    await store.claim("harbor", "w", 0)
    await store.append("k1", 1, [], done="t1")
    assert await store.waiting("k1") == 0
    assert await store.claim("harbor", "w", 9) is None


async def test_a_lease_runs_out(store: SqliteStore) -> None:
    await store.accept(message("t1"))
    assert await store.claim("harbor", "one", 0.1)
    assert await store.claim("harbor", "two", 0.1) is None
    await asyncio.sleep(0.12)
    assert await store.claim("harbor", "two", 9)


async def test_renewing_keeps_ones_own_leases_alone(store: SqliteStore) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.accept(message("t1"))
    await store.accept(message("t2", "k2"))
    await store.claim("harbor", "one", 0.1)
    await store.claim("harbor", "two", 0.1)
    await store.renew("one", 9)
    await asyncio.sleep(0.12)
    found = await store.claim("harbor", "three", 9)
    assert found is not None
    assert found.id == "t2"
    assert await store.claim("harbor", "three", 9) is None
    await store.renew("two", 0)  # it is another's by now
    assert await store.claim("harbor", "four", 9) is None


async def test_of_many_claims_on_one_file_each_trigger_goes_to_one(
    pair: tuple[SqliteStore, SqliteStore],
) -> None:
    one, _ = pair
    for number in range(12):
        await one.create(f"c{number}", f"h{number}", STARTED)
        await one.accept(message(f"t{number}", f"c{number}"))
    claims = [store.claim("harbor", str(n), 9) for n, store in enumerate(pair * 8)]
    found = [trigger.id for trigger in await asyncio.gather(*claims) if trigger]
    assert sorted(found) == sorted(f"t{number}" for number in range(12))


# -- the log --------------------------------------------------------------------------------------


async def test_events_are_numbered_and_read_back_from_any_place(
    store: SqliteStore, clock: FixedClock
) -> None:
    clock.advance(timedelta(seconds=5))
    events = [e.Replied("Hi"), e.Moved("f1", "n2")]
    recorded = await store.append("k1", 1, events)
    assert [(r.seq, r.at, r.event) for r in recorded] == [
        (2, clock.now(), events[0]),
        (3, clock.now(), events[1]),
    ]
    assert await store.history("k1", 1) == recorded
    assert await store.history("k1", 3) == []
    assert await store.append("k1", 3, []) == []


@pytest.mark.parametrize("after", [0, 2, -1, 99])
async def test_an_append_behind_another_place_is_refused_whole(
    store: SqliteStore, after: int
) -> None:
    await store.accept(message("t1"))
    with pytest.raises(ConversationMoved):
        await store.append("k1", after, [e.Replied("late")], done="t1")
    assert len(await store.history("k1")) == 1
    assert await store.waiting("k1") == 1


async def test_of_two_appends_at_one_place_one_wins(pair: tuple[SqliteStore, SqliteStore]) -> None:
    results = await asyncio.gather(
        *(store.append("k1", 1, [e.Replied(f"{n}")]) for n, store in enumerate(pair)),
        return_exceptions=True,
    )
    moved = [r for r in results if isinstance(r, ConversationMoved)]
    assert len(moved) == 1
    assert len(await pair[0].history("k1")) == 2


async def test_an_append_that_fails_halfway_leaves_nothing(store: SqliteStore) -> None:
    """The second intent has a key that is taken."""
    await store.append("k1", 1, [call("same")])
    with pytest.raises(StoreError):
        await store.append("k1", 2, [e.Replied("x"), call("same")])
    assert len(await store.history("k1")) == 2
    assert len(await store.append("k1", 2, [e.Replied("y")])) == 1


async def test_any_unicode_is_kept(store: SqliteStore) -> None:
    text = "é e\u0301 你好 👩‍👩‍👧 \u202e \x00 \x07 \u2028 ' \" \\ {}"
    await store.append("k1", 1, [e.Replied(text, (e.Button(text, text),))])
    (recorded,) = await store.history("k1", 1)
    assert recorded.event == e.Replied(text, (e.Button(text, text),))


# -- waiting --------------------------------------------------------------------------------------


async def test_waiting_ends_at_once_when_there_is_something(store: SqliteStore) -> None:
    started = time.monotonic()
    await store.wait("k1", 0, 5)
    assert time.monotonic() - started < 1


async def test_waiting_ends_after_its_time(store: SqliteStore) -> None:
    started = time.monotonic()
    await store.wait("k1", 1, 0.2)
    assert 0.15 < time.monotonic() - started < 2


async def test_an_append_wakes_all_who_wait(store: SqliteStore) -> None:
    await store.create("k2", "hash-2", STARTED)
    waiting = [asyncio.create_task(store.wait("k1", 1, 10)) for _ in range(3)]
    other = asyncio.create_task(store.wait("k2", 1, 0.6))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await store.append("k1", 1, [e.Replied("hi")])
    await asyncio.gather(*waiting)
    assert time.monotonic() - started < 0.3
    assert not other.done()
    await other


async def test_an_append_of_another_process_ends_the_waiting(
    pair: tuple[SqliteStore, SqliteStore],
) -> None:
    one, two = pair
    waiting = asyncio.create_task(one.wait("k1", 1, 10))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await two.append("k1", 1, [e.Replied("hi")])
    await waiting
    assert time.monotonic() - started < 2


# -- the ledger -----------------------------------------------------------------------------------


async def test_a_write_is_in_the_ledger_from_its_intent_on(
    store: SqliteStore, clock: FixedClock
) -> None:
    await store.append("k1", 1, [call("f1-2")])
    (intended,) = await store.ledger("k1")
    assert (intended.key, intended.tool, intended.status) == ("k1:f1-2", "pay", "intended")
    assert (intended.created, intended.finished) == (NOON, None)
    clock.advance(timedelta(seconds=3))
    await store.append("k1", 2, [e.ToolReturned("f1-2", "ok")])
    (finished,) = await store.ledger("k1")
    assert (finished.status, finished.finished) == ("ok", clock.now())


@pytest.mark.parametrize("status", ["ok", "refused", "failed", "unknown"])
async def test_every_outcome_is_in_the_ledger(store: SqliteStore, status: str) -> None:
    await store.append("k1", 1, [call(), e.ToolReturned("f1-9", status)])  # type: ignore[arg-type]
    assert [entry.status for entry in await store.ledger("k1")] == [status]


async def test_reads_are_not_in_the_ledger(store: SqliteStore) -> None:
    await store.append("k1", 1, [call(mode="read"), e.ToolReturned("f1-9", "ok")])
    assert await store.ledger("k1") == []


async def test_the_ledger_is_in_order_and_by_conversation(store: SqliteStore) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.append("k1", 1, [call("b"), call("a")])
    await store.append("k2", 1, [call("a")])
    assert [entry.key for entry in await store.ledger("k1")] == ["k1:b", "k1:a"]
    assert [entry.key for entry in await store.ledger("k2")] == ["k2:a"]


# -- the file -------------------------------------------------------------------------------------

SECRETS = (
    "Zoë",
    "zoe@example.com",
    "c-1",
    "my words",
    "my value",
    "my answer",
    "my note",
    "a-tool",
)


async def test_personal_data_lies_in_payloads_and_not_in_the_log(
    tmp_path: Path, clock: FixedClock
) -> None:
    """Raw SQL: ``events``, and a handled trigger, hold nothing that a person wrote or is."""
    store = SqliteStore(tmp_path / "a.db", clock)
    await store.create("k1", "hash-1", STARTED)
    await store.accept(message("t1", text="my words"))
    filled = Filled("my value", Said("t1", "my value", 0, 8))
    understanding = Understanding("model", (Reading((Set("s", "my value"),), 0.9),), raw="my words")
    events = [
        e.TurnStarted("t1", "message", "my words"),
        e.Understood(understanding, "model", 0.9),
        e.Decided((Admitted(Set("s", "my value"), filled),), "my words"),
        e.FrameOpened("f1", "p"),
        e.Heard("f1", "t1", "my words"),
        e.SlotFilled("f1", "s", filled),
        e.Looped("f1", "n", 0, ["my value"]),
        e.ConsentAsked("f1", "n", "d", [{"tool": "t", "arguments": {"a": "my value"}}]),
        e.ToolCalled("c1", "f1", "n", "t", "write", "x", {"a": "my value"}, {"a": "my value"}),
        e.ToolReturned("c1", "ok", 1.0, {"b": "a-tool"}, "a-tool"),
        e.FrameClosed("f1", "done", {"s": "my value"}),
        e.Replied("my answer", (e.Button("my answer", "pick:my value"),)),
        e.PersonReplied("Ida", "my answer"),
        e.PersonReleased("Ida", "my note"),
    ]
    await store.append("k1", 1, events)
    await store.append("k1", 1 + len(events), [e.TurnEnded("t1")], done="t1")
    assert [r.event for r in await store.history("k1", 1)][:-1] == events
    await store.close()
    db = sqlite3.connect(tmp_path / "a.db")
    logged = str(db.execute("select kind, body from events").fetchall())
    assert not [secret for secret in SECRETS if secret in logged]
    assert db.execute("select body from triggers").fetchall() == [("{}",)]
    for table in ("conversations", "ledger"):
        rows = str(db.execute(f"select * from {table}").fetchall())
        assert not [secret for secret in SECRETS if secret in rows]
    kept = str(db.execute("select body from payloads").fetchall())
    assert [secret for secret in SECRETS if secret in kept] == list(SECRETS)
    db.close()


async def test_what_is_committed_is_there_for_the_next_start(
    tmp_path: Path, clock: FixedClock
) -> None:
    first = SqliteStore(tmp_path / "deep" / "er" / "a.db", clock)
    await first.create("k1", "hash-1", STARTED)
    await first.accept(message("t1"))
    await first.append("k1", 1, [call()])
    await first.close()
    second = SqliteStore(tmp_path / "deep" / "er" / "a.db", clock)
    assert [r.event for r in await second.history("k1")] == [STARTED, call()]
    assert await second.claim("harbor", "w", 9) == message("t1", seen=1)
    assert [entry.status for entry in await second.ledger("k1")] == ["intended"]
    await second.close()


async def test_every_commit_is_synced(tmp_path: Path, clock: FixedClock) -> None:
    store = SqliteStore(tmp_path / "a.db", clock)
    db = store._connection
    modes = [
        await asyncio.get_running_loop().run_in_executor(
            store._thread, lambda name=name: db.execute(f"pragma {name}").fetchone()[0]
        )
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]
    assert modes == ["wal", 2, 1]
    await store.close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(
    tmp_path: Path, clock: FixedClock
) -> None:
    db = sqlite3.connect(tmp_path / "a.db")
    db.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(tmp_path / "a.db", clock)
    db = sqlite3.connect(tmp_path / "a.db")
    assert db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION + 1,)
    assert db.execute("select count(*) from sqlite_master").fetchone() == (0,)
    db.close()


def test_a_path_that_cannot_be_used_is_a_store_error(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("no database, a text that is long enough to be looked at" * 9)
    for path in (tmp_path / "file" / "a.db", tmp_path / "file", tmp_path):
        with pytest.raises(StoreError, match=str(path)):
            SqliteStore(path, clock)


async def test_a_database_that_breaks_later_is_a_store_error(
    tmp_path: Path, clock: FixedClock
) -> None:
    store = SqliteStore(tmp_path / "a.db", clock)
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute("drop table triggers")
    other.close()
    with pytest.raises(StoreError):
        await store.claim("harbor", "w", 9)
    await store.close()


@pytest.mark.parametrize("kind", sorted(e.KINDS))
async def test_an_event_whose_payload_was_erased_can_still_be_read(
    tmp_path: Path, clock: FixedClock, kind: str
) -> None:
    """``history`` says that an erased payload reads as empty."""
    event = _sample(e.KINDS[kind])
    store = SqliteStore(tmp_path / "a.db", clock)
    await store.create("k1", "hash-1", STARTED)
    await store.append("k1", 1, [event])
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("delete from payloads")
    other.close()
    try:
        _, recorded = await store.history("k1")
        assert type(recorded.event) is type(event)
    finally:
        await store.close()


def _sample(kind: type[Any]) -> Any:
    """An event of the kind with something in every field that it needs."""
    filled = Filled("my value", Said("t1", "my value", 0, 8))
    samples: dict[Any, Any] = {
        str: "x",
        bool: True,
        int | None: 1,
        Understanding: Understanding("code", ()),
        Filled: filled,
    }
    hints = get_type_hints(kind)
    needed = {
        one.name: samples.get(hints[one.name]) or get_args(hints[one.name])[0]
        for one in fields(kind)
        if one.default is MISSING and one.default_factory is MISSING
    }
    return kind(**needed)
