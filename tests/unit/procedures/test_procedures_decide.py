"""From an understanding to effects: in which order, what is asked back, what is explained."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rules_desk import CANCEL, MOVE, REPORT, STAY, Talk, desk_of

from frontdesk.types import commands as c
from frontdesk.types import events as e
from frontdesk.types.commands import Reading, Understanding
from frontdesk.types.outcome import Outcome
from frontdesk.types.values import OnRecord, Said

DESK = desk_of(CANCEL, MOVE, REPORT, STAY)


def talk(*said: tuple[str, str]) -> Talk:
    conversation = Talk(DESK)
    for text, means in said:
        conversation.say(text, means)
    return conversation


def said(conversation: Talk) -> list[str]:
    """Which built-in replies and steps the last turn's replies came from."""
    return [event.said for event in conversation.of(e.Replied)]


def test_the_decision_stands_before_its_effects() -> None:
    conversation = talk(("cancel HB-1042", "start cancel"))
    kinds = [type(event).__name__ for event in conversation.latest]
    assert kinds[:4] == ["TurnStarted", "Understood", "Decided", "FrameOpened"]


def test_of_two_requests_the_first_comes_first() -> None:
    conversation = talk(("cancel HB-1042, and change the other", "start cancel\nstart move"))
    assert [frame.procedure for frame in conversation.state.stack] == ["move", "cancel"]
    assert conversation.replies == ["Cancel HB-1042 for €50.00?"]
    conversation.say("yes")
    assert conversation.replies[:3] == [
        "Done.",
        "Back to: Change the dates.",
        "When do you arrive?",
    ]


def test_values_behind_a_request_are_its_own() -> None:
    conversation = talk(("change it to 14 May, and it is cold here", "start report\nset kind cold"))
    assert conversation.value("kind") == "heating"
    both = talk(
        (
            "14 May please and it is cold",
            "start move\nset check_in 14 May\nstart report\nset kind cold",
        )
    )
    assert [dict(frame.slots).keys() for frame in both.state.stack] == [{"kind"}, {"check_in"}]


def test_a_message_fills_typed_slots_of_what_it_starts() -> None:
    conversation = talk(("from 20 to 24 May, write to ana@example.com", "start stay"))
    closed = conversation.of(e.SlotFilled)
    assert {event.slot: event.filled.value for event in closed} == {
        "check_in": date(2026, 5, 20),
        "check_out": date(2026, 5, 24),
        "contact": "ana@example.com",
    }
    assert closed[0].filled.origin == Said("t1", "20", 5, 7)


def test_nothing_is_filled_where_it_would_be_a_guess() -> None:
    """One date for two slots of dates could be either."""
    conversation = talk(("I need another date, 20 May", "start stay"))
    assert conversation.of(e.SlotFilled) == []
    assert conversation.replies == ["From when?"]


def test_a_guess_is_asked_back_and_the_message_is_not_lost() -> None:
    conversation = Talk(DESK).say("hm 12 June", "start move", sure=0.2)
    assert conversation.state.stack == ()
    assert conversation.does == ["start:move", "human", "other"]
    conversation.press("start:move")
    assert conversation.replies == ["Move it to 12 June 2026?"]
    assert conversation.top.slots["check_in"].origin == Said("t1", "12 June", 3, 10)


def test_several_readings_are_offered_best_first() -> None:
    readings = tuple(
        Reading((command,), sure)
        for command, sure in (
            (c.Start("cancel"), 0.24),
            (c.Start("move"), 0.2),
            (c.Simple("ask"), 0.15),
            (c.Start("report"), 0.1),
        )
    )
    conversation = Talk(DESK).turn("message", "about that stay", Understanding("model", readings))
    assert conversation.does == ["start:cancel", "start:move", "ask", "human", "other"]
    conversation.press("ask")
    assert conversation.of(e.Decided)[0].question == "about that stay"
    assert conversation.replies == ["From the knowledge."]


@pytest.mark.parametrize(("sure", "asked"), [(0.24, True), (0.25, False), (1.0, False)])
def test_the_desk_says_from_when_on_it_acts(sure: float, asked: bool) -> None:
    conversation = Talk(DESK).say("cancel", "start cancel", sure=sure)
    assert ("clarify" in said(conversation)) is asked


def test_only_a_guess_that_starts_something_is_asked_back() -> None:
    assert "clarify" not in said(Talk(DESK).say("that was nice of you", "chat", sure=0.01))


