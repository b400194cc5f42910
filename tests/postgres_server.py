"""A PostgreSQL server for tests: one for the session, a database of its own for every test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

ROLE = "frontdesk"
"""Owns the databases and is no superuser, as an operator should have it."""


@dataclass
class Postgres:
    """The server, started when the first database is wanted."""

    start: Callable[[], str]
    """Starts it; the address for its superuser."""
    _address: str = ""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def database(self) -> str:
        """The address of a new, empty database."""
        if not self._address:
            self._address = self.start()
            self.superuser(f"CREATE ROLE {ROLE} LOGIN")
        name = f"test_{next(self._numbers)}"
        self.superuser(f"CREATE DATABASE {name} OWNER {ROLE}")
        host = psycopg.conninfo.conninfo_to_dict(self._address)["host"]
        return f"postgresql://{ROLE}@/{name}?host={host}"

    def superuser(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs a statement as one who may do anything; the rows that it gives."""
        address = make_conninfo(self._address, dbname=database)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []
