"""Plays a desk's test conversations, each on fresh data with the clock standing still."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.app import LoadedDesk, Semantics, open_desk
from frontdesk.engine.reception import Opened, open_conversation, receive
from frontdesk.engine.turn import Parts, handle
from frontdesk.errors import FrontdeskError, SettingError
from frontdesk.evaluation.cases import Call, TestCase, Turn
from frontdesk.evaluation.outcomes import (
    Business,
    Made,
    end_failures,
    fetched,
    is_call,
    listed,
    plain,
)
from frontdesk.ports import LanguageModel
from frontdesk.procedures.admit import waiting
from frontdesk.procedures.fold import replay
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.types import events as e
from frontdesk.types import procedures as p
from frontdesk.types.desk import Customer
from frontdesk.types.state import State

OWNER = "desk-tests"
Report = Callable[["Result"], None]
"""Called with each result as it comes."""


@dataclass(frozen=True)
class Result:
    """How a conversation went."""

    case: TestCase
    failures: tuple[str, ...]
    """What differed, with the turn; empty when it passed."""
    events: tuple[e.Recorded, ...] = field(repr=False)
    seconds: float
    turn_seconds: tuple[float, ...] = ()
    """How long each turn took, to its last event."""
    end_failures: tuple[str, ...] = ()
    """Those of the failures that are about how things stand behind the last turn."""

    @property
    def passed(self) -> bool:
        """Whether everything followed as written."""
        return not self.failures


def summary(results: Sequence[Result]) -> dict[str, int]:
    """The figures: conversations and how many passed whole, both halves."""
    held_out = [result for result in results if result.case.held_out]
    return {
        "conversations": len(results),
        "passed": sum(result.passed for result in results),
        "held_out": len(held_out),
        "held_out_passed": sum(result.passed for result in held_out),
    }


async def play(
    loaded: LoadedDesk,
    cases: Sequence[TestCase],
    model: LanguageModel | None,
    report: Report = lambda _: None,
    *,
    semantics: Semantics | None = None,
) -> list[Result]:
    """Plays the conversations one after another.

    Args:
        loaded: the desk.
        cases: its conversations.
        model: what understands; ``None`` for a scripted one that says each turn's ``means``.
        report: called with each result as it comes.
        semantics: what embeddings of the desk's texts give; a scripted model needs none.

    Raises:
        SettingError: the desk has no clock for tests.
    """
    now = loaded.desk.test_now
    if now is None:
        raise SettingError("desk.toml has no `now` under [demo]; tests need a clock")
    results = []
    with tempfile.TemporaryDirectory(prefix="frontdesk-test-") as folder:
        template = Path(folder) / "template"
        async with open_desk(
            loaded, ScriptedModel(), template, clock=FixedClock(now), database=":memory:"
        ):
            pass  # makes the tools' data once
        for index, case in enumerate(cases):
            data = Path(folder) / str(index)
            shutil.copytree(template, data)
            scripted = ScriptedModel()
            async with open_desk(
                loaded,
                model or scripted,
                data,
                semantics=semantics,
                clock=FixedClock(now),
                database=":memory:",
            ) as parts:
                result = await _Playing(parts, case, data, scripted).play()
            results.append(result)
            report(result)
            shutil.rmtree(data)
    return results


class _Playing:
    """One conversation under way."""

    def __init__(self, parts: Parts, case: TestCase, data: Path, scripted: ScriptedModel) -> None:
        self._parts = parts
        self._case = case
        self._business = Business(data)
        self._scripted = scripted
        self._failures: list[str] = []
        self._spent: list[float] = []
        self._at = ""

    async def play(self) -> Result:
        started = time.perf_counter()
        parts, case = self._parts, self._case.case
        wanted = [case.language] if case.language else []
        opened = await open_conversation(parts.store, parts.desk, self._customer(), wanted)
        for number, turn in enumerate(case.turns, 1):
            self._at = f"turn {number} ({turn.say or turn.press!r})"
            before = await parts.store.history(opened.conversation)
            begun = time.perf_counter()
            await self._take(opened, turn, replay(before))
            self._spent.append(time.perf_counter() - begun)
            after = await parts.store.history(opened.conversation)
            new = [recorded.event for recorded in after[len(before) :]]
            self._check_turn(turn, new, replay(after))
        history = await parts.store.history(opened.conversation)
        self._at, before_end = "end", len(self._failures)
        self._check_end([r.event for r in history], replay(history))
        return Result(
            self._case,
            tuple(self._failures),
            tuple(history),
            time.perf_counter() - started,
            tuple(self._spent),
            tuple(self._failures[before_end:]),
        )

    def _customer(self) -> Customer | None:
        customers = {customer.id: customer for customer in self._parts.desk.customers}
        return customers.get(self._case.case.customer or "")

    async def _take(self, opened: Opened, turn: Turn, state: State) -> None:
        parts = self._parts
        self._scripted.answers = [turn.means.strip()] if turn.means else []
        try:
            if turn.press is not None:
                does = self._button(turn.press, state)
                await receive(parts.store, parts.desk, opened.conversation, "button", does)
            else:
                said = fetched(turn, self._ask)
                await receive(parts.store, parts.desk, opened.conversation, "message", said)
            while trigger := await parts.store.claim(OWNER, 60.0):
                await handle(parts, trigger)
        except FrontdeskError as error:
            self._fail(f"{type(error).__name__}: {error}")

    def _button(self, wanted: str, state: State) -> str:
        label = wanted.casefold()
        for button in state.buttons:
            if label in (button.label.casefold(), button.does.partition(":")[2].casefold()):
                return button.does
        for button in state.buttons:
            if label in button.label.casefold() or button.does.startswith(f"{label}:"):
                return button.does
        labels = ", ".join(button.label for button in state.buttons) or "none"
        self._fail(f"no button {wanted!r}; there are: {labels}")
        return wanted

    def _ask(self, query: str) -> Any:
        try:
            return self._business.ask(query)
        except sqlite3.Error as error:
            self._fail(f"{query!r}: {error}")
            return None

    def _fail(self, what: str) -> None:
        self._failures.append(f"{self._at}: {what}")

    # -- what must follow ---------------------------------------------------------------------

    def _check_turn(self, turn: Turn, events: Sequence[e.Event], state: State) -> None:
        said = "\n".join(_said(event) for event in events if isinstance(event, e.Replied))
        reply = plain(said)
        for wanted in turn.reply:
            if plain(wanted) not in reply:
                self._fail(f"the reply lacks {wanted!r}: {said!r}")
        for unwanted in turn.not_reply:
            if plain(unwanted) in reply:
                self._fail(f"the reply has {unwanted!r}: {said!r}")
        self._check_in_order(turn.calls, _made(events))
        if turn.waiting is not None and (now := waiting_for(self._parts, state)) != turn.waiting:
            self._fail(f"waits for {now}, not {turn.waiting}; it said {said!r}")
        if turn.cites is not None:
            cited = [c.article for r in events if isinstance(r, e.Replied) for c in r.citations]
            if turn.cites not in cited:
                self._fail(f"cites {cited}, not {turn.cites}")

    def _check_in_order(self, wanted: Sequence[Call], called: Sequence[Made]) -> None:
        rest = list(called)
        for one in wanted:
            place = next((i for i, call in enumerate(rest) if is_call(one, call)), None)
            if place is None:
                self._fail(f"{one} was not called; called: {listed(called)}")
                return
            rest = rest[place + 1 :]

    def _check_end(self, events: Sequence[e.Event], state: State) -> None:
        writes = _made(events, "write")
        holder = "desk" if state.holder == "desk" else "person"
        for failure in end_failures(self._case.case.end, writes, holder, self._ask):
            self._fail(failure)


def waiting_for(parts: Parts, state: State) -> str:
    """What the desk waits for, as tests name it."""
    match waiting(parts.desk, state):
        case p.Collect(slot=slot):
            return slot
        case p.Choose(name=name):
            return name
        case p.Confirm():
            return "consent"
        case _:
            return "none"


def _said(event: e.Replied) -> str:
    return "\n".join([event.text, *(button.label for button in event.buttons)])


def _made(events: Sequence[e.Event], mode: str | None = None) -> list[Made]:
    """The tool calls among the events, in their order."""
    return [
        Made(event.tool, event.arguments or {})
        for event in events
        if isinstance(event, e.ToolCalled) and mode in (None, event.mode)
    ]