def test_a_guess_inside_a_procedure_can_be_answered_by_its_buttons() -> None:
    conversation = talk(("cancel", "start cancel")).say("about that stay", "start move", sure=0.2)
    assert "start:move" in conversation.does
    conversation.press("start:move")
    assert conversation.top.procedure == "move"


CANCELLING = (("cancel one", "start cancel"),)
MOVING = (("move one", "start move"),)


@pytest.mark.parametrize(
    ("before", "text", "means", "expected"),
    [
        ((), "I have changed my mind", "cancel", ["not_understood", "offer"]),
        ((), "gibberish", "unclear", ["not_understood", "offer"]),
        ((), "do the impossible", "start nope", ["not_understood", "offer"]),
        (CANCELLING, "HB-9999 it is", "choose HB-9999", ["not_found", "cancel.pick"]),
        (CANCELLING, "the nice one", "choose the nice one", ["not_a_value", "cancel.pick"]),
        (MOVING, "whenever", "set check_in whenever", ["not_a_value", "move.arrival"]),
        (MOVING, "whenever", "answer", ["not_a_value", "move.arrival"]),
        (CANCELLING, "blah", "unclear", ["not_understood", "cancel.pick"]),
    ],
)
def test_a_refusal_is_explained(before: Any, text: str, means: str, expected: list[str]) -> None:
    assert said(talk(*before).say(text, means)) == expected


def test_who_is_not_signed_in_hears_why() -> None:
    conversation = Talk(DESK, None).say("cancel", "start cancel")
    assert said(conversation) == ["sign_in"]


def test_what_was_let_through_is_not_spoiled_by_what_was_not() -> None:
    conversation = talk(("change it to 14 May", "start move\nset nope 14 May"))
    assert conversation.replies == ["Move it to 14 May 2026?"]


def test_asking_again_for_what_is_under_way_is_understood() -> None:
    conversation = talk(("cancel", "start cancel")).say("cancel HB-1043 please", "start cancel")
    assert "not_understood" not in said(conversation)


def test_a_hint_comes_when_two_messages_in_a_row_were_not_understood() -> None:
    conversation = talk(("c", "start cancel"), ("blah", "unclear"))
    assert "hint" not in said(conversation)
    conversation.say("blub", "unclear")
    assert said(conversation) == ["not_understood", "hint", "cancel.pick"]
    conversation.say("evora").say("blah", "unclear")
    assert "hint" not in said(conversation)


def test_when_the_model_failed_nothing_is_done() -> None:
    conversation = Talk(DESK).turn("message", "cancel HB-1042", Understanding("nobody", ()))
    assert said(conversation) == ["model_failed"]
    assert conversation.does == ["human", "decline"]
    assert conversation.state.stack == ()


# -- a colleague ------------------------------------------------------------------------------


def test_an_offer_is_taken_by_a_yes_and_not_by_a_model() -> None:
    offered = talk(("gibberish", "unclear"))
    assert offered.state.offer
    offered.say("yes")
    assert offered.state.holder == "queue"
    assert offered.of(e.HandedOver)[0].reason == "the customer asked for a person"


def test_an_offer_is_declined() -> None:
    declined = talk(("gibberish", "unclear")).say("no thanks")
    assert said(declined) == ["declined"]
    assert declined.state.holder == "desk"
    assert said(talk(("gibberish", "unclear")).press("decline")) == ["declined"]


def test_an_offer_does_not_outlive_the_next_message() -> None:
    conversation = talk(("gibberish", "unclear"), ("hello", "chat")).say("yes")
    assert conversation.state.holder == "desk"


def test_a_person_can_always_be_asked_for() -> None:
    for conversation in (talk(), talk(("c", "start cancel"))):
        conversation.say("a human please", "human")
        assert conversation.state.holder == "queue"
        assert conversation.state.stack == ()


# -- values, corrections, cancelling ----------------------------------------------------------


def test_a_correction_runs_the_procedure_again_and_asks_again() -> None:
    conversation = talk(("cancel HB-1042", "start cancel"))
    first = conversation.top.consent_asked
    conversation.say("no wait, the one in evora", "choose evora")
    assert conversation.of(e.Rewound)
    assert conversation.replies == ["Cancel HB-1043 for €50.00?"]
    assert conversation.top.consent_asked != first
    assert conversation.say("yes").writes[0][1]["reference"] == "HB-1043"


