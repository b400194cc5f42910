"""Opens the store at a place: a file, nowhere, or a PostgreSQL server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from frontdesk.ports import Clock
from frontdesk.store.database import Database
from frontdesk.store.sql_store import SqlStore
from frontdesk.store.sqlite import SqliteDatabase

ON_A_SERVER = ("postgresql://", "postgres://")


@contextlib.asynccontextmanager
async def open_store(place: Path | str, desk: str, clock: Clock) -> AsyncIterator[SqlStore]:
    """The desk's store, closed at the end.

    Args:
        place: a file, ``":memory:"`` for nowhere, or a server's ``postgresql://`` address.
        desk: its id; the store sees no other desk's rows.
        clock: for the times of events.

    Raises:
        StoreError: the database can't be used, or a newer frontdesk wrote it.
    """
    store = SqlStore(open_database(place), desk, clock)
    try:
        yield store
    finally:
        await store.close()


def open_database(place: Path | str) -> Database:
    """The database at a place."""
    if isinstance(place, str) and place.startswith(ON_A_SERVER):
        from frontdesk.store.postgresql import PostgresDatabase

        return PostgresDatabase(place)
    return SqliteDatabase(place)
