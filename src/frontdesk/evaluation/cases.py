"""A desk's test conversations, as they are written in ``tests/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from frontdesk.desk.located import Located, read, validate
from frontdesk.errors import Problem
from frontdesk.types.desk import Desk

HELD_OUT = "held-out"
"""The file whose conversations are never looked at while prompts are tuned."""

Call = str | dict[str, dict[str, Any]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


class Turn(_Strict):
    """What the customer does, and what must follow."""

    say: str | None = None
    press: str | None = None
    means: str = ""
    fetch: dict[str, str] = {}
    reply: tuple[str, ...] = ()
    not_reply: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    waiting: str | None = None
    cites: str | None = None

    _lists = field_validator("reply", "not_reply", "calls", mode="before")(_as_list)

    @model_validator(mode="after")
    def _one_of(self) -> Turn:
        if (self.say is None) == (self.press is None):
            raise ValueError("write either `say` or `press`")
        return self


class End(_Strict):
    """How things stand behind the last turn."""

    writes: tuple[Call, ...] | None = None
    holder: str | None = None
    data: dict[str, str | int | float | None] = {}

    _lists = field_validator("writes", mode="before")(_as_list)


class Case(_Strict):
    """A conversation."""

    test: str
    customer: str | None = None
    language: str | None = None
    """What the page asks for; the conversation follows the customer from there."""
    turns: tuple[Turn, ...]
    end: End = End()


@dataclass(frozen=True)
class TestCase:
    """A conversation and where it stands."""

    file: Path
    line: int
    case: Case

    @property
    def held_out(self) -> bool:
        """Whether it was written to judge, not to tune."""
        return self.file.stem == HELD_OUT


def load(desk: Desk, folder: Path) -> tuple[list[TestCase], list[Problem]]:
    """The desk's conversations, and what is wrong in their files."""
    cases: list[TestCase] = []
    problems: list[Problem] = []
    known = {customer.id for customer in desk.customers} | {None, "none"}
    for file in sorted((folder / "tests").glob("*.y*ml")):
        located = read(file)
        if isinstance(located, Problem):
            problems.append(located)
        elif not isinstance(located.data, list):
            fix = "Begin each conversation with `- test: NAME`."
            problems.append(located.problem((), "is not a list of conversations", fix))
        else:
            _read(located, known, desk.languages, cases, problems)
    return cases, problems


def _read(
    located: Located,
    customers: Iterable[str | None],
    languages: Sequence[str],
    cases: list[TestCase],
    problems: list[Problem],
) -> None:
    for index, data in enumerate(located.data):
        case = validate(Case, located, (index,), data)
        if isinstance(case, list):
            problems += case
            continue
        if case.customer not in customers:
            text = f"there is no customer {case.customer!r}"
            fix = "Add it to [demo] customers in desk.toml."
            problems.append(located.problem((index, "customer"), text, fix))
        if case.language not in (None, *languages):
            text = f"{case.language!r} is none of the desk's languages"
            fix = f"Write {', '.join(languages)}, or leave it out."
            problems.append(located.problem((index, "language"), text, fix))
        cases.append(TestCase(located.file, located.line((index,)), case))
