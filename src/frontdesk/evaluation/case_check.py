"""What is wrong with a desk's test conversations, and what they leave untested."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from frontdesk.desk.checking import unknown
from frontdesk.desk.load import Examined
from frontdesk.desk.located import Place
from frontdesk.errors import Problem
from frontdesk.evaluation.cases import Call, TestCase, Turn, read_cases
from frontdesk.mistakes import Kind
from frontdesk.prompts import commands
from frontdesk.types import commands as c
from frontdesk.types import procedures as p
from frontdesk.types.desk import Desk

_OTHER_WAITS = frozenset({"consent", "none"})
_BESIDES = frozenset({"none"})
"""A customer who isn't signed in."""


@dataclass(frozen=True)
class Names:
    """What conversations may refer to; ``None`` where that can't be known."""

    customers: frozenset[str] | None
    languages: frozenset[str] | None
    procedures: frozenset[str] | None
    waits: frozenset[str] | None
    """Slots, choices' names, and what else `waiting` knows."""
    slots: frozenset[str] | None
    tools: frozenset[str] | None
    articles: frozenset[str] | None


def names_of(desk: Desk) -> Names:
    """What the conversations of a desk may refer to."""
    steps = [node for one in desk.procedures.values() for node in one.nodes.values()]
    slots = frozenset(slot for one in desk.procedures.values() for slot in one.slots)
    choices = {node.name for node in steps if isinstance(node, p.Choose)}
    return Names(
        customers=frozenset(customer.id for customer in desk.customers),
        languages=frozenset(desk.languages),
        procedures=frozenset(n for n, one in desk.procedures.items() if not one.internal),
        waits=slots | choices | _OTHER_WAITS,
        slots=slots,
        tools=frozenset(desk.tools),
        articles=frozenset(article.article for article in desk.articles),
    )


def names_in(examined: Examined) -> Names:
    """The same for a desk with mistakes, as far as its files could be understood."""
    whole = all(one.whole for one in examined.compiled) and bool(examined.compiled)
    procedures = [one.procedure for one in examined.compiled]
    slots = frozenset(slot for one in procedures for slot in one.slots)
    steps = [node for one in procedures for node in one.nodes.values()]
    choices = {node.name for node in steps if isinstance(node, p.Choose)}
    return Names(
        customers=examined.customers,
        languages=frozenset(examined.content.languages) if examined.content else None,
        procedures=frozenset(o.name for o in procedures if not o.internal) if whole else None,
        waits=slots | choices | _OTHER_WAITS if whole else None,
        slots=slots if whole else None,
        tools=None if examined.tools is None else frozenset(examined.tools),
        articles=frozenset(article.article for article in examined.articles),
    )


def load(desk: Desk, folder: Path) -> tuple[list[TestCase], list[Problem]]:
    """The desk's conversations, and the errors in their files."""
    found, problems = read_cases(folder)
    problems += case_problems(found, names_of(desk))
    return found, [problem for problem in problems if problem.severity == "error"]


def case_problems(cases: Iterable[TestCase], names: Names) -> Iterator[Problem]:
    """What the conversations refer to and the desk doesn't have, and what isn't a command."""
    first: dict[str, TestCase] = {}
    for case in cases:
        name = case.case.test
        if first.setdefault(name, case) is not case:
            text = "another conversation has this name"
            yield case.problem(("test",), Kind.DUPLICATE_TEST, text, "Give each its own name.")
        customer = case.case.customer
        if customer is not None and _missing(customer, names.customers, _BESIDES):
            text = f"there is no customer {customer!r}"
            fix = "Add it to [demo] customers in desk.toml."
            yield case.problem(("customer",), Kind.UNKNOWN_CUSTOMER, text, fix)
        language = case.case.language
        if language is not None and _missing(language, names.languages):
            text = f"{language!r} is none of the desk's languages"
            fix = f"Write {' or '.join(sorted(names.languages or ()))}, or leave it out."
            yield case.problem(("language",), Kind.OTHER_LANGUAGE, text, fix)
        for index, turn in enumerate(case.case.turns):
            yield from _turn(case, turn, ("turns", index), names)
        for index, call in enumerate(case.case.end.writes or ()):
            yield from _call(case, call, ("end", "writes", index), names)
        for query in case.case.end.data:
            yield from _query(case, query, ("end", "data", query))


def _missing(name: str, known: Collection[str] | None, besides: Collection[str] = ()) -> bool:
    return known is not None and name not in known and name not in besides


