"""Runs of the customer's words that mean a value, what their meaning depends on, and words that
carry nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

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


Finder = Callable[[Slot, str, Context], Iterator[Mention]]


_FILLER = frozenset(
    """a an the is it its it's was on at in of to from for by my our your new old please thanks
    thank you i i'm i'd i'll am me we us let's number no. nr email e-mail mail address phone
    mobile code reference booking reservation order orders item items parcel date day arrival
    arriving departure leaving time amount would like want be and will that this one okay ok yes
    sure here think prefer make take use say says hi hello well then just so about night
    nights people guests""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_][\w'’.-]*", re.UNICODE)
LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
"""A word of letters alone."""


def is_filler(text: str, slot: Slot | None = None) -> bool:
    """Whether the words carry nothing that a value beside them would miss."""
    own = set(_WORD.findall(slot.name.replace("_", " ").casefold())) if slot else set()
    words = (word.replace("’", "'").strip(".'-") for word in _WORD.findall(text.casefold()))
    return "?" not in text and all(word in _FILLER or word in own for word in words if word)
