"""A conversation goes on after its process died, at whatever point that was."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
from turns_stage import ANA, HARBOR, MEMORY, Cut, CutStore, Stage, said, story

from frontdesk.app import LoadedDesk, load_desk
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.testing import FixedClock
from frontdesk.tools.python import PythonTools
from frontdesk.types import events as e
from frontdesk.types.desk import Customer
from frontdesk.types.triggers import LedgerEntry

UNKNOWN = MESSAGES["outcome_unknown"]["en"]
BEN = Customer("cust-ben", "Ben Carter", "ben@example.com")
CODE = "select code from codes order by id desc limit 1"

# What is said, and what a model makes of it; `!` in front presses a button.
TALKS: dict[str, tuple[Customer, list[tuple[str, str]]]] = {
    "cancel": (
        ANA,
        [
            ("I need to cancel my trip to Porto", "start cancel_booking"),
            ("How does the flexible cancellation policy work?", "ask"),
            ("yes please", ""),
            ("thanks", ""),
        ],
    ),
    "choose and change dates": (
        BEN,
        [
            ("I'd like to move a booking", "start change_dates"),
            ("hmm what", "unclear"),
            ("!pick:HB-1005", ""),
            ("20 June 2026", ""),
            ("25 June 2026", ""),
            ("!yes:", ""),
        ],
    ),
    "two writes and a sub-procedure": (
        ANA,
        [
            ("change my email to ana.new@example.com", "start change_contact"),
            ("!option:email", ""),
            ("!yes:", ""),
            ("{code}", ""),
            ("yes", ""),
        ],
    ),
    "a list, and a person at the end": (
        BEN,
        [
            ("what have I booked?", "start show_bookings"),
            ("asdf", "unclear"),
            ("get me a human", "human"),
        ],
    ),
}


@dataclass
class Played:
    """How a conversation went."""

    stage: Stage
    story: list[object]
    replies: list[str]
    writes: list[LedgerEntry]
    appends: int
    cut_write: bool
    """The cut lay between a write's intent and its outcome."""


@pytest.fixture(scope="module")
def harbor() -> LoadedDesk:
    return load_desk(HARBOR)


@pytest.fixture(scope="module")
def template(harbor: LoadedDesk) -> Iterator[Path]:
    """The desk's data, made once."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        asyncio.run(PythonTools(harbor.toolbox, Path(folder, "tools")).prepare(_now(harbor)))
        yield Path(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def _now(harbor: LoadedDesk) -> datetime:
    assert harbor.desk.test_now is not None
    return harbor.desk.test_now


def _stage(harbor: LoadedDesk, template: Path, data: Path) -> Stage:
    shutil.copytree(template, data)
    return Stage(harbor, data, clock=FixedClock(_now(harbor)))


async def _play(
    stage: Stage, talk: str, cut: int = 0, when: Literal["before", "after"] = "after"
) -> Played:
    """The conversation, with one cut at the n-th append of its turns."""
    customer, turns = TALKS[talk]
    await stage.begin(customer)
    names: dict[str, str] = {}
    appends = 0
    cut_write = False
    for number, (text, means) in enumerate(turns):
        if text == "{code}":
            text = str(stage.ask(CODE))
            names[text] = "CODE"
        kind: Literal["message", "button"] = "message"
        if text.startswith("!"):
            kind, buttons = "button", (await stage.state()).buttons
            text = next((b.does for b in buttons if b.does.startswith(text[1:])), text[1:])
        trigger = await stage.accept(text, kind)
        names[trigger.id] = f"t{number}"
        stage.model.answers = [means] if means else []
        store = CutStore(stage.parts.store, cut - appends, when)
        try:
            await stage.work_off(replace(stage.parts, store=store))
        except Cut:
            top = (await stage.state()).top
            cut_write = bool(top and top.pending and top.pending.mode == "write")
            await stage.restart()
            stage.model.answers = [means] if means else []
            await stage.work_off()
        appends += store.appends
        if cut_write:
            break
    history = await stage.history()
    return Played(
        stage, story(history, names), said(history), await stage.ledger(), appends, cut_write
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("talk", TALKS)
async def test_a_conversation_survives_a_restart_at_every_append(
    harbor: LoadedDesk,
    template: Path,
    folder: Path,
    talk: str,
    when: Literal["before", "after"],
) -> None:
    """Cut at every append, gone on with on fresh objects: the same log, replies and writes."""
    async with _stage(harbor, template, folder / "whole") as stage:
        whole = await _play(stage, talk)
    assert whole.appends > 10
    assert {entry.status for entry in whole.writes} <= {"ok"}
    cut_writes = 0
    for cut in range(1, whole.appends + 1):
        async with _stage(harbor, template, folder / str(cut)) as stage:
            played = await _play(stage, talk, cut, when)
            if played.cut_write:
                cut_writes += 1
                await _is_left_to_a_person(whole, played, when)
            else:
                assert played.story == whole.story, f"cut {when} append {cut}"
                assert [(w.tool, w.status) for w in played.writes] == [
                    (w.tool, w.status) for w in whole.writes
                ]
    assert cut_writes == len(whole.writes)


async def _is_left_to_a_person(whole: Played, played: Played, when: str) -> None:
    """The write cut off between intent and outcome: unknown, not made again, a person called."""
    cut = played.writes[-1]
    assert cut.status == "unknown"
    assert cut.finished is not None
    made = [key for _, key in played.stage.calls if key == cut.key]
    assert len(made) == (1 if when == "before" else 0)
    assert played.replies[-1] == UNKNOWN
    assert played.replies[:-1] == whole.replies[: len(played.replies) - 1]
    state = await played.stage.state()
    assert (state.holder, state.turn, state.stack) == ("queue", None, ())
    assert await played.stage.holder() == "queue"
    before = len(played.stage.calls)
    assert await played.stage.say("did it work? yes") == []
    assert len(played.stage.calls) == before
    kept = played.stage.ask(f"select count(*) from keys where key = '{cut.key}'")
    assert kept == len(made)


@pytest.fixture
async def harbor_stage(harbor: LoadedDesk, template: Path, folder: Path) -> AsyncIterator[Stage]:
    async with _stage(harbor, template, folder / "data") as stage:
        yield stage


async def test_a_trigger_cut_off_while_it_waits_in_the_inbox_is_handled_once(
    harbor_stage: Stage,
) -> None:
    stage = harbor_stage
    await stage.begin()
    await stage.accept("hello")
    await stage.work_off()
    await stage.work_off()
    kinds = [type(r.event) for r in await stage.history()]
    assert kinds.count(e.TurnStarted) == kinds.count(e.TurnEnded) == 1


CHILD = """
import asyncio, sys, time
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from pathlib import Path
from turns_stage import HARBOR, Stage
from frontdesk.app import load_desk
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.worker.loop import Worker