def _turn(case: TestCase, turn: Turn, place: Place, names: Names) -> Iterator[Problem]:
    yield from _means(case, turn, (*place, "means"), names)
    for index, call in enumerate(turn.calls):
        yield from _call(case, call, (*place, "calls", index), names)
    if turn.cites is not None and names.articles is not None and turn.cites not in names.articles:
        message, fix = unknown("article", turn.cites, names.articles)
        yield case.problem((*place, "cites"), Kind.UNKNOWN_ARTICLE, message, fix)
    if turn.waiting is not None and names.waits is not None and turn.waiting not in names.waits:
        message, fix = unknown("slot or choice", turn.waiting, names.waits)
        yield case.problem((*place, "waiting"), Kind.UNKNOWN_WAITING, message, fix)
    for name, query in turn.fetch.items():
        here = (*place, "fetch", name)
        if f"{{{name}}}" not in (turn.say or ""):
            text = f"`say` has no {{{name}}}"
            fix = f"Write {{{name}}} where the value belongs, or remove the query."
            yield case.problem(here, Kind.UNKNOWN_PLACEHOLDER, text, fix)
        yield from _query(case, query, here)


def _means(case: TestCase, turn: Turn, place: Place, names: Names) -> Iterator[Problem]:
    for line in filter(None, map(str.strip, turn.means.splitlines())):
        (command,) = commands.parse(line)
        match command:
            case c.Start(procedure=name) if _missing(name, names.procedures):
                message, fix = unknown("procedure", name, names.procedures or ())
                yield case.problem(place, Kind.UNKNOWN_PROCEDURE, message, fix)
            case c.Set(slot=name) if _missing(name, names.slots):
                message, fix = unknown("slot", name, names.slots or ())
                yield case.problem(place, Kind.UNKNOWN_SLOT, message, fix)
            case c.Simple("unclear") if line != "unclear":
                text = f"{line!r} is not a command"
                fix = "Write one a line: start PROCEDURE, set SLOT WORDS, choose WORDS, answer, "
                fix += "cancel, ask, human, chat or unclear."
                yield case.problem(place, Kind.BROKEN_MEANS, text, fix)


def _call(case: TestCase, call: Call, place: Place, names: Names) -> Iterator[Problem]:
    for name in [call] if isinstance(call, str) else call:
        if names.tools is not None and name not in names.tools:
            message, fix = unknown("tool", name, names.tools)
            yield case.problem(place, Kind.UNKNOWN_TOOL, message, fix)


def _query(case: TestCase, query: str, place: Place) -> Iterator[Problem]:
    """Whether SQLite can read the query; tables aren't known before the tools make them."""
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute(f"explain {query}")
        except sqlite3.Error as error:
            if re.match(r"no such (?:table|function)", str(error)):
                return
            text = f"{query!r} is not SQL: {error}"
            fix = "Write a query like `select status from bookings`."
            yield case.problem(place, Kind.BROKEN_QUERY, text, fix)


# -- beside the other files -------------------------------------------------------------------


def coverage_problems(cases: Iterable[TestCase], examined: Examined) -> Iterator[Problem]:
    """Whether the tests can be played, test something, and leave nothing out."""
    cases = list(cases)
    if cases and examined.content is not None and examined.content.demo.now is None:
        text = "there are tests, and no clock for them"
        fix = "Write `now = 2026-05-04T10:00:00` under [demo]."
        yield Problem(examined.folder / "desk.toml", 1, Kind.NO_CLOCK, text, fix)
    yield from _copies(cases, examined)
    means = "\n".join(turn.means for case in cases for turn in case.case.turns)
    pressed = {turn.press for case in cases for turn in case.case.turns}
    started = set(re.findall(r"^\s*start (\w+)\s*$", means, re.MULTILINE)) | pressed
    for one in examined.compiled:
        procedure = one.procedure
        if not procedure.internal and procedure.name not in started:
            text = f"no conversation in tests/ starts {procedure.name}"
            fix = f"Write one with `means: start {procedure.name}`."
            kind = Kind.PROCEDURE_WITHOUT_TESTS
            yield one.located.problem(("procedure",), kind, text, fix)


def _copies(cases: Iterable[TestCase], examined: Examined) -> Iterator[Problem]:
    procedures = (one.procedure for one in examined.compiled)
    texts = [example.text for procedure in procedures for example in procedure.examples]
    texts += [question for article in examined.articles for question in article.questions]
    known = {_plain(text) for text in texts}
    for case in cases:
        for index, turn in enumerate(case.case.turns):
            if turn.means and turn.say and _plain(turn.say) in known:
                text = f"the message of turn {index + 1} is an example too, so it tests nothing"
                fix = "Say it in other words."
                place: Place = ("turns", index)
                yield case.problem(place, Kind.TEST_COPIES_EXAMPLE, text, fix)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
