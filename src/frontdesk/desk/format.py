"""The shape of a desk's files, as they are written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.types.generation import Dialect, Form
from frontdesk.types.procedures import SlotType

Words = str | dict[str, str]
"""A template, or one for each language."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


# -- desk.toml --------------------------------------------------------------------------------


class Model(_Strict):
    """Which language model the desk uses, and where it runs."""

    name: str = Field(
        min_length=1,
        description="A language model of `frontdesk models list`, or what the engine calls it.",
    )
    url: str = Field("", description="The address of an engine that runs elsewhere.")
    dialect: Dialect = Field("openai", description="What that engine is.")
    constraint: Form | None = Field(
        None, description="How its answers are constrained, if not as usual for the dialect."
    )
    key_env: str = Field(
        "",
        pattern=r"^(?:[A-Za-z_][A-Za-z0-9_]*)?$",
        description="The environment variable with the engine's key; never the key itself.",
    )
    key_file: str = Field("", description="A file with the key, outside of this folder.")
    width: int = Field(4, ge=1, le=256, description="Requests at once.")
    timeout_s: float = Field(30.0, gt=0, le=600, description="Seconds for an answer.")
    alternatives: int = Field(
        10, ge=0, le=20, description="Log-probabilities to ask for at each token."
    )
    extra: dict[str, Any] = Field({}, description="Sent with each request as it is.")


class Identity(_Strict):
    """How customers prove who they are."""

    secret_env: str = Field(
        description="The environment variable with the secret; never the secret itself."
    )


class Limits(_Strict):
    """What a customer may send."""

    message_characters: int = Field(
        4000, gt=0, le=100_000, description="The longest message that is taken."
    )


class Understanding(_Strict):
    """When the desk acts on what it understood."""

    act: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Below this confidence the desk asks back before it starts anything.",
    )


class DemoCustomer(_Strict):
    """Somebody whom the demo page and the tests can be."""

    id: str = Field(description="How tools know the customer.")
    name: str = Field("", description="Their name.")
    email: str = Field("", description="Their e-mail address.")


class Demo(_Strict):
    """For the demo page and the tests."""

    now: datetime | None = Field(
        None, description="The clock of the tests; without it there are none."
    )
    customers: tuple[DemoCustomer, ...] = Field(
        (), description="Who the demo page and the tests can be."
    )


class DeskFile(_Strict):
    """desk.toml."""

    format: int = Field(description="The version of this file format.")
    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$", description="Small letters, digits and hyphens."
    )
    name: str = Field(description="What customers know the company as.")
    languages: tuple[str, ...] = Field(
        min_length=1, description="Codes like en and pt; the first one is the default."
    )
    timezone: str = Field(description="Like Europe/Lisbon; dates are meant in this zone.")
    currency: str = Field(
        pattern=r"^[A-Z]{3}$", description="An ISO code like EUR; amounts are meant in it."
    )
    model: Model = Field(description="The language model, and the engine that runs it.")
    identity: Identity | None = Field(None, description="How customers prove who they are.")
    limits: Limits = Field(Limits(), description="What a customer may send.")
    understanding: Understanding = Field(
        Understanding(), description="When the desk acts on what it understood."
    )
    messages: dict[str, Words] = Field({}, description="Built-in replies in your own words.")
    demo: Demo = Field(Demo(), description="For the demo page and the tests.")


# -- procedures/*.yaml ------------------------------------------------------------------------


class OptionFile(_Strict):
    """An option of a choice."""

    title: Words = Field(description="The label of its button.")
    synonyms: tuple[str, ...] = Field((), description="Other words for it, in any language.")


class SlotFile(_Strict):
    """A slot."""

    type: SlotType = Field(description="What values it takes.")
    ask: Words = Field("", description="The question; a template.")
    valid: str | None = Field(None, description="An expression that must hold for the value.")
    invalid: Words | None = Field(None, description="What to say when `valid` doesn't hold.")
    optional: bool = Field(False, description="Never asked; filled when the customer says it.")
    many: bool = Field(False, description="Whether it takes a list of values.")
    max: int = Field(500, gt=0, description="Characters, for a text.")
    pattern: str | None = Field(None, description="A regular expression, for a reference.")
    region: str | None = Field(
        None, description="ISO code of a country, for phone numbers without one."
    )
    options: dict[str, OptionFile] = Field({}, description="The values of a choice, by name.")


