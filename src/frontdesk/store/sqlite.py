"""SQLite in one file: write-ahead log, every commit synced to the disk.

One connection in one thread does all the work, a function a transaction, so a transaction is never
interleaved with another of this process; other processes wait for the file's lock.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from frontdesk.errors import StoreError
from frontdesk.store import migrate
from frontdesk.store.database import Transaction
from frontdesk.store.queries import named

Result = TypeVar("Result")

IN_MEMORY = ":memory:"
"""Instead of a path: kept nowhere, gone when it is closed."""
_LOCKED_S = 30.0


class SqliteDatabase:
    """The :class:`~frontdesk.store.database.Database` in a file.

    Raises:
        StoreError: the file can't be used, or a newer frontdesk wrote it.
    """

    look_s = 0.25

    def __init__(self, path: Path | str) -> None:
        self._queries = named("queries.sql", "sqlite.sql")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-store")
        try:
            self._connection = self._thread.submit(_open, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def transact(
        self, scope: Mapping[str, str], work: Callable[[Transaction], Result]
    ) -> Result:
        """See :class:`~frontdesk.store.database.Database`."""

        def run() -> Result:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(Transaction(self._connection.cursor(), self._queries, scope))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, run)
        except sqlite3.Error as error:
            raise StoreError(f"the database can't be used: {error}") from error

    def listen(self, heard: Callable[[str], None]) -> None:
        """Other processes' changes are found by looking."""

    async def close(self) -> None:
        """See :class:`~frontdesk.store.database.Database`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()


def _open(path: Path | str) -> sqlite3.Connection:
    try:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=_LOCKED_S)
        try:
            if path == IN_MEMORY:
                db.deserialize(_empty())
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            if path != IN_MEMORY:
                migrate.sqlite(db, str(path))
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the database {path} can't be opened: {error}") from error
    return db


@functools.cache
def _empty() -> bytes:
    """A database with today's schema and nothing in it."""
    with sqlite3.connect(IN_MEMORY, isolation_level=None) as db:
        migrate.sqlite(db, IN_MEMORY)
        content = db.serialize()
    db.close()
    return content
