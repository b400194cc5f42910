"""How a conversation must have ended, whoever held it: the writes, who has it, the data."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontdesk.evaluation.cases import Call, End, Turn
from frontdesk.procedures.templates import show


@dataclass(frozen=True)
class Made:
    """A tool call and its arguments."""

    tool: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={show(value, 'en')}" for name, value in self.arguments.items())
        return f"{self.tool}({given})"


@dataclass(frozen=True)
class Business:
    """The database of a desk's tools, to look into."""

    data: Path
    """The folder of the conversation's data."""

    def ask(self, query: str) -> Any:
        """The first field of the first row; raises ``sqlite3.Error``."""
        file = self.data / "tools" / "business.db"
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            row = db.execute(query).fetchone()
        finally:
            db.close()
        return row[0] if row else None


def fetched(turn: Turn, ask: Callable[[str], Any]) -> str:
    """What the customer says, with what ``fetch`` found in its place."""
    said = turn.say or ""
    for name, query in turn.fetch.items():
        said = said.replace(f"{{{name}}}", str(ask(query)))
    return said


def end_failures(
    end: End, writes: Sequence[Made], holder: str, ask: Callable[[str], Any]
) -> Iterator[str]:
    """What differs from the end that was written.

    Args:
        end: as written.
        writes: the calls of tools that write, in their order.
        holder: ``desk`` or ``person``.
        ask: gives the first field of a query on the desk's business.
    """
    if end.writes is not None:
        same = len(writes) == len(end.writes) and all(map(is_call, end.writes, writes))
        if not same:
            yield f"wrote {listed(writes)}, not {list(end.writes)}"
    if end.holder is not None and holder != end.holder:
        yield f"the {holder} holds it, not the {end.holder}"
    for query, wanted in end.data.items():
        if str(found := ask(query)) != str(wanted):
            yield f"{query!r} gives {found!r}, not {wanted!r}"


def is_call(wanted: Call, made: Made) -> bool:
    """Whether the call is the one that a test file names; other arguments are allowed."""
    if isinstance(wanted, str):
        return made.tool == wanted
    ((tool, arguments),) = wanted.items()
    return made.tool == tool and all(
        name in made.arguments and _same(value, made.arguments[name])
        for name, value in (arguments or {}).items()
    )


def listed(calls: Sequence[Made]) -> str:
    """The calls in a line."""
    return ", ".join(map(str, calls)) or "nothing"


def plain(text: str) -> str:
    """For comparing: one space between words, plain quotes and hyphens, no case."""
    text = text.casefold().translate(str.maketrans("’‘“”–—\u00a0\u202f", "''\"\"--  "))
    return " ".join(text.split())


def _same(wanted: Any, given: Any) -> bool:
    """Whether a value in a test file means the value of a call."""
    texts = {str(given), show(given, "en")}
    if hasattr(given, "isoformat"):
        texts.add(given.isoformat())
    if hasattr(given, "amount"):
        texts.add(f"{given.amount} {given.currency.code}")
        texts.add(str(given.amount))
    return bool(wanted == given) or plain(str(wanted)) in map(plain, texts)
