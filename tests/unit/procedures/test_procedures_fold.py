"""State is a fold of the events; what doesn't fit raises."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from moneyed import Money

from frontdesk.errors import IllegalMove
from frontdesk.procedures.fold import _FOLDS, call_digest, calls_digest, fold, replay
from frontdesk.types import events as e
from frontdesk.types.state import State
from frontdesk.types.values import Filled, OnRecord

STARTED = (e.ConversationStarted("d", "x", "en"), e.TurnStarted("t1", "message", "hi"))
IN_FRAME = (*STARTED, e.FrameOpened("f1", "cancel"), e.Moved("f1", "pick"))
ARGUMENTS = {"reference": "HB-1042", "refund": Money(5, "EUR")}
CALLS = [{"tool": "cancel", "arguments": ARGUMENTS}]
DIGEST = calls_digest([("cancel", ARGUMENTS)])
CONSENT = e.ConsentAsked("f1", "agree", DIGEST, CALLS)
WRITE = e.ToolCalled("c1", "f1", "cancelling", "cancel", "write", "done", ARGUMENTS)
READ = e.ToolCalled("c1", "f1", "listing", "list", "read", "rows", {})
AGREED = (*IN_FRAME, CONSENT, e.ConsentGiven("f1", DIGEST, "words"))


def after(*events: e.Event) -> State:
    return reduce(fold, events, State())


def filled(value: Any) -> Filled:
    return Filled(value, OnRecord("rows", ""))


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (STARTED, e.TurnStarted("t2", "message")),
        ((), e.Decided()),
        ((), e.Understood(Any)),  # type: ignore[arg-type]
        ((), e.Answered(found=True)),
        (STARTED, e.Moved("f1", "pick")),
        (STARTED, e.Heard("f1", "t1", "hi")),
        (STARTED, e.Rewound("f1")),
        (STARTED, e.SlotFilled("f1", "slot", filled(1))),
        (STARTED, e.SlotCleared("f1", "slot")),
        (STARTED, e.Asked("f1", "pick")),
        (STARTED, e.Looped("f1", "each", 0, [1])),
        (STARTED, CONSENT),
        (STARTED, e.ConsentGiven("f1", DIGEST, "words")),
        (STARTED, e.FrameClosed("f1", "done")),
        ((*IN_FRAME, e.FrameOpened("f2", "move")), e.FrameClosed("f1", "done")),
        (IN_FRAME, e.ConsentGiven("f1", DIGEST, "words")),
        ((*IN_FRAME, CONSENT), e.ConsentGiven("f1", "another", "words")),
        (AGREED, e.ConsentGiven("f1", DIGEST, "words")),
        (STARTED, READ),
        (IN_FRAME, WRITE),
        ((*IN_FRAME, CONSENT), WRITE),
        (STARTED, e.ToolReturned("c1", "ok")),
        (IN_FRAME, e.ToolReturned("c1", "ok")),
        ((*IN_FRAME, READ), e.ToolReturned("c2", "ok")),
        ((*IN_FRAME, READ, e.ToolReturned("c1", "ok")), e.ToolReturned("c1", "ok")),
        ((*AGREED, WRITE, e.ToolReturned("c1", "ok")), WRITE),
        ((*AGREED, CONSENT), WRITE),
        ((*AGREED, e.Rewound("f1")), WRITE),
    ],
)
def test_an_event_that_does_not_fit_raises(before: tuple[e.Event, ...], event: e.Event) -> None:
    state = after(*before)
    with pytest.raises(IllegalMove):
        fold(state, event)


def test_consent_is_to_the_very_arguments() -> None:
    other = e.ToolCalled(
        "c1", "f1", "x", "cancel", "write", None, ARGUMENTS | {"refund": Money(6, "EUR")}
    )
    with pytest.raises(IllegalMove, match="without consent"):
        fold(after(*AGREED), other)
    assert fold(after(*AGREED), WRITE).stack[0].written == 1


def test_one_consent_covers_one_call() -> None:
    twice = e.ConsentAsked("f1", "agree", "two", [*CALLS, *CALLS])
    state = after(*IN_FRAME, twice, e.ConsentGiven("f1", "two", "button"))
    assert len(state.stack[0].allowed) == 2
    once = fold(fold(state, WRITE), e.ToolReturned("c1", "ok"))
    assert len(once.stack[0].allowed) == 1


def test_a_call_waits_for_the_outcome_of_the_one_before() -> None:
    with pytest.raises(IllegalMove):
        fold(after(*IN_FRAME, READ), READ)


def test_a_digest_is_of_what_is_done() -> None:
    one = call_digest("cancel", {"a": 1, "b": Money(5, "EUR")})
    assert one == call_digest("cancel", {"b": Money(5, "EUR"), "a": 1})
    assert one != call_digest("move", {"a": 1, "b": Money(5, "EUR")})
    assert one != call_digest("cancel", {"a": 1, "b": Money(5, "USD")})
    assert one != call_digest("cancel", {"a": "1", "b": Money(5, "EUR")})
    assert calls_digest([("a", {}), ("b", {})]) != calls_digest([("b", {}), ("a", {})])
    assert calls_digest([("a", {})]) != calls_digest([("a", {}), ("a", {})])


def test_a_result_is_saved_under_its_name() -> None:
    state = after(*IN_FRAME, READ, e.ToolReturned("c1", "ok", value=[1]))
    assert state.stack[0].results == {"rows": [1]}
    assert state.stack[0].pending is None


@pytest.mark.parametrize("status", ["failed", "unknown", "refused"])
def test_a_call_that_did_not_succeed_saves_no_result(status: Any) -> None:
    state = after(*IN_FRAME, READ, e.ToolReturned("c1", status, value=[1], message="why"))
    assert "rows" not in state.stack[0].results
    assert state.stack[0].results == ({"refusal": "why"} if status == "refused" else {})


def test_rewinding_keeps_what_was_said_and_forgets_what_was_computed() -> None:
    state = after(
        *IN_FRAME,
        e.Heard("f1", "t1", "hi"),
        e.SlotFilled("f1", "day", filled(1)),
        READ,
        e.ToolReturned("c1", "ok", value=[1]),
        CONSENT,
        e.ConsentGiven("f1", DIGEST, "words"),
        e.Rewound("f1"),
    )
    frame = state.stack[0]
    assert frame.slots == {"day": filled(1)}
    assert frame.heard == (("t1", "hi"),)
    assert (frame.node, frame.results, frame.allowed, frame.consent_asked) == ("", {}, (), None)


def test_a_called_frame_gives_its_result_to_the_caller() -> None:
    state = after(
        *IN_FRAME,
        e.FrameOpened("f2", "sub", called=True, save="given"),
        e.FrameClosed("f2", "done", {"x": 1}),
    )
    assert state.stack[0].results == {"given": {"x": 1}}
    assert state.finished == ""


def test_what_a_called_frame_wrote_its_caller_wrote() -> None:
    sub = e.FrameOpened("f2", "sub", called=True)
    asked = e.ConsentAsked("f2", "agree", DIGEST, CALLS)
    write = e.ToolCalled("c1", "f2", "x", "cancel", "write", None, ARGUMENTS)
    state = after(
        *IN_FRAME,
        sub,
        asked,
        e.ConsentGiven("f2", DIGEST, "words"),
        write,
        e.ToolReturned("c1", "ok"),
        e.FrameClosed("f2", "done"),
    )
    assert state.stack[0].written == 1


def test_loops_count_on_and_end() -> None:
    looped = after(*IN_FRAME, e.Looped("f1", "each", 0, ["a", "b"]))
    assert looped.stack[0].loops[0].items == ("a", "b")
    second = fold(looped, e.Looped("f1", "each", 1))
    assert (second.stack[0].loops[0].index, second.stack[0].loops[0].items) == (1, ("a", "b"))
    assert fold(second, e.Looped("f1", "each", None)).stack[0].loops == ()


def test_moving_on_forgets_the_question_and_the_outcome() -> None:
    state = after(*IN_FRAME, e.Asked("f1", "pick"))
    assert state.stack[0].asked == "t1"
    assert fold(state, e.Moved("f1", "next")).stack[0].asked is None


def test_the_newest_slot_stands_last() -> None:
    state = after(
        *IN_FRAME,
        e.SlotFilled("f1", "a", filled(1)),
        e.SlotFilled("f1", "b", filled(2)),
        e.SlotFilled("f1", "a", filled(3)),
    )
    assert list(state.stack[0].slots) == ["b", "a"]
    assert fold(state, e.SlotCleared("f1", "a")).stack[0].slots == {"b": filled(2)}


def test_handing_over_ends_everything() -> None:
    state = after(*IN_FRAME, e.HandedOver("why"))
    assert (state.holder, state.stack, state.buttons) == ("queue", (), ())
    claimed = fold(state, e.PersonClaimed("Kim"))
    assert (claimed.holder, claimed.person) == ("person", "Kim")
    released = fold(claimed, e.PersonReleased("Kim"))
    assert (released.holder, released.person) == ("desk", None)


def test_an_offer_stands_until_the_next_message_is_decided() -> None:
    offered = after(*STARTED, e.Replied("Shall I?", said="offer"))
    assert offered.offer
    assert not fold(offered, e.Decided()).offer
    assert not fold(offered, e.Replied("Something else", said="chat")).offer


def test_every_event_counts() -> None:
    assert after(*IN_FRAME).seq == len(IN_FRAME)
    at = datetime(2026, 5, 4, tzinfo=UTC)
    recorded = [e.Recorded("c", i, at, event) for i, event in enumerate(IN_FRAME, 1)]
    assert replay(recorded) == after(*IN_FRAME)


def test_every_kind_of_event_can_be_folded() -> None:
    assert set(_FOLDS) == set(e.KINDS.values())
