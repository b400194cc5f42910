"""Brings a database to today's schema, one migration after the other, in one transaction.

The migrations lie in ``migrations/versions``, their SQL in ``sql``: a file for each database.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from frontdesk.errors import StoreError
from frontdesk.store.queries import read, statements

if TYPE_CHECKING:
    import psycopg

HEAD = "0002"
"""The newest migration."""
_LOCK = 7_301_994
"""Any number; who migrates a PostgreSQL database holds it."""


def sqlite(db: sqlite3.Connection, name: str) -> None:
    """Migrates an SQLite database; foreign keys are checked at the end.

    Raises:
        StoreError: a newer frontdesk wrote it.
    """
    if _version(db, name) == HEAD:
        return
    from sqlalchemy import StaticPool, create_engine, event

    engine = create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool)
    event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    db.execute("PRAGMA foreign_keys = OFF")  # Tables are made anew.
    try:
        with engine.connect() as connection:
            _upgrade(connection, name)
    finally:
        db.execute("PRAGMA foreign_keys = ON")


def postgresql(server: psycopg.Connection[Any], name: str) -> None:
    """Migrates a PostgreSQL database; of several processes that begin at once one does it.

    Raises:
        StoreError: a newer frontdesk made the tables.
    """
    with server.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        if cursor.fetchall()[0][0]:
            cursor.execute("SELECT version_num FROM alembic_version")
            version = next((str(row[0]) for row in cursor.fetchall()), "")
            if version > HEAD:
                raise newer(name, version)
            if version == HEAD:
                return
    server.rollback()
    from sqlalchemy import StaticPool, create_engine

    engine = create_engine("postgresql+psycopg://", creator=lambda: server, poolclass=StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        connection.commit()
        try:
            _upgrade(connection, name)
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            connection.commit()


def _version(db: sqlite3.Connection, name: str) -> str:
    known = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if not db.execute(known).fetchone():
        return ""
    rows = db.execute("SELECT version_num FROM alembic_version").fetchall()
    version = str(rows[0][0]) if rows else ""
    if version > HEAD:
        raise newer(name, version)
    return version


def newer(name: str, version: str) -> StoreError:
    """Says that this frontdesk is too old for the database."""
    return StoreError(
        f"{name} was written by a newer frontdesk (schema {version}, this one knows {HEAD}); "
        "install that version, or restore a backup"
    )


def _upgrade(connection: Any, name: str) -> None:
    """Migrates over an SQLAlchemy connection."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import SQLAlchemyError

    config = Config()
    config.set_main_option("script_location", "frontdesk.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise StoreError(
            f"{name} can't be brought to schema {HEAD}; it was left as it is: {error}"
        ) from error


def run(version: str) -> None:
    """Runs the statements of a migration in the dialect of the database that is being migrated."""
    from alembic import op

    dialect = op.get_context().dialect.name
    connection = op.get_bind()
    for statement in statements(read(f"{version}.{dialect}.sql")):
        connection.exec_driver_sql(statement)
