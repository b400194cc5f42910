"""Leases are of conversations and have a number; every row says whose desk it is."""

from frontdesk.store.migrate import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Changes the tables; PostgreSQL begins here."""
    run("0002")
