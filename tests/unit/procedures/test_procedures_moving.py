"""Which changes of a desk a conversation can go on with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from frontdesk.procedures.moving import can_move, reachable
from frontdesk.types import procedures as p
from frontdesk.types.desk import Article, Desk
from frontdesk.types.events import Button
from frontdesk.types.state import Frame, State, Turn


def _procedure(name: str, *nodes: p.Node) -> p.Procedure:
    table = {node.id: node for node in (*nodes, p.End("end"))}
    examples = (p.Example(f"please {name}"),)
    return p.Procedure(name, {"en": name}, f"Does {name}.", examples, {}, table, next(iter(table)))


def _tool(name: str) -> p.ToolSignature:
    return p.ToolSignature(name, "read", "", {"reference": True})


CANCEL = _procedure(
    "cancel",
    p.Tool("quote", "quote", {"reference": "'1'"}, "quoted", "check"),
    p.Call("check", "identify", {}, None, "end"),
)
IDENTIFY = _procedure("identify", p.Say("say", {"en": "Who?"}, "end"))
TALK = _procedure("talk", p.Say("say", {"en": "Well."}, "end"))
OLD = Desk(
    id="small", name="Small", digest="old", languages=("en", "es"), currency="EUR", model="m",
    timezone=ZoneInfo("Europe/Lisbon"),
    procedures={one.name: one for one in (CANCEL, IDENTIFY, TALK)},
    tools={name: _tool(name) for name in ("quote", "other")},
    code="c1",
)  # fmt: skip


def under_way(*names: str) -> State:
    stack = tuple(Frame(f"f{n}", name, "") for n, name in enumerate(names))
    return State(desk="small", digest="old", stack=stack)


def with_procedure(name: str, **changes: object) -> Desk:
    changed = replace(OLD.procedures[name], **changes)  # type: ignore[arg-type]
    return replace(OLD, procedures=OLD.procedures | {name: changed})


def without(name: str) -> Desk:
    return replace(OLD, procedures={k: v for k, v in OLD.procedures.items() if k != name})


Change = Callable[[], Desk]
MATTERS: dict[str, tuple[Change, str]] = {
    "a text": (lambda: with_procedure("cancel", title={"en": "Stop"}), "cancel was changed"),
    "a step": (lambda: with_procedure("cancel", nodes=TALK.nodes), "cancel was changed"),
    "a slot": (
        lambda: with_procedure("cancel", slots={"why": p.Slot("why", "text")}),
        "cancel was changed",
    ),
    "the procedure gone": (lambda: without("cancel"), "cancel was removed"),
    "one that it calls": (
        lambda: with_procedure("identify", nodes=TALK.nodes | {"x": p.End("x")}),
        "identify was changed",
    ),
    "one that it calls gone": (lambda: without("identify"), "identify was removed"),
    "its tool": (
        lambda: replace(OLD, tools=OLD.tools | {"quote": replace(_tool("quote"), mode="write")}),
        "the tool quote was changed",
    ),
    "the code": (lambda: replace(OLD, code="c2"), "the tools' code was changed"),
    "the zone": (
        lambda: replace(OLD, timezone=ZoneInfo("Asia/Tokyo")),
        "the desk's timezone was changed",
    ),
    "the currency": (lambda: replace(OLD, currency="USD"), "the desk's currency was changed"),
    "the name": (lambda: replace(OLD, name="Large"), "the desk's name was changed"),
    "the first language": (
        lambda: replace(OLD, languages=("es", "en")),
        "the desk's languages were changed",
    ),
    "a built-in reply": (
        lambda: replace(OLD, messages={"back": {"en": "Again."}}),
        "the built-in replies were changed",
    ),
}
NO_MATTER: dict[str, Change] = {
    "nothing but the digest": lambda: replace(OLD, digest="new"),
    "another procedure": lambda: with_procedure("talk", title={"en": "Chat"}),
    "another procedure gone": lambda: without("talk"),
    "examples": lambda: with_procedure("cancel", examples=(p.Example("get rid of it"),)),
    "a description": lambda: with_procedure("cancel", description="It ends."),
    "a tool of others": lambda: replace(OLD, tools={"quote": _tool("quote")}),
    "articles": lambda: replace(OLD, articles=(Article("a", "A", "", "Text."),)),
    "the greeting": lambda: replace(OLD, messages={"greeting": {"en": "Hi."}}),
    "when to ask back": lambda: replace(OLD, act=0.5),
    "a language that it isn't in": lambda: replace(OLD, languages=("en",)),
}


@pytest.mark.parametrize(("change", "reason"), MATTERS.values(), ids=MATTERS)
def test_a_conversation_in_the_middle_stays_when_it_could_matter(
    change: Change, reason: str
) -> None:
    assert can_move(OLD, change(), under_way("cancel")) == reason


@pytest.mark.parametrize(("change", "reason"), MATTERS.values(), ids=MATTERS)
def test_a_conversation_at_rest_always_moves(change: Change, reason: str) -> None:
    state = State(digest="old", finished="cancel", buttons=(Button("Cancel", "start:cancel"),))
    assert can_move(OLD, change(), state) is None


@pytest.mark.parametrize("change", NO_MATTER.values(), ids=NO_MATTER)
def test_a_conversation_in_the_middle_moves_when_it_can_not_matter(change: Change) -> None:
    assert can_move(OLD, change(), under_way("cancel")) is None


def test_the_language_of_the_conversation_must_stay() -> None:
    state = replace(under_way("cancel"), language="es")
    assert can_move(OLD, replace(OLD, languages=("en",)), state) is not None


def test_every_procedure_under_way_counts() -> None:
    changed = with_procedure("cancel", title={"en": "Stop"})
    assert can_move(OLD, changed, under_way("cancel", "talk")) == "cancel was changed"
    assert can_move(OLD, changed, under_way("talk")) is None


def test_code_can_not_matter_where_no_tool_is_called() -> None:
    assert can_move(OLD, replace(OLD, code="c2"), under_way("talk")) is None


def test_a_turn_under_way_is_never_moved() -> None:
    state = replace(State(digest="old"), turn=Turn("t1", "message", "hello"))
    assert can_move(OLD, OLD, state) == "a turn is under way"


def test_procedures_that_call_each_other_are_found_once() -> None:
    again = _procedure("identify", p.Call("again", "cancel", {}, None, "end"))
    desk = replace(OLD, procedures=OLD.procedures | {"identify": again})
    assert reachable(desk, ["cancel"]) == ["cancel", "identify"]
