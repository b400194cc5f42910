"""The command language: what a model may propose, and what was let through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from frontdesk.types.generation import NOTHING, Usage
from frontdesk.types.values import Filled


@dataclass(frozen=True)
class Start:
    """The customer wants this procedure."""

    procedure: str
    verb: Literal["start"] = "start"


@dataclass(frozen=True)
class Set:
    """The customer gave a value for a slot."""

    slot: str
    words: str
    verb: Literal["set"] = "set"


@dataclass(frozen=True)
class Choose:
    """The customer picked one of the listed records."""

    words: str
    verb: Literal["choose"] = "choose"


@dataclass(frozen=True)
class Simple:
    """A command without arguments."""

    verb: Literal["answer", "cancel", "ask", "human", "chat", "unclear"]
    """``answer``: the message answers the question that the customer was asked."""


@dataclass(frozen=True)
class YesNo:
    """A yes or a no that code recognised, or a hesitation; no model can propose it."""

    answer: Literal["yes", "no", "hesitation"]
    verb: Literal["yes_no"] = "yes_no"


@dataclass(frozen=True)
class Foreign:
    """The message is in a language that the desk lacks; no model can propose it."""

    language: str
    verb: Literal["foreign"] = "foreign"


@dataclass(frozen=True)
class Press:
    """The customer pressed a button that the desk had offered; no model can propose it."""

    does: str
    verb: Literal["press"] = "press"


Command: TypeAlias = Annotated[
    Start | Set | Choose | Simple | YesNo | Foreign | Press, Field(discriminator="verb")
]

PROPOSABLE = (Start, Set, Choose, Simple)
"""The commands that a model may propose."""


def render(command: Command) -> str:
    """The command as one line of the command language."""
    match command:
        case Start():
            return f"start {command.procedure}"
        case Set():
            return f"set {command.slot} {command.words}"
        case Choose():
            return f"choose {command.words}"
        case YesNo():
            return command.answer
        case Foreign():
            return f"foreign {command.language}"
        case Press():
            return f"press {command.does}"
        case Simple():
            return command.verb


@dataclass(frozen=True)
class Reading:
    """One way to understand a message."""

    commands: tuple[Command, ...]
    confidence: float
    """Between 0 and 1; calibrated as far as the desk could measure."""


@dataclass(frozen=True)
class Understanding:
    """What a message was understood to mean, best reading first."""

    by: Literal["code", "examples", "model", "nobody"]
    """``examples``: it resembles what the desk's examples say, so surely that no model was asked;
    ``nobody``: the model failed."""
    readings: tuple[Reading, ...]
    usage: Usage = NOTHING
    raw: str = ""
    """What the model wrote."""


@dataclass(frozen=True)
class Admitted:
    """A command that is legal now, with the value that it carries."""

    command: Command
    filled: Filled | None = None
    slot: str = ""
    """What the value is for: a slot, or the name of a choice."""


@dataclass(frozen=True)
class Refused:
    """A command that is not legal now, and why."""

    command: Command
    reason: str
