"""The store in a file of SQLite: what lies in it, and files that can't be used."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from frontdesk.errors import StoreError
from frontdesk.store.sql_store import SqlStore
from frontdesk.store.sqlite import SqliteDatabase
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.commands import Admitted, Reading, Set, Understanding
from frontdesk.types.desk import Customer
from frontdesk.types.triggers import Trigger
from frontdesk.types.values import Filled, Said

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
STARTED = e.ConversationStarted("harbor", "d1", "en", Customer("c-1", "Zoë", "zoe@example.com"))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def opened(path: Path, clock: FixedClock) -> SqlStore:
    return SqlStore(SqliteDatabase(path), "harbor", clock)


def message(name: str, text: str = "hello", **more: object) -> Trigger:
    return Trigger(name, "k1", "message", text, **more)  # type: ignore[arg-type]


def call() -> e.ToolCalled:
    return e.ToolCalled("f1-9", "f1", "n", "pay", "write", arguments={"amount": 3}, origins={})


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
    store = opened(tmp_path / "a.db", clock)
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
    first = opened(tmp_path / "deep" / "er" / "a.db", clock)
    await first.create("k1", "hash-1", STARTED)
    await first.accept(message("t1"))
    await first.append("k1", 1, [call()])
    await first.close()
    second = opened(tmp_path / "deep" / "er" / "a.db", clock)
    assert [r.event for r in await second.history("k1")] == [STARTED, call()]
    assert await second.claim("w", 9) == message("t1", seen=1)
    assert [entry.status for entry in await second.ledger("k1")] == ["intended"]
    await second.close()


async def test_every_commit_is_synced(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    db = database._connection
    modes = [
        await asyncio.get_running_loop().run_in_executor(
            database._thread, lambda name=name: db.execute(f"pragma {name}").fetchone()[0]
        )
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]
    assert modes == ["wal", 2, 1]
    await database.close()


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    await SqliteDatabase(tmp_path / "a.db").close()
    db = sqlite3.connect(tmp_path / "a.db")
    db.execute("update alembic_version set version_num = '9999'")
    db.commit()
    before = list(db.iterdump())
    with pytest.raises(StoreError, match="newer"):
        SqliteDatabase(tmp_path / "a.db")
    assert list(db.iterdump()) == before
    db.close()


def test_a_path_that_cannot_be_used_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database, a text that is long enough to be looked at" * 9)
    for path in (tmp_path / "file" / "a.db", tmp_path / "file", tmp_path):
        with pytest.raises(StoreError, match=str(path)):
            SqliteDatabase(path)


async def test_a_database_that_breaks_later_is_a_store_error(
    tmp_path: Path, clock: FixedClock
) -> None:
    store = opened(tmp_path / "a.db", clock)
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute("drop table triggers")
    other.close()
    with pytest.raises(StoreError):
        await store.claim("w", 9)
    await store.close()


@pytest.mark.parametrize("kind", sorted(e.KINDS))
async def test_an_event_whose_payload_was_erased_can_still_be_read(
    tmp_path: Path, clock: FixedClock, kind: str
) -> None:
    """``history`` says that an erased payload reads as empty."""
    event = _sample(e.KINDS[kind])
    store = opened(tmp_path / "a.db", clock)
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
