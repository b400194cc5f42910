from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chat_browser import CHROMIUM, DESK, FLAGS, Chat
from playwright.async_api import Browser, async_playwright

from frontdesk.app import load_desk, open_desk
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.worker.loop import Worker


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"no browser at {CHROMIUM}; scripts/test installs it")
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
        opened = Chat(parts, model, Worker(parts), browser)
        working = asyncio.create_task(opened.worker.run())
        await opened.start()
        try:
            yield opened
        finally:
            for context in opened.contexts:
                await context.close()
            await opened.stop()
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
