"""What happened in a conversation: one append-only history.

Events name things (procedures, nodes, digests, counts). What people wrote and who they are stands
in fields marked :data:`PRIVATE`; the store keeps those in payloads beside the log, which can be
erased without touching it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from frontdesk.types.commands import Admitted, Refused, Understanding
from frontdesk.types.desk import Customer
from frontdesk.types.values import AnyValue, Filled, OnRecord

PRIVATE: Mapping[str, bool] = {"private": True}


@dataclass(frozen=True)
class Button:
    """Something to press instead of writing."""

    label: str
    does: str
    """What pressing means; opaque to the page, checked against what is on offer."""


@dataclass(frozen=True)
class Citation:
    """Where a statement comes from."""

    article: str
    title: str
    passage: str


@dataclass(frozen=True)
class ConversationStarted:
    """A customer opened a conversation."""

    desk: str
    digest: str
    language: str
    customer: Customer | None = field(default=None, metadata=PRIVATE)


@dataclass(frozen=True)
class DeskChanged:
    """The conversation goes on with another version of the desk."""

    digest: str
    """Of the version from here on."""


@dataclass(frozen=True)
class LanguageChanged:
    """The customer went over to another of the desk's languages."""

    language: str


@dataclass(frozen=True)
class TurnStarted:
    """A trigger is being handled."""

    trigger: str
    cause: Literal["message", "button", "timer", "operator"]
    text: str = field(default="", metadata=PRIVATE)
    """The customer's message, or what the button does."""
    seen: int | None = None
    """The last event that the customer's page had shown when they wrote."""


@dataclass(frozen=True)
class Understood:
    """The trigger was turned into commands."""

    understanding: Understanding = field(default=Understanding("nobody", ()), metadata=PRIVATE)
    by: str = ""
    confidence: float = 0.0
    model_calls: int = 0
    prompt_tokens: int = 0
    largest_prompt: int = 0
    """Prompt tokens evaluated for the model call that needed most."""
    cached_tokens: int = 0
    generated_tokens: int = 0
    milliseconds: float = 0.0


@dataclass(frozen=True)
class Decided:
    """Which commands were let through; the events behind it in the same append are their effect."""

    outcomes: tuple[Admitted | Refused, ...] = field(default=(), metadata=PRIVATE)
    question: str = field(default="", metadata=PRIVATE)
    """What the knowledge is asked; empty for nothing."""


@dataclass(frozen=True)
class FrameOpened:
    """A procedure begins, on top of the stack."""

    frame: str
    procedure: str
    called: bool = False
    """A ``call`` step opened it."""
    save: str | None = None
    """The caller's name for the result."""


@dataclass(frozen=True)
class FrameClosed:
    """The procedure on top is over."""

    frame: str
    outcome: str
    result: AnyValue = field(default=None, metadata=PRIVATE)
    """What the caller gets: the slots and the outcome."""


@dataclass(frozen=True)
class Rewound:
    """A value changed: the procedure runs again from its first node, with its slots."""

    frame: str


@dataclass(frozen=True)
class Heard:
    """The procedure may draw values from this message."""

    frame: str
    message: str
    text: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True)
class Moved:
    """The procedure stands at another node."""

    frame: str
    node: str


@dataclass(frozen=True)
class Looped:
    """An ``each`` goes on to an item; an index of ``None`` leaves the loop."""

    frame: str
    node: str
    index: int | None
    items: AnyValue = field(default=None, metadata=PRIVATE)


@dataclass(frozen=True)
class SlotFilled:
    """A slot, or a choice, has a value."""

    frame: str
    slot: str
    filled: Filled = field(default=Filled(None, OnRecord("erased", "")), metadata=PRIVATE)


@dataclass(frozen=True)
class SlotCleared:
    """The value was not valid."""

    frame: str
    slot: str


@dataclass(frozen=True)
class Asked:
    """The question of a node was put to the customer in this turn."""

    frame: str
    node: str


@dataclass(frozen=True)
class ConsentAsked:
    """The customer was shown what will be done."""

    frame: str
    node: str
    digest: str
    """SHA-256 over the calls."""
    calls: AnyValue = field(default=None, metadata=PRIVATE)


@dataclass(frozen=True)
class ConsentGiven:
    """The customer agreed to exactly the calls behind the digest."""

    frame: str
    digest: str
    by: Literal["button", "words"]


@dataclass(frozen=True)
class ToolCalled:
    """A tool is about to be called; for a write this is the recorded intent."""

    call: str
    """Unique; the idempotency key of a write."""
    frame: str
    node: str
    tool: str
    mode: Literal["read", "write"]
    save: str | None = None
    """The name under which the procedure keeps the result."""
    arguments: AnyValue = field(default=None, metadata=PRIVATE)
    origins: AnyValue = field(default=None, metadata=PRIVATE)
    """For each argument, the values that it was computed from and where they came from."""


@dataclass(frozen=True)
class ToolReturned:
    """The outcome of a call."""

    call: str
    status: Literal["ok", "refused", "failed", "unknown"]
    """``unknown``: a write that may or may not have happened."""
    milliseconds: float = 0.0
    value: AnyValue = field(default=None, metadata=PRIVATE)
    message: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True)
class Replied:
    """The desk said something."""

    text: str = field(default="", metadata=PRIVATE)
    buttons: tuple[Button, ...] = field(default=(), metadata=PRIVATE)
    citations: tuple[Citation, ...] = field(default=(), metadata=PRIVATE)
    said: str = ""
    """The procedure's node, or the built-in reply, that it came from."""


@dataclass(frozen=True)
class Answered:
    """The question of the turn was dealt with."""

    found: bool
    score: float = 0.0
    milliseconds: float = 0.0


@dataclass(frozen=True)
class HandedOver:
    """The conversation waits for a person."""

    reason: str


@dataclass(frozen=True)
class PersonClaimed:
    """A person holds the conversation; the desk is silent."""

    person: str


@dataclass(frozen=True)
class PersonReplied:
    """A person wrote to the customer."""

    person: str
    text: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True)
class PersonReleased:
    """The desk holds the conversation again."""

    person: str
    note: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True)
class TurnEnded:
    """The trigger is handled."""

    trigger: str
    milliseconds: float = 0.0


Event: TypeAlias = (
    ConversationStarted | DeskChanged | LanguageChanged | TurnStarted | Understood | Decided
    | FrameOpened | FrameClosed | Rewound | Heard | Moved | Looped | SlotFilled | SlotCleared
    | Asked
    | ConsentAsked | ConsentGiven | ToolCalled | ToolReturned | Replied | Answered | HandedOver
    | PersonClaimed | PersonReplied | PersonReleased | TurnEnded
)  # fmt: skip

KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in Event.__args__}


@dataclass(frozen=True)
class Recorded:
    """An event at its place in the history."""

    conversation: str
    seq: int
    """Counts from 1 in each conversation."""
    at: datetime
    event: Event


_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    name: TypeAdapter(kind) for name, kind in KINDS.items()
}


def split(event: Event) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The event as its kind, what the log may keep, and what belongs in the payload."""
    kind = type(event)
    data = _ADAPTERS[kind.__name__].dump_python(event, mode="json")
    private = {f.name for f in fields(kind) if f.metadata.get("private")}
    body = {name: value for name, value in data.items() if name not in private}
    payload = {name: value for name, value in data.items() if name in private}
    return kind.__name__, body, payload


def join(kind: str, body: dict[str, Any], payload: dict[str, Any]) -> Event:
    """The inverse of :func:`split`."""
    event: Event = _ADAPTERS[kind].validate_python(body | payload)
    return event
