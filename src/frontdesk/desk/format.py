"""The shape of a desk's files, as they are written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.types.procedures import SlotType

Words = str | dict[str, str]
"""A template, or one for each language."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


# -- desk.toml --------------------------------------------------------------------------------


class Identity(_Strict):
    """How customers prove who they are."""

    secret_env: str


class Limits(_Strict):
    """What a customer may send."""

    message_characters: int = Field(4000, gt=0, le=100_000)


class Understanding(_Strict):
    """When the desk acts on what it understood."""

    act: float = Field(0.25, ge=0, le=1)


class DemoCustomer(_Strict):
    """Somebody whom the demo page and the tests can be."""

    id: str
    name: str = ""
    email: str = ""


class Demo(_Strict):
    """For the demo page and the tests."""

    now: datetime | None = None
    customers: tuple[DemoCustomer, ...] = ()


class DeskFile(_Strict):
    """desk.toml."""

    format: int
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    languages: tuple[str, ...] = Field(min_length=1)
    timezone: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    model: str
    identity: Identity | None = None
    limits: Limits = Limits()
    understanding: Understanding = Understanding()
    messages: dict[str, Words] = {}
    demo: Demo = Demo()


# -- procedures/*.yaml ------------------------------------------------------------------------


class OptionFile(_Strict):
    """An option of a choice."""

    title: str
    synonyms: tuple[str, ...] = ()


class SlotFile(_Strict):
    """A slot."""

    type: SlotType
    ask: Words = ""
    valid: str | None = None
    invalid: Words | None = None
    optional: bool = False
    many: bool = False
    max: int = Field(500, gt=0)
    pattern: str | None = None
    region: str | None = None
    options: dict[str, OptionFile] = {}


class ExampleFile(_Strict):
    """An example that fills slots."""

    say: str
    set: dict[str, str]


class ProcedureFile(_Strict):
    """A procedure; its steps are read one by one."""

    procedure: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Words = ""
    description: str = ""
    examples: tuple[str | ExampleFile, ...] = ()
    internal: bool = False
    anonymous: bool = False
    always: tuple[str, ...] = ()
    slots: dict[str, SlotFile] = {}
    steps: list[Any] = Field(min_length=1)


class _Step(_Strict):
    id: str | None = Field(None, pattern=r"^[a-z][a-z0-9_]*$")
    next: str | None = None


class CollectStep(_Step):
    """``collect: SLOT``."""

    collect: str


class ChooseStep(_Step):
    """``choose: NAME``."""

    choose: str
    source: str = Field(alias="from")
    where: str | None = None
    key: str
    match: tuple[str, ...] = ()
    show: Words
    ask: Words
    none: list[Any] = Field(min_length=1)


class ToolStep(_Step):
    """``tool: TOOL``."""

    tool: str
    arguments: dict[str, str | int | float | bool] = Field({}, alias="with")
    save: str | None = None
    refused: list[Any] | None = None
    failed: list[Any] | None = None


class BranchStep(_Step):
    """``branch: [...]``."""

    branch: list[Any] = Field(min_length=1)


class WhenCase(_Strict):
    """A case of a branch."""

    when: str
    steps: list[Any] = Field(min_length=1)


class OtherwiseCase(_Strict):
    """The last case of a branch."""

    otherwise: list[Any] = Field(min_length=1)


class EachStep(_Step):
    """``each: NAME``."""

    each: str
    source: str = Field(alias="in")
    steps: list[Any] = Field(min_length=1)


class ConfirmStep(_Step):
    """``confirm: TEXT``."""

    confirm: Words
    no: list[Any] | None = None


class SayStep(_Step):
    """``say: TEXT``."""

    say: Words


class HandoffStep(_Step):
    """``handoff: REASON``."""

    handoff: str
    say: Words | None = None


class CallStep(_Step):
    """``call: PROCEDURE``."""

    call: str
    arguments: dict[str, str | int | float | bool] = Field({}, alias="with")
    save: str | None = None


class EndStep(_Step):
    """``end`` or ``end: OUTCOME``."""

    end: str | None = None


Step = (
    CollectStep | ChooseStep | ToolStep | BranchStep | EachStep | ConfirmStep | SayStep
    | HandoffStep | CallStep | EndStep
)  # fmt: skip

STEPS: dict[str, type[Step]] = {
    "collect": CollectStep,
    "choose": ChooseStep,
    "tool": ToolStep,
    "branch": BranchStep,
    "each": EachStep,
    "confirm": ConfirmStep,
    "handoff": HandoffStep,
    "say": SayStep,
    "call": CallStep,
    "end": EndStep,
}
"""By the key that says what a step is; ``handoff`` may hold a ``say``, so it comes first."""
