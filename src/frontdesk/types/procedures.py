"""Procedures as data: slots, and steps compiled to a table of nodes.

A compiled procedure is a graph: every node names the nodes that can follow it. Expressions are
kept as their source text; ``procedures.expressions`` evaluates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from frontdesk.types.shapes import UNKNOWN, Shape

Text: TypeAlias = Mapping[str, str]
"""A template for each language; the desk's first language stands in for a missing one."""

SlotType: TypeAlias = Literal[
    "text", "date", "time", "datetime", "number", "integer", "money",
    "email", "phone", "reference", "choice", "boolean",
]  # fmt: skip


@dataclass(frozen=True)
class Option:
    """One value of a choice."""

    name: str
    title: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A value that the customer gives."""

    name: str
    type: SlotType
    ask: Text = field(default_factory=dict)
    valid: str | None = None
    """An expression that must hold for the value."""
    invalid: Text | None = None
    optional: bool = False
    many: bool = False
    max: int = 500
    """Characters, for text."""
    pattern: str | None = None
    """A regular expression, for references."""
    region: str | None = None
    """ISO 3166 code, for phone numbers without a country."""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Collect:
    """Asks until the slot is filled."""

    id: str
    slot: str
    next: str


@dataclass(frozen=True)
class Choose:
    """Lets the customer pick one record of a list, or several."""

    id: str
    name: str
    source: str
    where: str | None
    key: str
    match: tuple[str, ...]
    show: Text
    ask: Text
    next: str
    none: str
    """Goes there when the list is empty."""
    many: bool = False
    """The value is a list of records, at least one."""


@dataclass(frozen=True)
class Tool:
    """Calls a tool and saves its result."""

    id: str
    tool: str
    arguments: Mapping[str, str]
    save: str | None
    next: str
    refused: str | None = None
    failed: str | None = None


@dataclass(frozen=True)
class Branch:
    """Goes to the first case whose expression holds."""

    id: str
    cases: tuple[tuple[str, str], ...]
    """Pairs of expression and node."""
    otherwise: str


@dataclass(frozen=True)
class Each:
    """Runs its body for each item; the body's last step leads back here."""

    id: str
    name: str
    source: str
    body: str
    next: str


@dataclass(frozen=True)
class Confirm:
    """Asks for consent to the writes that follow on the way of a yes."""

    id: str
    text: Text
    yes: str
    no: str
    """Empty: the procedure is cancelled."""


@dataclass(frozen=True)
class Say:
    """A reply."""

    id: str
    text: Text
    next: str


@dataclass(frozen=True)
class Handoff:
    """A person takes over."""

    id: str
    reason: str
    text: Text | None


@dataclass(frozen=True)
class Call:
    """Runs a sub-procedure."""

    id: str
    procedure: str
    arguments: Mapping[str, str]
    save: str | None
    next: str


@dataclass(frozen=True)
class End:
    """The procedure is over."""

    id: str
    outcome: str = "done"


Node: TypeAlias = Collect | Choose | Tool | Branch | Each | Confirm | Say | Handoff | Call | End


@dataclass(frozen=True)
class Example:
    """How a customer says that they want a procedure."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Slots that the text fills, with the words that fill them."""
    language: str = ""
    """Its code; empty for the desk's first one."""


@dataclass(frozen=True)
class Procedure:
    """Something that the desk can do."""

    name: str
    title: Text
    description: str
    examples: tuple[Example, ...]
    slots: Mapping[str, Slot]
    nodes: Mapping[str, Node]
    first: str
    internal: bool = False
    """Only another procedure can start it."""
    anonymous: bool = False
    """Customers who aren't signed in can start it."""
    always: tuple[str, ...] = ()
    """Phrases that start it whatever else the message may mean."""


@dataclass(frozen=True)
class ToolSignature:
    """What a procedure needs to know of a tool."""

    name: str
    mode: Literal["read", "write"]
    description: str
    parameters: Mapping[str, bool]
    """The parameters that a step fills; true for those without a default."""
    timeout_s: float = 10.0
    takes: Mapping[str, Shape] = field(default_factory=dict)
    """The type of each parameter, as far as it is known."""
    returns: Shape = UNKNOWN
    line: int = 1
    """Where it stands in ``tools.py``."""
