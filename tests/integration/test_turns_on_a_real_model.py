"""Whole turns on real weights: the smallest model, whose understanding nobody relies on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.app import load_desk, open_desk, warm
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts, handle
from frontdesk.models.catalogue import find
from frontdesk.models.llama import LlamaEngine
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.shelf import Shelf
from frontdesk.testing import FixedClock
from frontdesk.types import events as e

HARBOR = Path(__file__).parents[2] / "desks" / "harbor-stays"
MOST_PROMPT_TOKENS = 96


@pytest.fixture
async def engine(smollm_path: Path, tmp_path: Path) -> AsyncIterator[LlamaEngine]:
    folder = tmp_path / "engine"
    engine = LlamaEngine(
        find("smollm-135m"), Shelf(smollm_path.parent), kv_folder=folder, log_folder=folder
    )
    yield engine
    await engine.close()


@pytest.fixture
async def parts(engine: LlamaEngine, tmp_path: Path) -> AsyncIterator[Parts]:
    loaded = load_desk(HARBOR)
    assert loaded.desk.test_now is not None
    model = OpenAiModel("smollm", engine)
    await warm(model, loaded.desk)
    clock = FixedClock(loaded.desk.test_now)
    async with open_desk(loaded, model, tmp_path / "data", clock=clock) as parts:
        yield parts
    await model.close()


async def say(parts: Parts, conversation: str, text: str) -> list[e.Event]:
    """The events of the turn."""
    before = len(await parts.store.history(conversation))
    await receive(parts.store, parts.desk, conversation, "message", text)
    while trigger := await parts.store.claim("test", 60):
        await handle(parts, trigger)
    return [recorded.event for recorded in await parts.store.history(conversation, before)]


def understood(events: list[e.Event]) -> e.Understood:
    (found,) = [event for event in events if isinstance(event, e.Understood)]
    return found


async def test_turns_stay_short_and_a_killed_engine_is_not_noticed(
    parts: Parts, engine: LlamaEngine
) -> None:
    """One start of the engine serves both facts: computing the prefix is what takes long here."""
    customers = parts.desk.customers
    opened = [await open_conversation(parts.store, parts.desk, one) for one in customers]
    for number in range(3):
        for one in opened:
            text = f"I would like to know about the {number + 1}. thing, and please be quick"
            turn = await say(parts, one.conversation, text)
            assert isinstance(turn[-1], e.TurnEnded)
            assert any(isinstance(event, e.Replied) for event in turn)
            asked = understood(turn)
            if asked.by == "model":
                assert 0 < asked.prompt_tokens <= MOST_PROMPT_TOKENS
                assert asked.cached_tokens > 500

    fresh = await open_conversation(parts.store, parts.desk, customers[0])
    pid = engine.pid
    assert pid is not None

    async def kill_soon() -> None:
        await asyncio.sleep(0.02)
        os.kill(pid, signal.SIGKILL)

    killing = asyncio.create_task(kill_soon())
    turn = await say(parts, fresh.conversation, "the kitchen tap in our flat drips all night long")
    await killing
    assert understood(turn).by == "model"
    assert any(isinstance(event, e.Replied) for event in turn)
    assert engine.pid not in (None, pid)
