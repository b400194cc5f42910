"""Every event survives the log, and what people wrote is never in the part that is kept."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money

from frontdesk.types import commands as c
from frontdesk.types import events as e
from frontdesk.types.desk import Customer
from frontdesk.types.generation import Usage
from frontdesk.types.values import Enumerated, Filled, OnRecord, Said

SECRET = "Ana-Sousa-HB-1042"
"""Stands wherever the customer's words or data can stand."""

SAID = Filled(date(2026, 5, 14), Said("t1", SECRET, 0, len(SECRET)))
ARGUMENTS = {"reference": SECRET, "refund": Money("12.50", "EUR"), "days": [date(2026, 5, 1)]}
COMMANDS = (
    c.Start("cancel"),
    c.Set("check_in", SECRET),
    c.Choose(SECRET),
    c.Simple("ask"),
    c.YesNo("yes"),
    c.Press(f"pick:{SECRET}"),
)
EVENTS: tuple[e.Event, ...] = (
    e.ConversationStarted("desk", "digest", "en", Customer("id", SECRET, SECRET)),
    e.ConversationStarted("desk", "digest", "en"),
    e.DeskChanged("digest"),
    e.LanguageChanged("es"),
    e.TurnStarted("t1", "message", SECRET, seen=4),
    e.Understood(
        c.Understanding("model", (c.Reading(COMMANDS, 0.9),), Usage(1, 2, 3, 4.5), SECRET),
        by="model",
        confidence=0.9,
        prompt_tokens=1,
    ),
    e.Decided(
        (
            c.Admitted(COMMANDS[1], SAID, "check_in"),
            c.Admitted(COMMANDS[2], Filled({"reference": SECRET}, OnRecord("bookings", SECRET))),
            c.Admitted(COMMANDS[5], Filled([SECRET], Enumerated("kind", SECRET))),
            c.Refused(COMMANDS[0], f"absent: {SECRET}"),
        ),
        SECRET,
    ),
    e.FrameOpened("f1", "cancel", called=True, save="result"),
    e.FrameClosed("f1", "done", {"reason": SECRET, "outcome": "done"}),
    e.Rewound("f1"),
    e.Heard("f1", "t1", SECRET),
    e.Moved("f1", "pick"),
    e.Looped("f1", "each", 0, [{"reference": SECRET}]),
    e.Looped("f1", "each", None),
    e.SlotFilled("f1", "check_in", SAID),
    e.SlotCleared("f1", "check_in"),
    e.Asked("f1", "pick"),
    e.ConsentAsked("f1", "agree", "digest", [{"tool": "cancel", "arguments": ARGUMENTS}]),
    e.ConsentGiven("f1", "digest", "button"),
    e.ToolCalled(
        "f1-9", "f1", "cancelling", "cancel", "write", "done", ARGUMENTS, {"reference": [SECRET]}
    ),
    e.ToolReturned("f1-9", "refused", 1.5, {"reference": SECRET}, SECRET),
    e.Replied(
        SECRET,
        (e.Button(SECRET, SECRET),),
        (e.Citation("refunds", "Refunds", SECRET),),
        said="cancel.pick",
    ),
    e.Answered(found=True, score=0.7, milliseconds=2.0),
    e.HandedOver("cancel failed"),
    e.PersonClaimed("Kim"),
    e.PersonReplied("Kim", SECRET),
    e.PersonReleased("Kim", SECRET),
    e.TurnEnded("t1", 12.0),
)


def through_log(event: e.Event) -> e.Event:
    kind, body, payload = e.split(event)
    return e.join(kind, json.loads(json.dumps(body)), json.loads(json.dumps(payload)))


def test_every_kind_of_event_is_among_the_examples() -> None:
    assert {type(event) for event in EVENTS} == set(e.KINDS.values())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_the_log(event: e.Event) -> None:
    assert through_log(event) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_was_said_is_only_in_the_payload(event: e.Event) -> None:
    kind, body, _ = e.split(event)
    assert SECRET not in json.dumps(body), f"{kind} keeps what was said in the log"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_can_be_read_after_its_payload_was_erased(event: e.Event) -> None:
    """Erasing a customer leaves the log; only what was never without a payload can't be read."""
    kind, body, payload = e.split(event)
    needed = {f.name for f in fields(event) if f.metadata.get("private") and _required(f)}
    if not needed:
        assert type(e.join(kind, body, {})).__name__ == kind
    assert needed <= payload.keys()


def _required(field: Any) -> bool:
    return repr(field.default) == repr(field.default_factory)  # both MISSING


def test_a_field_is_in_one_part_only() -> None:
    for event in EVENTS:
        _, body, payload = e.split(event)
        assert not body.keys() & payload.keys()
        assert body.keys() | payload.keys() == {f.name for f in fields(event)}


def test_every_event_is_frozen() -> None:
    for kind in e.KINDS.values():
        assert is_dataclass(kind)
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(e.KINDS))
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_event_survives_the_log(kind: str, data: st.DataObject) -> None:
    event = data.draw(_any_event(e.KINDS[kind]))
    assert through_log(event) == event


VALUES = st.one_of(st.none(), st.text(), st.integers(), st.dates(), st.lists(st.text(), max_size=3))
ORIGINS = st.one_of(
    st.builds(Said, st.text(), st.text(), st.integers(0), st.integers(0)),
    st.builds(OnRecord, st.text(), st.text()),
    st.builds(Enumerated, st.text(), st.text()),
)
FILLED = st.builds(Filled, VALUES, ORIGINS)
COMMAND = st.one_of(
    st.builds(c.Start, st.text()),
    st.builds(c.Set, st.text(), st.text()),
    st.builds(c.Choose, st.text()),
    st.builds(c.Simple, st.sampled_from(["answer", "cancel", "ask", "human", "chat", "unclear"])),
    st.builds(c.YesNo, st.sampled_from(["yes", "no", "hesitation"])),
    st.builds(c.Press, st.text()),
)
NUMBERS = st.floats(0, 1)
OWN = {
    "filled": FILLED,
    "understanding": st.builds(
        c.Understanding,
        st.sampled_from(["code", "examples", "model", "nobody"]),
        st.lists(
            st.builds(c.Reading, st.lists(COMMAND, max_size=3).map(tuple), NUMBERS), max_size=3
        ).map(tuple),
    ),
    "outcomes": st.lists(
        st.builds(c.Admitted, COMMAND, st.none() | FILLED) | st.builds(c.Refused, COMMAND),
        max_size=3,
    ).map(tuple),
}


def _any_event(kind: type[Any]) -> st.SearchStrategy[Any]:
    """An event of the kind, with fields from their types, values and commands from ours."""
    own = {f.name: OWN[f.name] for f in fields(kind) if f.name in OWN}
    own |= {f.name: VALUES for f in fields(kind) if f.type == "AnyValue"}
    own |= {f.name: NUMBERS for f in fields(kind) if f.type == "float"}
    return st.builds(kind, **own)
