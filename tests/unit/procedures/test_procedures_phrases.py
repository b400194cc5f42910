"""Phrases that start a procedure whatever a model thinks, and wherever the conversation stands."""

from __future__ import annotations

import pytest
from rules_desk import CANCEL, REPORT, STAY, Talk, desk_of

from frontdesk.procedures.phrases import always_started, plain
from frontdesk.types import commands as c
from frontdesk.types import events as e

GAS = """
    procedure: gas
    title: Smell of gas
    description: gas
    anonymous: true
    always: ["smell of gas", "can't breathe", self-harm, 煤气味]
    steps:
      - {handoff: gas, say: Leave the house.}
"""
KEYS = """
    procedure: keys
    title: Locked out
    description: keys
    slots: {where: {type: text, ask: "Where are you?"}}
    always: [locked out]
    steps:
      - {collect: where, id: where}
      - say: Somebody comes.
"""
DESK = desk_of(CANCEL, REPORT, STAY, GAS, KEYS)


def talk(*said: tuple[str, str]) -> Talk:
    conversation = Talk(DESK)
    for text, means in said:
        conversation.say(text, means)
    return conversation


@pytest.mark.parametrize(
    "text",
    [
        "There is a SMELL of  gas!",
        "smell-of-gas in the kitchen",
        "help, my wife cant breathe",
        "I can’t breathe",
        "is it about self harm?",
        "no, I don't smell of gas",  # a false alarm costs less than a miss
        "我家有煤气味",
    ],
)
def test_a_phrase_is_found_as_whole_words(text: str) -> None:
    assert always_started(DESK, Talk(DESK).state, text) == "gas"


@pytest.mark.parametrize("text", ["the smell of gasoline", "a smell, and no gas", "itself harmed"])
def test_other_words_are_no_phrase(text: str) -> None:
    assert always_started(DESK, Talk(DESK).state, text) is None


def test_only_words_count() -> None:
    assert plain("  Can't -- BREATHE?! ") == "cant breathe"
    assert plain("!?") == ""


def test_what_a_model_thinks_does_not_matter() -> None:
    conversation = talk(("cancel HB-1042, I can't breathe", "start cancel"))
    assert conversation.replies == ["Leave the house."]
    assert conversation.of(e.HandedOver)
    (understood,) = conversation.of(e.Understood)
    assert understood.understanding.by == "code"


@pytest.mark.parametrize(
    ("said", "node"),
    [
        ([("it is cold here", "start report")], "how"),  # a text is awaited
        ([("I want to cancel", "start cancel")], "pick"),
        ([("cancel HB-1042", "start cancel")], "agree"),
        ([("blah", "unclear")], ""),  # a person was offered
    ],
)
def test_it_starts_in_the_middle_of_anything(said: list[tuple[str, str]], node: str) -> None:
    conversation = talk(*said)
    assert conversation.node == node
    conversation.say("wait, there's a smell of gas")
    assert conversation.replies == ["Leave the house."]
    assert conversation.of(e.HandedOver)
    assert conversation.writes == []
    assert not conversation.of(e.SlotFilled)


def test_a_phrase_is_stronger_than_an_answer_to_what_was_asked() -> None:
    noise = GAS.replace("[", "[noise, ", 1)
    conversation = Talk(desk_of(REPORT, noise)).say("I must report something", "start report")
    assert conversation.node == "what"
    conversation.say("Noise")  # one of the options
    assert conversation.replies == ["Leave the house."]


def test_what_was_under_way_goes_on_behind_it() -> None:
    conversation = talk(("it is cold here", "start report"), ("and I'm locked out", "unclear"))
    assert conversation.node == "where"
    conversation.say("at the front door", "answer")
    assert conversation.replies[:2] == ["Somebody comes.", "Back to: Report a problem."]
    assert conversation.node == "how"


def test_a_procedure_under_way_is_not_started_again() -> None:
    conversation = talk(("I'm locked out", ""), ("still locked out, at the back door", "answer"))
    assert conversation.replies == ["Somebody comes."]


def test_of_two_phrases_the_first_said_counts() -> None:
    state = Talk(DESK).state
    assert always_started(DESK, state, "locked out, and a smell of gas") == "keys"
    assert always_started(DESK, state, "a smell of gas, and locked out") == "gas"


def test_a_stranger_is_asked_to_sign_in_where_that_is_needed() -> None:
    conversation = Talk(DESK, customer=None).say("I'm locked out")
    assert conversation.reasons == ["not signed in"]
    assert [event.said for event in conversation.of(e.Replied)] == ["sign_in"]
    conversation.say("smell of gas")
    assert conversation.replies == ["Leave the house."]


def test_a_button_is_no_message() -> None:
    conversation = talk(("cancel HB-1042", "start cancel"))
    (yes,) = [does for does in conversation.does if does.startswith("yes:")]
    conversation.press(yes)
    (command,) = [o.command for o in conversation.outcomes]
    assert isinstance(command, c.Press)
