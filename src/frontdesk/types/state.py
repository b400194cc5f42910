"""Where a conversation stands: nothing but a fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from frontdesk.types.commands import Understanding
from frontdesk.types.desk import Customer
from frontdesk.types.events import Button, ToolCalled, ToolReturned
from frontdesk.types.values import Filled, Value


@dataclass(frozen=True)
class Loop:
    """An ``each`` that is under way."""

    node: str
    items: tuple[Value, ...]
    index: int


@dataclass(frozen=True)
class Frame:
    """A procedure that is under way."""

    id: str
    procedure: str
    node: str
    called: bool = False
    save: str | None = None
    slots: Mapping[str, Filled] = field(default_factory=dict)
    results: Mapping[str, Value] = field(default_factory=dict)
    loops: tuple[Loop, ...] = ()
    heard: tuple[tuple[str, str], ...] = ()
    """Messages (id, text) from which values may be drawn."""
    asked: str | None = None
    """The turn in which the question of the present node was asked."""
    said: frozenset[str] = frozenset()
    """What was said since the frame opened, so that a second run does not repeat it."""
    consent_asked: str | None = None
    """Digest of the calls that the customer was last shown."""
    consent_seq: int = 0
    """The event that showed them."""
    consent_node: str = ""
    """The step that showed them."""
    consent_calls: tuple[str, ...] = ()
    """Digests of the single calls that the customer was last shown."""
    allowed: tuple[str, ...] = ()
    """Digests of the calls that the customer agreed to and that were not made yet."""
    written: int = 0
    """Writes that were started in this frame."""
    pending: ToolCalled | None = None
    """A call without an outcome."""
    returned: ToolReturned | None = None
    """The outcome of the present node's call."""


@dataclass(frozen=True)
class Turn:
    """The trigger that is being handled."""

    trigger: str
    cause: Literal["message", "button", "timer", "operator"]
    text: str
    seen: int | None = None
    understanding: Understanding | None = None
    decided: bool = False
    question: str = ""
    """What waits for an answer from the knowledge."""
    clarifying: bool = False
    """The customer was asked what they meant; the procedure's own question waits."""
    interrupted: bool = False
    """Something else was dealt with, so the procedure must say that it comes back."""


@dataclass(frozen=True)
class State:
    """A conversation."""

    desk: str = ""
    digest: str = ""
    """Of the version of the desk that it is on."""
    language: str = "en"
    """What the desk writes: one of its languages."""
    told_languages: bool = False
    """The customer knows which languages the desk speaks."""
    customer: Customer | None = None
    seq: int = 0
    """The last event."""
    stack: tuple[Frame, ...] = ()
    finished: str = ""
    """The procedure that was over last."""
    frames: int = 0
    """Frames opened so far."""
    turn: Turn | None = None
    buttons: tuple[Button, ...] = ()
    """What may be pressed now."""
    offer: bool = False
    """The desk offered to call a colleague."""
    holder: Literal["desk", "queue", "person"] = "desk"
    person: str | None = None
    last_reply: str = ""
    unclear: tuple[str, str] | None = None
    """The message (id, text) that the desk asked back about."""
    misunderstood: int = 0
    """Turns in a row that were not understood."""

    @property
    def top(self) -> Frame | None:
        """The procedure that the customer is in."""
        return self.stack[-1] if self.stack else None
