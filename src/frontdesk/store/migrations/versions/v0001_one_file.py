"""The first schema, in an SQLite file; databases from before migrations have it already."""

from frontdesk.store.migrate import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    run("0001")