class Hanging:
    def __init__(self, inner, tool):
        self.inner, self.tool = inner, tool
    async def call(self, tool, arguments, **more):
        outcome = await self.inner.call(tool, arguments, **more)
        if tool == self.tool:
            print("called", flush=True)
            time.sleep(60)
        return outcome

async def main():
    loaded = load_desk(HARBOR)
    stage = Stage(loaded, Path(sys.argv[2]), clock=FixedClock(loaded.desk.test_now))
    stage.model = ScriptedModel(["start cancel_booking"])
    async with stage:
        parts = replace(stage.parts, tools=Hanging(stage.parts.tools, sys.argv[3]))
        await Worker(parts, at_once=1).run()

asyncio.run(main())
"""


def _kill_during(stage: Stage, tool: str) -> None:
    """Works the inbox off in another process, and kills that one while it calls the tool."""
    here = str(Path(__file__).parent)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, here, str(stage.data), tool], stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"called\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdout:
            child.stdout.close()


async def test_a_process_killed_while_it_reads_loses_nothing(
    harbor_stage: Stage,
) -> None:
    stage = harbor_stage
    await stage.begin()
    await stage.accept("I need to cancel my trip to Porto")
    _kill_during(stage, "quote_refund")
    await stage.work_off()
    replies = said(await stage.history())
    assert len(replies) == len(set(replies)) == 3
    assert "HB-1001" in replies[-1]
    assert stage.model.requests == []  # what the dead process understood is kept
    await stage.press("yes:")
    assert [entry.status for entry in await stage.ledger()] == ["ok"]
    assert stage.ask("select status from bookings where reference = 'HB-1001'") == "cancelled"


async def test_a_process_killed_while_it_writes_does_not_write_again(
    harbor_stage: Stage,
) -> None:
    stage = harbor_stage
    await stage.begin()
    await stage.say("I need to cancel my trip to Porto", "start cancel_booking")
    await stage.accept("yes")
    _kill_during(stage, "cancel_booking")
    stage.calls.clear()
    await stage.work_off()
    assert stage.calls == []
    assert [entry.status for entry in await stage.ledger()] == ["unknown"]
    assert said(await stage.history())[-1] == UNKNOWN
    assert await stage.holder() == "queue"
    assert stage.ask("select count(*) from refunds where booking = 'HB-1001'") == 1
