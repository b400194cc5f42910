"""The gate: what is let through, with whose word, and why the rest is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money
from rules_desk import ANA, BOOKINGS, CANCEL, MOVE, NOW, REPORT, STAY, Talk, desk_of

from frontdesk.procedures.admit import Message, admit, run_of
from frontdesk.types import commands as c
from frontdesk.types import events as e
from frontdesk.types.state import State
from frontdesk.types.values import Enumerated, Filled, OnRecord, Said

PAY = """
    procedure: pay
    title: Pay
    description: pays
    slots:
      tags:
        type: choice
        many: true
        ask: Which?
        options: {red: {title: Red}, big: {title: Big}}
      dates: {type: date, many: true, ask: "When?"}
      amount: {type: money, ask: "How much?"}
    steps:
      - {collect: tags, id: which}
      - {collect: dates, id: when}
      - {collect: amount, id: much}
      - end
"""
HIDDEN = """
    procedure: hidden
    internal: true
    steps: [{say: Hidden.}]
"""
DESK = desk_of(CANCEL, MOVE, REPORT, STAY, PAY, HIDDEN)
BOOKED: list[Any] = list(BOOKINGS)


def talk(*said: tuple[str, str]) -> Talk:
    conversation = Talk(DESK)
    for text, means in said:
        conversation.say(text, means)
    return conversation


CHOOSING = ("I want to cancel", "start cancel")
ARRIVING = ("I want to change it", "start move")
REPORTING = ("something is wrong", "start report")
STAYING = ("other dates please", "start stay")
PAYING = ("let me pay", "start pay")


def gate(
    state: State, text: str, command: c.Command, *, seen: int | None = None
) -> c.Admitted | c.Refused:
    turn = e.TurnStarted("t9", "message", text, seen)
    from_now = Talk(DESK)
    from_now.state = state
    from_now.add(turn)
    return admit(DESK, from_now.state, Message("t9", text), command, NOW)


def reason(state: State, text: str, command: c.Command, **how: Any) -> str:
    outcome = gate(state, text, command, **how)
    assert isinstance(outcome, c.Refused), outcome
    assert outcome.command == command
    return outcome.reason


def filled(state: State, text: str, command: c.Command, **how: Any) -> Filled:
    outcome = gate(state, text, command, **how)
    assert isinstance(outcome, c.Admitted), outcome
    assert outcome.filled is not None
    return outcome.filled


# -- start ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nope", "", "hidden", "Cancel"])
def test_only_procedures_of_the_desk_start(name: str) -> None:
    assert reason(talk().state, "go", c.Start(name)) == "no such procedure"


def test_who_is_not_signed_in_starts_only_what_is_for_everybody() -> None:
    nobody = Talk(DESK, None).state
    assert reason(nobody, "go", c.Start("cancel")) == "not signed in"
    assert gate(nobody, "go", c.Start("report")) == c.Admitted(c.Start("report"))
    assert gate(talk().state, "go", c.Start("cancel")) == c.Admitted(c.Start("cancel"))


def test_a_procedure_under_way_does_not_start_again() -> None:
    assert reason(talk(CHOOSING).state, "go", c.Start("cancel")) == "already under way"
    deeper = talk(CHOOSING, REPORTING).state
    assert reason(deeper, "go", c.Start("cancel")) == "already under way"


# -- set: a run of the customer's words -------------------------------------------------------


def test_a_value_comes_with_the_words_that_gave_it() -> None:
    value = filled(talk(ARRIVING).state, "so the 14th of May it is", c.Set("check_in", "14th"))
    assert value == Filled(date(2026, 5, 14), Said("t9", "14th of May", 7, 18))


@pytest.mark.parametrize(
    ("said", "slot", "words", "why"),
    [
        (ARRIVING, "check_in", "15 May", "not said"),
        (ARRIVING, "check_in", "", "not said"),
        (ARRIVING, "check_in", "4 May", "not said"),
        (ARRIVING, "check_in", "hello", "not a date"),
        (ARRIVING, "nope", "14 May", "no such slot here"),
        (ARRIVING, "kind", "noise", "no such slot here"),
        (REPORTING, "kind", "fire", "not an option"),
        (REPORTING, "details", "it is", "says nothing"),
        (REPORTING, "details", "hello 14 May and a long message that goes on", "too long"),
        (REPORTING, "urgent", "hello", "not a boolean"),
        (PAYING, "amount", "hello", "not a money"),
    ],
)
def test_what_was_not_said_is_no_value(
    said: tuple[str, str], slot: str, words: str, why: str
) -> None:
    text = "hello 14 May and a long message that goes on, it is"
    assert reason(talk(said).state, text, c.Set(slot, words)) == why


def test_nothing_is_set_when_nothing_is_under_way() -> None:
    assert reason(talk().state, "14 May", c.Set("check_in", "14 May")) == "no such slot here"


def test_words_that_hold_two_values_are_none() -> None:
    state = talk(ARRIVING).state
    both = c.Set("check_in", "14 May or 15 May")
    assert reason(state, "14 May or 15 May", both) == "more than one value"
    one = c.Set("check_in", "15 May")
    assert filled(state, "14 May or 15 May", one).value == date(2026, 5, 15)


def test_text_keeps_the_customers_own_letters() -> None:
    value = filled(
        talk(REPORTING).state, "The BOILER  leaks.", c.Set("details", "the boiler leaks")
    )
    assert value == Filled("The BOILER  leaks", Said("t9", "The BOILER  leaks", 0, 17))


@pytest.mark.parametrize("text", ["yes, go ahead", "ok, do it", "hmm, maybe", "sí, adelante"])
def test_a_yes_to_a_question_for_a_text_is_no_text(text: str) -> None:
    state = talk(REPORTING).state
    assert reason(state, text, c.Set("details", text)) == "says nothing"
    words = text.split(" ", 1)[1]
    assert reason(state, text, c.Set("details", words)) == "says nothing"


def test_a_no_can_be_a_text() -> None:
    assert filled(talk(REPORTING).state, "no", c.Set("details", "no")).value == "no"


def test_an_option_is_said_or_enumerated() -> None:
    state = talk(REPORTING).state
    said = filled(state, "it is so Cold", c.Set("kind", "cold"))
    assert said == Filled("heating", Said("t9", "Cold", 9, 13))
    named = filled(state, "brrr", c.Set("kind", "heating"))
    assert named == Filled("heating", Enumerated("kind", "heating"))


def test_a_slot_of_many_takes_a_list() -> None:
    state = talk(PAYING).state
    assert filled(state, "red ones", c.Set("tags", "red")).value == ["red"]
    days = filled(state, "14 May and 16 May", c.Set("dates", "14 May and 16 May"))
    assert days.value == [date(2026, 5, 14), date(2026, 5, 16)]
    assert days.origin == Said("t9", "14 May and 16 May", 0, 17)


def test_a_slot_of_the_caller_can_be_set_but_not_one_below() -> None:
    """What lies under a procedure that the customer started is not spoken of."""
    deeper = talk(ARRIVING, REPORTING)
    assert deeper.top.procedure == "report"
    assert reason(deeper.state, "14 May", c.Set("check_in", "14 May")) == "no such slot here"


def test_after_a_write_a_value_it_used_stays() -> None:
    conversation = talk(ARRIVING).say("14 May").say("yes")
    assert conversation.writes
    again = Talk(DESK)
    again.say("move to 14 May please", "start move")
    frame = again.top
    digest = frame.consent_asked
    assert digest
    again.add(
        e.TurnStarted("t7", "message", "yes"),
        e.ConsentGiven(frame.id, digest, "words"),
        e.ToolCalled(
            "w", frame.id, "moving", "move_booking", "write", None,
            {"reference": "HB-1042", "check_in": date(2026, 5, 14)},
        ),
        e.ToolReturned("w", "ok"),
        e.TurnEnded("t7"),
    )  # fmt: skip
    assert reason(again.state, "no, 15 May", c.Set("check_in", "15 May")) == "already done"


def test_a_foreign_amount_is_no_value() -> None:
    state = talk(PAYING).state
    assert reason(state, "take $30", c.Set("amount", "$30")) == "not a money"
    value = filled(state, "take €30", c.Set("amount", "€30"))
    assert value == Filled(Money(30, "EUR"), Said("t9", "€30", 5, 8))


# -- choose: a record of this customer --------------------------------------------------------


def test_a_chosen_record_comes_from_the_list() -> None:
    value = filled(talk(CHOOSING).state, "evora then", c.Choose("evora"))
    assert value == Filled(BOOKED[1], OnRecord("bookings", "HB-1043"))


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("evora", "porto", "not said"),
        ("HB-9999", "HB-9999", "absent: HB-9999"),
        ("HB-1044", "HB-1044", "absent: HB-1044"),
        ("the nice one", "the nice one", "names no record"),
        ("not evora", "not evora", "names no record"),
    ],
)
def test_no_other_record_can_be_chosen(text: str, words: str, why: str) -> None:
    """HB-1044 is cancelled, so `where` leaves it out."""
    assert reason(talk(CHOOSING).state, text, c.Choose(words)) == why


def test_a_negation_outside_the_models_words_counts() -> None:
    state = talk(CHOOSING).state
    assert reason(state, "not the one in evora", c.Choose("evora")) == "names no record"


def test_nothing_to_choose_from() -> None:
    assert reason(talk().state, "evora", c.Choose("evora")) == "nothing to choose from"
    assert reason(talk(ARRIVING).state, "evora", c.Choose("evora")) == "nothing to choose from"


def test_a_choice_can_be_made_again_before_the_write() -> None:
    chosen = talk(CHOOSING).say("evora")
    assert chosen.node == "agree"
    value = filled(chosen.state, "no, Porto", c.Choose("Porto"))
    assert value.origin == OnRecord("bookings", "HB-1042")


# -- simple commands --------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["ask", "human", "chat", "unclear"])
def test_some_commands_are_always_legal(verb: Any) -> None:
    command = c.Simple(verb)
    assert gate(talk().state, "x", command) == c.Admitted(command)
    assert gate(talk(CHOOSING).state, "x", command) == c.Admitted(command)


def test_cancel_needs_something_to_cancel() -> None:
    assert reason(talk().state, "stop", c.Simple("cancel")) == "nothing to cancel"
    assert isinstance(gate(talk(CHOOSING).state, "stop", c.Simple("cancel")), c.Admitted)


def test_an_answer_is_found_by_code() -> None:
    answer = c.Simple("answer")
    assert reason(talk().state, "14 May", answer) == "nothing was asked"
    assert filled(talk(ARRIVING).state, "let's say 14 May", answer).value == date(2026, 5, 14)
    assert filled(talk(CHOOSING).state, "I think evora", answer).value == BOOKED[1]
    assert reason(talk(ARRIVING).state, "14 May or 15 May", answer) == "more than one value"
    outcome = gate(talk(ARRIVING).state, "14 May", answer)
    assert isinstance(outcome, c.Admitted)
    assert outcome.slot == "check_in"


@pytest.mark.parametrize("text", ["not 14 May", "anything but 14 May"])
def test_an_answer_that_excepts_the_value_is_not_that_value(text: str) -> None:
    assert isinstance(gate(talk(ARRIVING).state, text, c.Simple("answer")), c.Refused)


# -- yes and no -------------------------------------------------------------------------------


def consenting() -> Talk:
    return talk(CHOOSING).say("evora")


def test_a_yes_needs_a_question() -> None:
    assert reason(talk().state, "yes", c.YesNo("yes")) == "no question to answer"
    assert reason(talk(CHOOSING).state, "yes", c.YesNo("yes")) == "no question to answer"
    assert gate(consenting().state, "yes", c.YesNo("yes")) == c.Admitted(c.YesNo("yes"))


def test_a_yes_to_a_page_that_had_not_shown_the_question_is_stale() -> None:
    state = consenting().state
    shown = state.stack[-1].consent_seq
    assert reason(state, "yes", c.YesNo("yes"), seen=shown - 1) == "stale"
    assert isinstance(gate(state, "yes", c.YesNo("yes"), seen=shown + 1), c.Admitted)


def test_a_model_cannot_propose_a_yes_or_a_button() -> None:
    assert c.YesNo not in c.PROPOSABLE
    assert c.Press not in c.PROPOSABLE


# -- buttons ----------------------------------------------------------------------------------


def test_a_button_counts_only_while_it_is_on_offer() -> None:
    state = talk(CHOOSING).state
    assert isinstance(gate(state, "", c.Press("pick:HB-1042")), c.Admitted)
    assert reason(state, "", c.Press("pick:HB-1044")) == "stale"
    assert reason(state, "", c.Press("yes:abc")) == "stale"
    assert reason(talk().state, "", c.Press("pick:HB-1042")) == "stale"
    assert reason(talk().state, "", c.Press("start:cancel")) == "stale"
    assert isinstance(gate(talk().state, "", c.Press("human")), c.Admitted)


def test_a_picked_record_comes_from_the_list() -> None:
    value = filled(talk(CHOOSING).state, "", c.Press("pick:HB-1043"))
    assert value == Filled(BOOKED[1], OnRecord("bookings", "HB-1043"))


def test_a_pressed_option_is_enumerated() -> None:
    value = filled(talk(REPORTING).state, "", c.Press("option:noise"))
    assert value == Filled("noise", Enumerated("kind", "noise"))
    many = filled(talk(PAYING).state, "", c.Press("option:red"))
    assert many == Filled(["red"], Enumerated("tags", "red"))


def test_a_pressed_yes_is_bound_to_what_was_shown() -> None:
    state = consenting().state
    yes, no = [button.does for button in state.buttons]
    assert gate(state, "", c.Press(yes)) == c.Admitted(c.Press(yes))
    assert gate(state, "", c.Press(no)) == c.Admitted(c.Press(no))
    other = talk(CHOOSING).say("HB-1042").state
    assert reason(other, "", c.Press(yes)) == "stale"


def test_a_yes_button_is_not_enough_when_the_question_is_another_by_now() -> None:
    """Even were the button still on offer."""
    state = consenting().state
    old = e.Button("Yes", "yes:older")
    assert reason(replace(state, buttons=(old,)), "", c.Press("yes:older")) == "stale"


# -- runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text", "span"),
    [
        ("14 May", "on 14  may", (3, 10)),
        ("may", "dismay", None),
        ("may", "may, may", (0, 3)),
        ("a.b", "axb", None),
        ("", "x", None),
        ("  ", "x", None),
        ("退款", "我要退款谢谢", (2, 4)),
        ("x", "", None),
    ],
)
def test_a_run_is_whole_words(words: str, text: str, span: tuple[int, int] | None) -> None:
    assert run_of(words, text) == span


def test_a_run_that_begins_with_a_marked_letter_is_whole_words_too() -> None:
    assert run_of("été", "répétés, été") == (9, 12)


PROPOSED = st.one_of(
    st.builds(c.Start, st.sampled_from(["cancel", "hidden", "x"])),
    st.builds(c.Set, st.sampled_from(["check_in", "kind", "details", "x"]), st.text(max_size=8)),
    st.builds(c.Choose, st.text(max_size=8)),
    st.builds(c.Simple, st.sampled_from(["answer", "cancel", "ask", "human"])),
    st.builds(c.Press, st.sampled_from(["pick:HB-1042", "yes:x", "start:x", "option:", ":"])),
)
STATES = [talk().state, talk(CHOOSING).state, talk(ARRIVING).state, talk(REPORTING).state]


@given(st.sampled_from(STATES), st.text(max_size=12), PROPOSED)
def test_whatever_is_proposed_a_value_has_an_origin_in_the_message(
    state: State, text: str, command: c.Command
) -> None:
    outcome = gate(state, text, command)
    if isinstance(outcome, c.Admitted) and outcome.filled is not None:
        origin = outcome.filled.origin
        if isinstance(origin, Said):
            assert text[origin.start : origin.end] == origin.words
        else:
            assert isinstance(origin, OnRecord | Enumerated)


def test_the_customer_of_the_conversation_is_who_signed_in() -> None:
    assert talk().state.customer == ANA
