"""Runs of the customer's words that mean a value, what their meaning depends on, and words that
carry nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from frontdesk.languages.scripts import is_question, is_spaceless
from frontdesk.languages.words import fillers
from frontdesk.types.procedures import Slot
from frontdesk.types.values import Value


@dataclass(frozen=True)
class Context:
    """What the meaning of words depends on."""

    now: datetime
    """By the desk's clock, in the desk's time zone."""
    language: str
    currency: str
    near: Value = None
    """The value that a correction replaces: "the 14th" stays in its month."""
    since: Value = None
    """A date said before: "the 14th" is the first one on or after it."""


@dataclass(frozen=True)
class Mention:
    """A run of the message and the value that it means."""

    words: str
    start: int
    end: int
    value: Value

    def overlaps(self, other: Mention) -> bool:
        """Whether both share a character."""
        return self.start < other.end and other.start < self.end


def behind(found: Iterable[Mention], start: int, context: Context) -> Context:
    """The context behind the dates said so far: "3 June to the 5th" ends in June."""
    said = [m for m in found if m.end <= start and isinstance(m.value, date)]
    if not said or context.near is not None:
        return context
    return replace(context, since=max(said, key=lambda m: m.end).value)


Finder = Callable[[Slot, str, Context], Iterator[Mention]]


_WORD = re.compile(r"[^\W_][\w'’.-]*", re.UNICODE)
LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
"""A word of letters alone."""


_SPACELESS_FILLER = re.compile(
    "|".join(sorted(filter(is_spaceless, fillers()), key=len, reverse=True))
)


def is_filler(text: str, slot: Slot | None = None) -> bool:
    """Whether the words carry nothing that a value beside them would miss."""
    if is_question(text):
        return False
    own = set(_WORD.findall(slot.name.replace("_", " ").casefold())) if slot else set()
    plain = _SPACELESS_FILLER.sub(" ", text.casefold())
    words = (word.replace("’", "'").strip(".'-") for word in _WORD.findall(plain))
    return all(word in fillers() or word in own for word in words if word)
