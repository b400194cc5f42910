"""PostgreSQL: any number of processes on one database, told of each other's changes at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from frontdesk.errors import StoreError
from frontdesk.store import migrate
from frontdesk.store.database import Transaction
from frontdesk.store.queries import named

log = logging.getLogger(__name__)
Result = TypeVar("Result")

_CONNECTIONS = 8
_CONNECT_S = 10.0
_AGAIN_S = 0.5
_LOOK_S = 1.0


class _Transaction(Transaction):
    def announce(self, names: Iterable[str]) -> None:
        for name in names:
            self.run("announce", name=name)


class PostgresDatabase:
    """The :class:`~frontdesk.store.database.Database` on a server.

    Args:
        address: as ``postgresql://user@host:port/database``; the password comes from the address,
            ``PGPASSWORD`` or the password file, as libpq reads them.

    Raises:
        StoreError: the server can't be reached, or a newer frontdesk made the tables.
    """

    look_s = _LOOK_S

    def __init__(self, address: str) -> None:
        self._queries = {
            name: _in_psycopg(query)
            for name, query in named("queries.sql", "postgresql.sql").items()
        }
        try:
            with psycopg.connect(address, connect_timeout=int(_CONNECT_S)) as connection:
                migrate.postgresql(connection, shown(address))
        except psycopg.Error as error:
            raise _unusable(error) from error
        self._address = address
        self._pool = ConnectionPool(
            address,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=_CONNECT_S,
            open=True,
            check=ConnectionPool.check_connection,
        )
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="frontdesk-store")
        self._listening: asyncio.Task[None] | None = None
        self._heard: Callable[[str], None] = lambda _: None

    async def transact(
        self, scope: Mapping[str, str], work: Callable[[Transaction], Result]
    ) -> Result:
        """See :class:`~frontdesk.store.database.Database`."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())

        def run() -> Result:
            with self._pool.connection() as connection, connection.cursor() as cursor:
                transaction = _Transaction(cursor, self._queries, scope)
                transaction.rows("scope")
                return work(transaction)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except (psycopg.Error, PoolTimeout) as error:
            raise _unusable(error) from error

    def listen(self, heard: Callable[[str], None]) -> None:
        """See :class:`~frontdesk.store.database.Database`."""
        self._heard = heard

    async def close(self) -> None:
        """See :class:`~frontdesk.store.database.Database`."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._pool.close)
        self._threads.shutdown()

    async def _listen(self) -> None:
        """Hears what is announced; while the server is away, the others look from time to time."""
        while True:
            with contextlib.suppress(psycopg.Error):
                async with await psycopg.AsyncConnection.connect(
                    self._address, autocommit=True, connect_timeout=int(_CONNECT_S)
                ) as connection:
                    await connection.execute("LISTEN frontdesk")
                    async for notification in connection.notifies():
                        self._heard(notification.payload)
            log.warning("the database's announcements stopped; listening again")
            await asyncio.sleep(_AGAIN_S)


def shown(address: str) -> str:
    """The address without its password."""
    known: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(address)
    return psycopg.conninfo.make_conninfo(**{k: v for k, v in known.items() if k != "password"})


def _in_psycopg(query: str) -> str:
    """The query with psycopg's way to write parameters."""
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", query.replace("%", "%%"))


def _unusable(error: Exception) -> StoreError:
    return StoreError(f"the database can't be used: {error}".strip())