def test_the_same_value_again_changes_nothing() -> None:
    conversation = talk(("move to 14 May", "start move")).say(
        "14 May I said", "set check_in 14 May"
    )
    assert conversation.of(e.SlotFilled) == []
    assert conversation.of(e.Rewound) == []


def test_a_value_that_is_asked_for_does_not_rewind() -> None:
    conversation = talk(("I'd like to move it", "start move")).say("14 May")
    assert conversation.of(e.SlotFilled)
    assert conversation.of(e.Rewound) == []


def test_several_values_answer_at_once_where_as_many_are_open() -> None:
    conversation = talk(("other dates", "start stay")).say("20 May to 24 May")
    assert conversation.value("check_in") == date(2026, 5, 20)
    assert conversation.value("check_out") == date(2026, 5, 24)
    assert conversation.replies == ["Which address?"]


def test_cancelling_says_that_nothing_was_changed_only_when_it_is_true() -> None:
    conversation = talk(("cancel HB-1042", "start cancel")).say("I have changed my mind", "cancel")
    assert said(conversation) == ["cancelled"]
    assert conversation.state.stack == ()


def test_cancelling_leaves_what_lies_below() -> None:
    conversation = talk(("c", "start cancel"), ("it's cold", "start report")).say(
        "I have changed my mind", "cancel"
    )
    assert [frame.procedure for frame in conversation.state.stack] == ["cancel"]
    assert conversation.replies[-1] == "Which one?"


def test_a_question_is_answered_and_the_procedure_goes_on() -> None:
    conversation = talk(("c", "start cancel")).say("how long does it take?", "ask")
    assert said(conversation) == ["knowledge", "back", "cancel.pick"]
    assert conversation.say("evora").replies == ["Cancel HB-1043 for €50.00?"]


def test_a_question_beside_a_request_is_answered_first() -> None:
    conversation = talk(("cancel HB-1042; when is the refund?", "start cancel\nask"))
    assert said(conversation)[0] == "knowledge"
    assert conversation.replies[-1] == "Cancel HB-1042 for €50.00?"


def test_something_else_can_be_done_in_between() -> None:
    conversation = talk(("c", "start cancel"), ("it's cold", "start report"))
    assert conversation.top.procedure == "report"
    conversation.say("no heat since noon", "answer").say("no")
    assert conversation.node == "agree"
    conversation.say("yes")
    assert conversation.replies[-2:] == ["Back to: Cancel a booking.", "Which one?"]


def test_the_wrong_kind_of_record_is_called_unavailable() -> None:
    """HB-1044 exists, and is cancelled already."""
    conversation = talk(("cancel HB-1044", "start cancel"))
    assert conversation.replies == ["HB-1044 can't be chosen here.", "Which one?"]


def test_another_customers_record_is_not_found() -> None:
    conversation = talk(("cancel HB-9999", "start cancel"))
    assert conversation.replies == ["I can't find HB-9999 among yours.", "Which one?"]


def test_a_drawn_value_names_a_record_of_the_list_as_its_origin() -> None:
    conversation = talk(("cancel HB-1042", "start cancel"))
    assert conversation.top.slots["booking"].origin == OnRecord("bookings", "HB-1042")


def test_a_record_named_before_its_list_is_read_is_no_failure() -> None:
    """After a correction that wasn't valid, the procedure waits before the step that reads."""
    twice = """
        procedure: twice
        title: Twice
        description: t
        slots: {day: {type: date, ask: "When?", valid: "day > today"}}
        steps:
          - {collect: day, id: when}
          - {tool: list_bookings, save: bookings}
          - {choose: booking, from: bookings, key: reference, show: "x", ask: "Which?", none: [end]}
          - confirm: So {{ day }}?
          - {tool: tag, with: {name: booking.reference}}
    """
    conversation = Talk(desk_of(twice)).say("go", "start twice").say("14 May").say("HB-1043")
    conversation.say("no, today", "set day today")
    assert conversation.node == "when"
    conversation.say("HB-1042, sorry", "choose HB-1042")
    assert conversation.node == "when"


def test_a_tool_that_fails_hands_over() -> None:
    conversation = Talk(DESK)
    conversation.answers["list_bookings"] = lambda _: Outcome("failed")
    conversation.say("cancel", "start cancel")
    assert said(conversation) == ["tool_failed"]
    assert conversation.state.holder == "queue"
