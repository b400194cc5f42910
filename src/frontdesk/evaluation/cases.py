"""A desk's test conversations, as they are written in ``tests/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from frontdesk.desk.located import Located, Place, read, validate
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind

HELD_OUT = "held-out"
"""The file whose conversations are never looked at while prompts are tuned."""

Call = str | dict[str, dict[str, Any]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class Turn(_Strict):
    """What the customer does, and what must follow."""

    say: str | None = Field(None, description="What the customer writes; `{name}` from `fetch`.")
    press: str | None = Field(None, description="The label or the value of a button to press.")
    means: str = Field("", description="What a perfect model would say: one command a line.")
    fetch: dict[str, str] = Field({}, description="Queries of business.db, for `{name}` in `say`.")
    reply: tuple[str, ...] = Field((), description="Each must occur in what the desk says.")
    not_reply: tuple[str, ...] = Field((), description="None may occur in what the desk says.")
    calls: tuple[Call, ...] = Field((), description="Tools that are called, in this order.")
    waiting: str | None = Field(
        None, description="What the desk waits for: a slot, a choice's name, consent or none."
    )
    cites: str | None = Field(None, description="An article's file name without its ending.")

    _lists = field_validator("reply", "not_reply", "calls", mode="before")(_as_list)

    @model_validator(mode="after")
    def _one_of(self) -> Turn:
        if (self.say is None) == (self.press is None):
            raise ValueError("write either `say` or `press`")
        return self


class End(_Strict):
    """How things stand behind the last turn."""

    writes: tuple[Call, ...] | None = Field(
        None, description="Every write of the conversation, in order; `[]` for none."
    )
    holder: Literal["desk", "person"] | None = Field(None, description="Who answers now.")
    data: dict[str, str | int | float | None] = Field(
        {}, description="Queries of business.db, and what each must give."
    )

    _lists = field_validator("writes", mode="before")(_as_list)


class Case(_Strict):
    """A conversation that must go as it is written."""

    test: str = Field(description="Its name, once in the desk.")
    customer: str | None = Field(None, description="An id of [demo] customers; none: nobody.")
    language: str | None = Field(
        None, description="What the page asks for; from there it follows the customer."
    )
    turns: tuple[Turn, ...] = Field(description="What the customer does, one after the other.")
    end: End = Field(End(), description="How things stand behind the last turn.")


@dataclass(frozen=True)
class TestCase:
    """A conversation and where it stands."""

    file: Path
    line: int
    case: Case
    located: Located = field(repr=False, compare=False)
    place: Place = field(repr=False, compare=False)

    @property
    def held_out(self) -> bool:
        """Whether it was written to judge, not to tune."""
        return self.file.stem == HELD_OUT

    def problem(self, place: Place, kind: Kind, message: str, fix: str) -> Problem:
        """A mistake at a part of the conversation."""
        return self.located.problem((*self.place, *place), kind, message, fix)


def read_cases(folder: Path) -> tuple[list[TestCase], list[Problem]]:
    """The conversations, as far as they can be read, and what is wrong with their shape."""
    cases: list[TestCase] = []
    problems: list[Problem] = []
    for file in sorted((folder / "tests").glob("*.y*ml")):
        located = read(file)
        if isinstance(located, Problem):
            problems.append(located)
            continue
        problems += located.twice
        if not isinstance(located.data, list):
            text, fix = "is not a list of conversations", "Begin each with `- test: NAME`."
            problems.append(located.problem((), Kind.NOT_CONVERSATIONS, text, fix))
            continue
        for index, data in enumerate(located.data):
            case = validate(Case, located, (index,), data)
            if isinstance(case, list):
                problems += case
            else:
                line = located.line((index,))
                cases.append(TestCase(file, line, case, located, (index,)))
    return cases, problems