class ExampleFile(_Strict):
    """An example that fills slots."""

    say: str = Field(description="What the customer writes.")
    set: dict[str, str] = Field(description="The words in it that fill slots, by slot.")


Examples = tuple[str | ExampleFile, ...]


class ProcedureFile(_Strict):
    """A procedure; its steps are read one by one."""

    procedure: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$", description="Its name: small letters, digits, underscores."
    )
    title: Words = Field("", description="Shown on buttons.")
    description: str = Field("", description="What the customer wants, for the model.")
    examples: Examples | dict[str, Examples] = Field(
        (),
        description="How customers say it: 30 to 80, the most telling first; or by language.",
    )
    internal: bool = Field(False, description="Only another procedure can start it.")
    anonymous: bool = Field(False, description="Customers who aren't signed in can start it.")
    always: tuple[str, ...] = Field(
        (), description="Phrases that start it by code, whatever else the message may mean."
    )
    slots: dict[str, SlotFile] = Field({}, description="Values that the customer gives, by name.")
    steps: list[Any] = Field(min_length=1, description="What it does, one after the other.")


class _Step(_Strict):
    id: str | None = Field(
        None, pattern=r"^[a-z][a-z0-9_]*$", description="A name, for the `next` of other steps."
    )
    next: str | None = Field(None, description="The id of the step to go on with.")


class CollectStep(_Step):
    """``collect: SLOT``."""

    collect: str = Field(description="The slot to ask for, until it is filled.")


class ChooseStep(_Step):
    """``choose: NAME``."""

    choose: str = Field(
        description="The name under which later steps read the record, or the list with `many`."
    )
    source: str = Field(alias="from", description="An expression that gives the records.")
    where: str | None = Field(None, description="An expression that must hold for a record.")
    key: str = Field(description="The attribute that tells records apart.")
    match: tuple[str, ...] = Field((), description="Attributes that customers may name it by.")
    many: bool = Field(False, description="Lets the customer pick several at once.")
    show: Words = Field(description="The line for a record; a template.")
    ask: Words = Field(description="The question; a template.")
    none: list[Any] = Field(min_length=1, description="The steps when there is no record.")


class ToolStep(_Step):
    """``tool: TOOL``."""

    tool: str = Field(description="A function of tools.py.")
    arguments: dict[str, str | int | float | bool] = Field(
        {}, alias="with", description="What is given, by name; expressions."
    )
    save: str | None = Field(None, description="The name under which later steps read the result.")
    refused: list[Any] | None = Field(
        None, description="The steps when the tool refuses; `refusal` says why."
    )
    failed: list[Any] | None = Field(None, description="The steps when a read fails.")


class BranchStep(_Step):
    """``branch: [...]``."""

    branch: list[Any] = Field(
        min_length=1, description="Cases with `when`, and `otherwise` as the last one."
    )


class WhenCase(_Strict):
    """A case of a branch."""

    when: str = Field(description="An expression; the first that holds is taken.")
    steps: list[Any] = Field(min_length=1, description="What is done then.")


class OtherwiseCase(_Strict):
    """The last case of a branch."""

    otherwise: list[Any] = Field(min_length=1, description="The steps when no case holds.")


class EachStep(_Step):
    """``each: NAME``."""

    each: str = Field(description="The name of the item within `steps`.")
    source: str = Field(alias="in", description="An expression that gives a list.")
    steps: list[Any] = Field(min_length=1, description="What is done for each item.")


class ConfirmStep(_Step):
    """``confirm: TEXT``."""

    confirm: Words = Field(
        description="The question for consent to the writes that follow; a template."
    )
    no: list[Any] | None = Field(None, description="The steps for a no.")


class SayStep(_Step):
    """``say: TEXT``."""

    say: Words = Field(description="A reply; a template.")


class HandoffStep(_Step):
    """``handoff: REASON``."""

    handoff: str = Field(description="Why a person is called, for the colleague.")
    say: Words | None = Field(None, description="What the customer is told.")


class CallStep(_Step):
    """``call: PROCEDURE``."""

    call: str = Field(description="An internal procedure to run.")
    arguments: dict[str, str | int | float | bool] = Field(
        {}, alias="with", description="What is given, by name; expressions."
    )
    save: str | None = Field(None, description="The name under which later steps read the result.")


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
