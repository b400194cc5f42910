"""The stage for tests of whole turns: a desk's parts on files, cut off and started again."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from frontdesk.app import LoadedDesk, load_desk, open_desk
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts
from frontdesk.ports import Store, Tools
from frontdesk.procedures.fold import replay
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.types import events as e
from frontdesk.types.desk import Customer
from frontdesk.types.outcome import Outcome
from frontdesk.types.state import State
from frontdesk.types.triggers import LedgerEntry, Trigger
from frontdesk.types.values import Value
from frontdesk.worker.loop import Worker

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where temporary files cost no disk; tests that sync thousands of times go there."""
HARBOR = Path(__file__).parents[2] / "desks" / "harbor-stays"
NOON = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ANA = Customer("cust-ana", "Ana Sousa", "ana@example.com")


class Cut(Exception):
    """The process died here."""


class CutStore:
    """A :class:`~frontdesk.ports.Store` whose process dies at its n-th append.

    ``before``: what was to be appended is lost; ``after``: it is on the disk. Leases run out at
    once, as if the dead worker's time were over.
    """

    def __init__(self, inner: Store, cut: int = 0, when: Literal["before", "after"] = "after"):
        self._inner = inner
        self._cut = cut
        self._when = when
        self.appends = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def claim(
        self, owner: str, lease_s: float, conversation: str | None = None
    ) -> Trigger | None:
        return await self._inner.claim(owner, 0.0, conversation)

    async def append(
        self,
        conversation: str,
        after: int,
        events: Sequence[e.Event],
        *,
        fence: int | None = None,
        done: str | None = None,
    ) -> list[e.Recorded]:
        self.appends += 1
        if (self.appends, "before") == (self._cut, self._when):
            raise Cut
        recorded = await self._inner.append(conversation, after, events, fence=fence, done=done)
        if (self.appends, "after") == (self._cut, self._when):
            raise Cut
        return recorded


class CountingTools:
    """Real tools that remember which calls arrived."""

    def __init__(self, inner: Tools, calls: list[tuple[str, str]]) -> None:
        self._inner = inner
        self._calls = calls

    async def prepare(self, now: datetime) -> None:
        await self._inner.prepare(now)

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Value],
        *,
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        self._calls.append((tool, key))
        return await self._inner.call(tool, arguments, customer=customer, key=key, now=now)


@dataclass
class Stage:
    """One conversation on a desk, whose parts can be thrown away and opened again.

    Used as ``async with``.
    """

    loaded: LoadedDesk
    data: Path
    model: ScriptedModel = field(default_factory=ScriptedModel)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Tool and key of every call that arrived at the tools."""
    conversation: str = ""
    _open: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _parts: Parts | None = None

    async def __aenter__(self) -> Stage:
        opened = open_desk(self.loaded, self.model, self.data, clock=self.clock)
        parts = await self._open.enter_async_context(opened)
        # Leases run out at once, as if a dead worker's time were over.
        store = CutStore(parts.store)
        self._parts = replace(parts, store=store, tools=CountingTools(parts.tools, self.calls))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def restart(self) -> None:
        """Fresh objects on the same files."""
        await self.__aexit__()
        self._open = contextlib.AsyncExitStack()
        await self.__aenter__()

    @property
    def parts(self) -> Parts:
        assert self._parts is not None
        return self._parts

    async def begin(self, customer: Customer | None = ANA) -> None:
        opened = await open_conversation(self.parts.store, self.parts.desk, customer)
        self.conversation = opened.conversation

    async def accept(self, text: str, kind: Literal["message", "button"] = "message") -> Trigger:
        return await receive(self.parts.store, self.parts.desk, self.conversation, kind, text)

    async def work_off(self, parts: Parts | None = None) -> None:
        await Worker(parts or self.parts).work_off(self.conversation)

    async def say(self, text: str, means: str | Exception = "") -> list[str]:
        """What the desk replies to a message."""
        return await self._take("message", text, means)

    async def press(self, does: str) -> list[str]:
        """What the desk replies to a button, named by how its meaning begins."""
        buttons = (await self.state()).buttons
        found = next((b.does for b in buttons if b.does.startswith(does)), does)
        return await self._take("button", found, "")

    async def _take(
        self, kind: Literal["message", "button"], text: str, means: str | Exception
    ) -> list[str]:
        before = len(await self.history())
        self.model.answers = [means] if means else self.model.answers
        await self.accept(text, kind)
        await self.work_off()
        return said((await self.history())[before:])

    async def history(self) -> list[e.Recorded]:
        return await self.parts.store.history(self.conversation)

    async def state(self) -> State:
        return replay(await self.history())

    async def ledger(self) -> list[LedgerEntry]:
        return await self.parts.store.ledger(self.conversation)

    async def holder(self) -> str:
        found = await self.parts.store.conversation(self.conversation)
        assert found is not None
        return found.holder

    def ask(self, query: str) -> Any:
        """The first field of the first row in the tools' own database."""
        db = sqlite3.connect(self.data / "tools" / "business.db")
        row = db.execute(query).fetchone()
        db.close()
        return row[0] if row else None


def said(history: Sequence[e.Recorded]) -> list[str]:
    """What the desk said."""
    return [r.event.text for r in history if isinstance(r.event, e.Replied)]


def story(history: Sequence[e.Recorded], names: Mapping[str, str]) -> list[Any]:
    """The events without what differs between two runs: times, and ids, which get names."""
    told, names = [], dict(names)
    for recorded in history:
        kind, body, payload = e.split(recorded.event)
        if kind == "ConsentAsked":
            names[body["digest"]] = f"consent {len(told)}"
        text = json.dumps([kind, body, payload])
        for one, name in names.items():
            text = text.replace(one, name)
        told.append(_without_times(json.loads(text)))
    return told


def _without_times(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _without_times(v) for k, v in data.items() if k != "milliseconds"}
    return [_without_times(one) for one in data] if isinstance(data, list) else data


def write_desk(folder: Path, tools: str, **procedures: str) -> LoadedDesk:
    """A small desk with these tools and procedures."""
    (folder / "procedures").mkdir(parents=True)
    (folder / "desk.toml").write_text(
        'format = 2\nid = "small"\nname = "Small Desk"\nlanguages = ["en"]\n'
        'timezone = "Europe/Lisbon"\ncurrency = "EUR"\nmodel.name = "smollm-135m"\n'
    )
    (folder / "tools.py").write_text(tools)
    for name, text in procedures.items():
        (folder / "procedures" / f"{name}.yaml").write_text(text)
    return load_desk(folder)
