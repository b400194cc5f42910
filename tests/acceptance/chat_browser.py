"""The demo desk, served to a real browser, with a scripted model."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page

from frontdesk.engine.turn import Parts
from frontdesk.testing import ScriptedModel
from frontdesk.web.api import create_app
from frontdesk.web.server import listen, serve
from frontdesk.worker.loop import Worker

DESK = Path(__file__).parents[2] / "desks" / "harbor-stays"
CHROMIUM = Path(os.environ.get("FRONTDESK_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Chat:
    """The demo desk, served, with a scripted model and a browser."""

    parts: Parts
    model: ScriptedModel
    worker: Worker
    browser: Browser
    url: str = ""
    complaints: list[str] = field(default_factory=list)
    """What a page must not do: errors on the console, requests to other machines."""
    contexts: list[BrowserContext] = field(default_factory=list)
    serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serves, the second time at the same address."""
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = create_app(self.parts, secret=None, demo=True)
        port = urlsplit(self.url).port or 0
        self.serving = asyncio.create_task(serve(app, listen(port=port), ready=ready.set_result))
        self.url = await ready

    async def stop(self) -> None:
        """Stops serving; the worker goes on."""
        if self.serving:
            self.serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.serving

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
