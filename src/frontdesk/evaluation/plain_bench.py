"""The desk beside a plain agent: same weights, engine, tools, articles and customers, in one run.

A conversation is right when it ends as its author wrote: exactly the writes, the data, and who
holds it. How anything is worded doesn't count, for neither of the two.

The customers' messages were written for the desk's questions. So that a plain agent which asks at
another moment isn't judged by that, its customer says "Yes, please go ahead." at the end, up to
``NUDGES`` times, as long as a write that the customer wants has not been made.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from frontdesk import app
from frontdesk.engine.turn import Parts
from frontdesk.errors import SettingError
from frontdesk.evaluation import desk_tests
from frontdesk.evaluation.cases import TestCase
from frontdesk.evaluation.outcomes import Business, end_failures, fetched
from frontdesk.evaluation.plain_agent import PlainAgent, Setting
from frontdesk.evaluation.report import Figure
from frontdesk.ports import LanguageModel
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.generation import NOTHING, Usage

NUDGES = 2
POLICY = "policy.md"
"""In the desk's ``tests`` folder: what a plain agent is told instead of the procedures."""
_DRAWS = 10_000


@dataclass(frozen=True)
class Played:
    """A conversation with one of the two."""

    name: str
    failures: tuple[str, ...]
    """How the end differs from what was written; empty when it is right."""
    turn_seconds: tuple[float, ...]
    """From handing a message in to the end of the turn."""
    usage: Usage
    """Of all its turns."""
    transcript: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether it ended as written, with nothing else done."""
        return not self.failures


Report = Callable[[str, Played], None]
"""Called with ``desk`` or ``plain`` and each conversation as it ends."""


def suitable(cases: Sequence[TestCase], seed: int) -> list[TestCase]:
    """The conversations whose end says what must have been written, in a drawn order."""
    found = [case for case in cases if case.case.end.writes is not None]
    random.Random(seed).shuffle(found)
    return found


def policy(folder: Path) -> str:
    """What the plain agent is told.

    Raises:
        SettingError: the desk has no such file.
    """
    file = folder / "tests" / POLICY
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{file} can't be read. Write the rules of your procedures there, in words, as you "
            "would tell them to a plain agent."
        ) from error


async def compare(
    loaded: app.LoadedDesk,
    cases: Sequence[TestCase],
    model: LanguageModel,
    semantics: app.Semantics,
    report: Report = lambda _side, _played: None,
) -> dict[str, Figure]:
    """Plays the conversations with the desk, then with the plain agent, and gives the figures.

    Each plays one conversation after the other, which suits the plain agent's cache.

    Raises:
        SettingError: there is nothing to play, or no policy for the plain agent.
    """
    if not cases:
        raise SettingError("the desk has no test conversations with `writes` under `end`")
    told = policy(loaded.folder)
    ours: list[Played] = []

    def keep(result: desk_tests.Result) -> None:
        ours.append(_ours(result))
        report("desk", ours[-1])

    await desk_tests.play(loaded, cases, model, keep, semantics=semantics)
    theirs = await _play_plain(loaded, cases, model, semantics, told, report)
    return figures(ours, theirs)


def _ours(result: desk_tests.Result) -> Played:
    usage = NOTHING
    for recorded in result.events:
        if isinstance(recorded.event, e.Understood):
            usage += Usage(
                prompt_tokens=recorded.event.prompt_tokens,
                generated_tokens=recorded.event.generated_tokens,
                calls=recorded.event.model_calls,
            )
    return Played(result.case.case.test, result.end_failures, result.turn_seconds, usage)


async def _play_plain(
    loaded: app.LoadedDesk,
    cases: Sequence[TestCase],
    model: LanguageModel,
    semantics: app.Semantics,
    told: str,
    report: Report,
) -> list[Played]:
    now = loaded.desk.test_now
    assert now is not None  # the desk's own tests were played before
    played = []
    with tempfile.TemporaryDirectory(prefix="frontdesk-plain-") as folder:
        template = Path(folder) / "template"
        clock = FixedClock(now)
        async with app.open_desk(loaded, model, template, clock=clock, database=":memory:"):
            pass  # makes the tools' data once
        setting = Setting(loaded.desk, loaded.toolbox, told, model, semantics.retriever)
        await model.warm(setting.prefix())
        for index, case in enumerate(cases):
            data = Path(folder) / str(index)
            shutil.copytree(template, data)
            async with app.open_desk(
                loaded, model, data, semantics=semantics, clock=clock, database=":memory:"
            ) as parts:
                played.append(await _Plain(setting, parts, case, data).play())
            report("plain", played[-1])
            shutil.rmtree(data)
    return played


class _Plain:
    """A conversation with the plain agent under way."""

    def __init__(self, setting: Setting, parts: Parts, case: TestCase, data: Path) -> None:
        customers = {customer.id: customer for customer in parts.desk.customers}
        now = parts.clock.now().astimezone(parts.desk.timezone)
        customer = customers.get(case.case.customer or "")
        self._agent = PlainAgent(setting, parts.tools, customer, now)
        self._case = case.case
        self._business = Business(data)
        self._seconds: list[float] = []
        self._transcript: list[str] = []
        self._usage = NOTHING

    async def play(self) -> Played:
        for turn in self._case.turns:
            await self._say(turn.press or fetched(turn, self._ask))
        for _ in range(NUDGES):
            if not self._wants_more():
                break
            await self._say("Yes, please go ahead.")
        holder = "person" if self._agent.handed_over else "desk"
        failures = end_failures(self._case.end, self._agent.writes, holder, self._ask)
        return Played(
            self._case.test,
            tuple(failures),
            tuple(self._seconds),
            self._usage,
            tuple(self._transcript),
        )

    async def _say(self, text: str) -> None:
        if self._agent.handed_over:
            return  # a person holds the conversation, as with the desk
        started = time.perf_counter()
        turn = await self._agent.answer(text)
        self._seconds.append(time.perf_counter() - started)
        self._usage += turn.usage
        self._transcript += [f"Customer: {text}", *map(str, turn.made), f"Agent: {turn.reply}"]

    def _wants_more(self) -> bool:
        return len(self._agent.writes) < len(self._case.end.writes or ())

    def _ask(self, query: str) -> Any:
        try:
            return self._business.ask(query)
        except sqlite3.Error:
            return None  # nothing was written that the test could find


def figures(ours: Sequence[Played], theirs: Sequence[Played]) -> dict[str, Figure]:
    """What one gives over the other, conversation by conversation."""
    right = np.array([[a.right, b.right] for a, b in zip(ours, theirs, strict=True)], dtype=float)
    low, high = _interval(right[:, 0] - right[:, 1])
    our, their = _turns(ours), _turns(theirs)
    return {
        "conversations": len(ours),
        "right_ours": int(right[:, 0].sum()),
        "right_plain": int(right[:, 1].sum()),
        "right_difference": float((right[:, 0] - right[:, 1]).mean()),
        "right_difference_low": low,
        "right_difference_high": high,
        "speedup_median": _ratio(their["p50_s"], our["p50_s"]),
        "speedup_p95": _ratio(their["p95_s"], our["p95_s"]),
        "token_ratio": _ratio(their["generated"], our["generated"]),
        "prompt_token_ratio": _ratio(their["prompt"], our["prompt"]),
        **{f"{name}_ours": value for name, value in our.items()},
        **{f"{name}_plain": value for name, value in their.items()},
    }


def _turns(played: Sequence[Played]) -> Mapping[str, float]:
    """Figures of a turn: seconds, and tokens in the mean."""
    seconds = sorted(second for one in played for second in one.turn_seconds)
    return {
        "turns": len(seconds),
        "p50_s": statistics.median(seconds),
        "p95_s": seconds[int(0.95 * (len(seconds) - 1))],
        "prompt": sum(one.usage.prompt_tokens for one in played) / len(seconds),
        "generated": sum(one.usage.generated_tokens for one in played) / len(seconds),
    }


def _ratio(theirs: float, ours: float) -> float | None:
    return theirs / ours if ours else None


def _interval(differences: np.ndarray[Any, Any]) -> tuple[float, float]:
    """95 % of the mean, by drawing conversations again (percentile bootstrap)."""
    chance = np.random.default_rng(1)
    drawn = chance.choice(differences, (_DRAWS, len(differences))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
