"""A real browser against the real server, on this machine alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from frontdesk.app import load_desk, open_desk
from frontdesk.engine.turn import Parts
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.web.api import create_app
from frontdesk.web.server import serve
from frontdesk.worker.loop import Worker

DESK = Path(__file__).parents[2] / "desks" / "harbor-stays"
CHROMIUM = Path(os.environ.get("FRONTDESK_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}


@dataclass
class Chat:
    """The demo desk, served, with a scripted model and a browser."""

    parts: Parts
    model: ScriptedModel
    url: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    """What a page must not do: errors on the console, requests to other machines."""
    contexts: list[BrowserContext] = field(default_factory=list)

    async def page(self, *, width: int = 390, height: int = 844, dark: bool = False) -> Page:
        """A page of its own, like a private window, watched for complaints."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=2,
            has_touch=width < 500,
            is_mobile=width < 500,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda said: self._console(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        await page.goto(self.url)
        return page

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"console {kind}: {text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).hostname != "127.0.0.1":
            self.complaints.append(f"request: {url}")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def chat(tmp_path: Path, browser: Browser) -> AsyncIterator[Chat]:
    loaded, model = load_desk(DESK), ScriptedModel()
    assert loaded.desk.test_now is not None
    clock = FixedClock(loaded.desk.test_now)
    async with open_desk(loaded, model, tmp_path, clock=clock) as parts:
        worker = Worker(parts)
        app = create_app(parts, wake=worker.wake, secret=None, demo=True)
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(app, port=0, ready=ready.set_result))
        working = asyncio.create_task(worker.run())
        opened = Chat(parts, model, await ready, browser)
        try:
            yield opened
        finally:
            for context in opened.contexts:
                await context.close()
            for task in (serving, working):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
