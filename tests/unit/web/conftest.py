from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from web_site import DESK, SECRET, Site, open_site

from frontdesk.app import LoadedDesk, load_desk, open_desk
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.web.server import listen, serve


@pytest.fixture(scope="session")
def harbor() -> LoadedDesk:
    return load_desk(DESK)


@pytest.fixture(scope="session")
def template(harbor: LoadedDesk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tools' data, made once."""
    folder = tmp_path_factory.mktemp("web") / "template"

    async def make() -> None:
        assert harbor.desk.test_now is not None
        clock = FixedClock(harbor.desk.test_now)
        async with open_desk(harbor, ScriptedModel(), folder, clock=clock, database=":memory:"):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
async def site(harbor: LoadedDesk, template: Path, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(harbor, template, tmp_path, secret=SECRET) as opened:
        yield opened


@pytest.fixture
async def plain_site(harbor: LoadedDesk, template: Path, tmp_path: Path) -> AsyncIterator[Site]:
    """Not a demo, and without a secret."""
    async with open_site(harbor, template, tmp_path, demo=False, secret=None) as opened:
        yield opened


@pytest.fixture
async def url(site: Site) -> AsyncIterator[str]:
    """The site on a real port of this machine."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(site.app, listen(), ready=ready.set_result))
    yield await ready
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
