"""What the store needs of a database: named queries in its dialect, run in transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")
Row = tuple[Any, ...]


class Cursor(Protocol):
    """As the Python database interface (PEP 249) has it, with named parameters."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        ...

    def execute(self, statement: Any, values: Mapping[str, Any], /) -> Any:
        """Runs one statement."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that it gave."""
        ...


class Transaction:
    """One transaction, in the thread that runs it.

    Args:
        cursor: runs the statements.
        queries: by name, in the database's own dialect.
        scope: values that every query gets: whose rows it can see.
    """

    def __init__(
        self, cursor: Cursor, queries: Mapping[str, str], scope: Mapping[str, str]
    ) -> None:
        self._cursor = cursor
        self._queries = queries
        self._scope = scope

    def rows(self, query: str, /, **values: Any) -> list[Row]:
        """What the query finds."""
        self._cursor.execute(self._queries[query], {**values, **self._scope})
        return self._cursor.fetchall()

    def first(self, query: str, /, **values: Any) -> Row | None:
        """The first row that the query finds."""
        return next(iter(self.rows(query, **values)), None)

    def run(self, query: str, /, **values: Any) -> int:
        """How many rows the statement changed."""
        self._cursor.execute(self._queries[query], {**values, **self._scope})
        return self._cursor.rowcount

    def seconds(self) -> float:
        """The database's clock, since 1970: one clock for all who take leases."""
        return float(self.rows("seconds")[0][0])

    def announce(self, names: Iterable[str]) -> None:
        """Tells other processes, once this is committed, that what is so named has changed."""


class Database(Protocol):
    """Runs transactions; each is durable when it returns."""

    look_s: float
    """How often to look for what other processes did."""

    async def transact(
        self, scope: Mapping[str, str], work: Callable[[Transaction], Result]
    ) -> Result:
        """What the work returns; all that it did is undone when it raises.

        Raises:
            StoreError: the database can't be used.
        """
        ...

    def listen(self, heard: Callable[[str], None]) -> None:
        """From now on ``heard`` is called with the names that other processes announce."""
        ...

    async def close(self) -> None:
        """Closes the database."""
        ...
