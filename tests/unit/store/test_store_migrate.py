"""Databases of earlier versions are brought to today's schema, with all that is in them."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from frontdesk.errors import StoreError
from frontdesk.store import migrate
from frontdesk.store.opening import open_database, open_store
from frontdesk.store.queries import read, statements
from frontdesk.testing import FixedClock
from postgres_server import Postgres

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
BEFORE_MIGRATIONS = """
INSERT INTO conversations VALUES
    ('k1', 'harbor', 'd1', 'hash-1', '2026-05-04T12:00:00+00:00', '2026-05-04T12:01:00+00:00',
     'queue', '', 'asked for a person'),
    ('k2', 'other', 'd1', 'hash-2', '2026-05-04T12:00:00+00:00', '2026-05-04T12:00:00+00:00',
     'desk', '', '');
INSERT INTO events VALUES
    ('k1', 1, '2026-05-04T12:00:00+00:00', 'ConversationStarted',
     '{"desk":"harbor","digest":"d1","language":"en"}'),
    ('k1', 2, '2026-05-04T12:00:01+00:00', 'Replied', '{"said":"greeting"}'),
    ('k2', 1, '2026-05-04T12:00:00+00:00', 'ConversationStarted',
     '{"desk":"other","digest":"d1","language":"en"}');
INSERT INTO payloads VALUES ('k1', 2, '{"text":"Hello"}');
INSERT INTO triggers VALUES
    (1, 't1', 'k1', 'message', '{}', 'c1', '2026-05-04T12:00:30+00:00', 1, NULL, 0),
    (7, 't2', 'k1', 'message', '{"text":"hi","seen":2}', 'c2', '2026-05-04T12:01:00+00:00', 0,
     'dead worker', 99);
INSERT INTO ledger VALUES
    ('k1:f1-2', 'k1', 2, 'pay', 'ok', '2026-05-04T12:00:00+00:00', '2026-05-04T12:00:02+00:00');
"""


def test_the_newest_migration_is_known() -> None:
    folder = files("frontdesk.store.migrations").joinpath("versions")
    found = [re.match(r"v(\d+)_", one.name) for one in folder.iterdir()]
    assert max(match[1] for match in found if match) == migrate.HEAD


async def test_a_file_from_before_migrations_keeps_everything(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    for statement in statements(read("0001.sqlite.sql") + BEFORE_MIGRATIONS):
        db.execute(statement)
    db.execute("PRAGMA user_version = 1")
    db.close()
    async with open_store(tmp_path / "a.db", "harbor", FixedClock(NOON)) as store:
        assert [r.seq for r in await store.history("k1")] == [1, 2]
        assert (await store.history("k1", 1))[0].event.text == "Hello"  # type: ignore[union-attr]
        (queued,) = await store.conversations(["queue", "desk"])
        assert (queued.id, queued.reason) == ("k1", "asked for a person")
        assert [entry.key for entry in await store.ledger("k1")] == ["k1:f1-2"]
        visit = await store.visit("hash-1")
        assert visit is not None
        claimed = await store.claim("w", 9)
        assert claimed is not None
        assert (claimed.id, claimed.text, claimed.client_id) == ("t2", "hi", "c2")
        await store.append("k1", 2, [], fence=claimed.fence, done="t2")
        assert await store.claim("w", 9) is None
    async with open_store(tmp_path / "a.db", "other", FixedClock(NOON)) as other:
        assert len(await other.history("k2")) == 1


async def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    await open_database(tmp_path / "a.db").close()
    db = sqlite3.connect(tmp_path / "a.db")
    before = list(db.iterdump())
    await open_database(tmp_path / "a.db").close()
    assert list(db.iterdump()) == before
    db.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    for statement in statements(read("0001.sqlite.sql")):
        db.execute(statement)
    db.execute("CREATE TABLE events_2 (in_the_way TEXT)")
    before = list(db.iterdump())
    with pytest.raises(StoreError, match="left as it is"):
        open_database(tmp_path / "a.db")
    assert list(db.iterdump()) == before
    db.close()


async def test_of_many_that_begin_at_once_one_migrates(postgres: Postgres) -> None:
    address = postgres.database()
    databases = await asyncio.gather(*(asyncio.to_thread(open_database, address) for _ in range(6)))
    for database in databases:
        await database.close()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (migrate.HEAD,)
        ]
