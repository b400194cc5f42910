"""What counts as given: by the model's word, by code, and what only a model can still find."""

from __future__ import annotations

from typing import Any

import pytest
from rules_desk import CANCEL, MOVE, NOW, REPORT, STAY, Talk, desk_of

from frontdesk.procedures.admit import Message
from frontdesk.procedures.given import Given
from frontdesk.procedures.legal import legal
from frontdesk.types import commands as c
from frontdesk.types import events as e
from frontdesk.types.hint import Hint
from frontdesk.types.legal import Legal, Words

INVOICE = """
    procedure: invoice
    title: Get an invoice
    description: invoices
    slots:
      company: {type: text, optional: true, ask: "Whose?"}
      day: {type: date, ask: "Of which day?"}
      until: {type: date, ask: "Until which day?"}
      happy: {type: boolean, ask: "Are you happy?"}
    steps:
      - {collect: day, id: when}
      - {collect: until, id: last}
      - confirm: From {{ day }} to {{ until }}?
      - {tool: tag, with: {name: "'invoice'"}}
      - {collect: happy, id: liked}
"""
PARTY = """
    procedure: party
    title: Tell how many come
    description: counts
    slots:
      adults: {type: integer, ask: "How many adults?"}
      children: {type: integer, ask: "How many children?"}
    steps:
      - {collect: adults, id: old}
      - {collect: children, id: young}
      - confirm: So many?
      - {tool: tag, with: {name: adults}}
"""
RATE = """
    procedure: rate
    title: Rate a stay
    description: rates
    slots:
      house: {type: choice, ask: "The house?", options: {good: {title: Good}, bad: {title: Bad}}}
      host: {type: choice, ask: "The host?", options: {good: {title: Good}, bad: {title: Bad}}}
      place: {type: choice, ask: "The place?", options: {good: {title: Good}, bad: {title: Bad}}}
    steps:
      - {collect: house, id: first}
      - {collect: host, id: second}
      - {collect: place, id: third}
      - say: Thanks.
"""
DESK = desk_of(CANCEL, MOVE, REPORT, STAY, INVOICE, PARTY, RATE)

CHOOSING = (("I want to cancel", "start cancel"),)
CHOSEN = (*CHOOSING, ("evora", ""))
ARRIVING = (("I want to move", "start move"),)
MOVING = (*ARRIVING, ("14 May", ""))
STAYING = (("other dates", "start stay"), ("20 May", ""), ("24 May", ""))
COUNTING = (("we are more", "start party"), ("9", ""), ("2", ""))
KIND = (("something is wrong", "start report"),)
DETAILS = (*KIND, ("heating", ""))
URGENT = (*DETAILS, ("no heat since noon", "answer"))
"""The conversations, each by what it waits for or has got."""


def given(said: tuple[tuple[str, str], ...], text: str, **hint: Any) -> Given:
    """What the message gives behind what was said before."""
    talk = Talk(DESK)
    for words, means in said:
        talk.say(words, means)
    talk.add(e.TurnStarted("t9", "message", text))
    message = Message("t9", text)
    allowed = legal(DESK, talk.state, text, NOW)
    return Given(DESK, talk.state, message, NOW, allowed, Hint(**hint))


ANSWER = c.Simple("answer")
HEATING: dict[str, Any] = {"options": {"report": {"kind": "heating"}}}
NOISE: dict[str, Any] = {"options": {"report": {"kind": "noise"}}}


# -- what the model proposes ------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [c.Start("move"), c.Simple("ask"), c.Simple("cancel"), c.Simple("unclear")]
)
def test_what_is_no_value_is_not_doubted(command: c.Command) -> None:
    assert given((), "blah").is_given(command)
    assert given(MOVING, "blah").is_given(command)


@pytest.mark.parametrize(
    ("said", "text", "command"),
    [
        ((), "14 May", c.Set("check_in", "14 May")),
        ((), "evora", c.Choose("evora")),
        ((), "14 May", ANSWER),
        (ARRIVING, "soon", c.Set("check_in", "14 May")),
        (ARRIVING, "soon", c.Set("check_in", "soon")),
        (ARRIVING, "soon", ANSWER),
        (CHOOSING, "the nice one", c.Choose("the nice one")),
        (CHOOSING, "not evora", c.Choose("evora")),
        (KIND, "strange", c.Set("kind", "strange")),
        (KIND, "strange", c.Set("nothing", "strange")),
        (DETAILS, "thanks", ANSWER),
    ],
)
def test_what_the_gate_refuses_is_not_given(said: Any, text: str, command: c.Command) -> None:
    assert not given(said, text).is_given(command)


def test_a_record_that_is_not_there_stays_so_that_the_customer_hears_it() -> None:
    assert given(CHOOSING, "HB-9999 it is").is_given(c.Choose("HB-9999"))
    assert given(CHOSEN, "no, HB-9999").is_given(c.Choose("HB-9999"))
    assert given(CHOOSING, "HB-9999 it is").is_given(ANSWER)


def test_what_is_done_already_stays_so_that_the_customer_hears_it() -> None:
    done = (("an invoice", "start invoice"), ("14 May", ""), ("16 May", ""), ("yes", ""))
    assert given(done, "rather 15 May").is_given(c.Set("day", "15 May"))


def test_what_is_asked_for_always_counts() -> None:
    assert given(ARRIVING, "14 May").is_given(c.Set("check_in", "14 May"))
    assert given(CHOOSING, "evora").is_given(c.Choose("evora"))
    assert given(KIND, "we freeze").is_given(c.Set("kind", "heating"))
    whole = "the boiler leaks"
    assert given(DETAILS, whole).is_given(c.Set("details", whole))
    assert given(DETAILS, whole).is_given(ANSWER)


@pytest.mark.parametrize("words", ["the boiler leaks", "boiler leaks", "leaks"])
@pytest.mark.parametrize(("text", "is_given"), [("please", False), ("write down:", True)])
def test_a_text_that_nobody_asked_for_needs_words_beside_it(
    text: str, is_given: bool, words: str
) -> None:
    message = f"{text} {words} thanks"
    assert given(KIND, message).is_given(c.Set("details", words)) is is_given


@pytest.mark.parametrize(("likely", "is_given"), [(0.0, False), (0.24, False), (0.25, True)])
def test_a_whole_message_is_a_text_where_the_examples_say_so(likely: float, is_given: bool) -> None:
    within = {"ask": 1 - likely, "answer details": likely}
    text = "the boiler leaks"
    assert given(KIND, text, within=within).is_given(c.Set("details", text)) is is_given
    other = {"answer company": 1.0}
    assert not given(KIND, text, within=other).is_given(c.Set("details", text))


@pytest.mark.parametrize(
    ("text", "hint", "is_given"),
    [
        ("they shout all night", {}, False),
        ("they shout all night", HEATING, False),
        ("they shout all night", {"options": {"move": {"kind": "noise"}}}, False),
        ("they shout all night", {"options": {"report": {"details": "noise"}}}, False),
        ("they shout all night", NOISE, True),
        ("no, it was the noise", {}, True),
    ],
)
def test_an_option_is_named_by_the_words_or_by_the_hint(
    text: str, hint: dict[str, Any], is_given: bool
) -> None:
    assert given(DETAILS, text, **hint).is_given(c.Set("kind", "noise")) is is_given


def test_the_same_value_again_is_no_news() -> None:
    assert not given(MOVING, "14 May I said").is_given(c.Set("check_in", "14 May"))
    assert given(MOVING, "15 May I said").is_given(c.Set("check_in", "15 May"))
    assert not given(DETAILS, "heating!").is_given(c.Set("kind", "heating"))


def test_the_same_record_again_is_no_news() -> None:
    assert not given(CHOSEN, "evora I said").is_given(c.Choose("evora"))
    assert not given(CHOSEN, "HB-1043 I said").is_given(c.Choose("HB-1043"))
    assert given(CHOSEN, "porto I said").is_given(c.Choose("porto"))


def test_a_typed_value_that_nobody_asked_for_is_given() -> None:
    assert given(KIND, "there are 4 of us").is_given(c.Set("guests", "4"))


def test_what_passes_the_gate_may_be_far_fetched() -> None:
    text = "the boiler leaks"
    assert given(URGENT, text).passes(c.Set("details", text))
    assert given(MOVING, "14 May I said").passes(c.Set("check_in", "14 May"))
    assert not given(MOVING, "soon").passes(c.Set("check_in", "soon"))
    assert not given(CHOOSING, "HB-9999").passes(c.Choose("HB-9999"))


# -- one value for one slot -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words", "slots", "nearest"),
    [
        (STAYING, "25 May", ("check_in", "check_out"), "check_out"),
        (STAYING, "19 May", ("check_out", "check_in"), "check_in"),
        (STAYING, "19 May", ("contact", "check_in"), "check_in"),
        (STAYING[:2], "19 May", ("check_out", "check_in"), "check_in"),
        (COUNTING, "8", ("children", "adults"), "adults"),
        (COUNTING, "3", ("adults", "children"), "children"),
        (KIND, "noise", ("kind", "details"), "kind"),
    ],
)
def test_one_value_goes_to_the_slot_that_it_is_nearest_to(
    said: Any, words: str, slots: tuple[str, ...], nearest: str
) -> None:
    commands = [c.Set(slot, words) for slot in slots]
    assert given(said, f"make it {words}").each_once(commands) == (c.Set(nearest, words),)


def test_what_are_several_values_stays() -> None:
    both = (c.Set("check_in", "19 May"), c.Set("check_out", "25 May"))
    assert given(STAYING, "from 19 May to 25 May").each_once(both) == both
    more = (c.Set("details", "a leak"), c.Choose("a leak"), ANSWER, c.Simple("ask"))
    assert given(URGENT, "a leak").each_once(more) == more
    assert given(URGENT, "a leak").each_once(()) == ()


# -- what code finds --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "text", "found"),
    [
        (ARRIVING, "the train only goes on 14 May", ANSWER),
        (CHOOSING, "the trip to evora has to go", ANSWER),
        (DETAILS, "the boiler leaks", ANSWER),
        (MOVING, "my boss says 15 May is better", c.Set("check_in", "15 May")),
        (MOVING, "my boss says 15 May or 16 May", None),
        (MOVING, "14 May as I told you", None),
        (MOVING, "my boss decides", None),
        (STAYING, "my boss says 26 May", None),
        (STAYING, "my boss says ana@example.com knows", ANSWER),
        (CHOSEN, "my wife meant the one in porto", c.Choose("my wife meant the one in porto")),
        (CHOSEN, "my wife meant the one in evora", None),
        (CHOSEN, "my wife meant HB-9999", c.Choose("my wife meant HB-9999")),
        ((), "the trip to evora on 14 May", None),
    ],
)
def test_a_value_is_found_without_a_model(said: Any, text: str, found: c.Command | None) -> None:
    assert given(said, text).by_code() == found


def test_a_text_is_given_anew_behind_a_colon() -> None:
    text = "better write this: the boiler leaks"
    assert given(URGENT, text).by_code() == c.Set("details", text)
    assert given(URGENT, "better write that the boiler leaks").by_code() is None
    assert given(KIND, text).by_code() is None
    assert given(CHOSEN, text).by_code() is None
    assert given(KIND, text, within={"answer details": 1.0}).by_code() is None


def test_an_option_that_is_asked_for_may_be_found_by_the_examples() -> None:
    text = "it is so chilly in here"
    assert given(KIND, text, **HEATING).by_code() == c.Set("kind", "heating")
    assert given(KIND, text).by_code() is None
    assert given(KIND, text, options={"stay": {"kind": "heating"}}).by_code() is None
    assert given(URGENT, text, **NOISE).by_code() is None


def test_the_words_come_before_the_examples() -> None:
    assert given(KIND, "my son says noise", **HEATING).by_code() == ANSWER


# -- what a model must rewrite ----------------------------------------------------------------


def test_texts_that_were_given_may_be_given_anew() -> None:
    text = "say that it leaks since 14 May, we are 4"
    only = Legal(sets={"details": Words(any_run=True)}, talk=False)
    assert given(URGENT, text).to_rewrite() == only


@pytest.mark.parametrize("said", [(), CHOSEN, MOVING, KIND, DETAILS], ids=range(5))
def test_nothing_is_rewritten_where_no_text_was_given(said: Any) -> None:
    assert given(said, "say that it leaks since 14 May").to_rewrite() is None


# -- what a model must fill in ----------------------------------------------------------------


def filling(procedure: str, text: str, **hint: Any) -> Legal | None:
    return given((), text, **hint).to_fill(procedure)


def slots_of(legal: Legal | None) -> set[str]:
    assert legal is not None
    ((_, slots),) = legal.starts.items()
    return set(slots)


def test_what_has_neither_texts_nor_dates_needs_no_model() -> None:
    """Options are the examples' matter."""
    assert filling("cancel", "cancel the one on 14 May") is None
    assert filling("rate", "it was good on 14 May") is None


@pytest.mark.parametrize("text", ["other dates", "from 20 to 24 May", "tell ana@example.com"])
def test_what_code_can_fill_needs_no_model(text: str) -> None:
    assert filling("stay", text) is None


def test_a_date_that_several_slots_could_hold_is_surely_one_of_them() -> None:
    date = Words(("20 May",))
    starts = {"stay": {"check_in": date, "check_out": date}}
    assert filling("stay", "from 20 May") == Legal(starts=starts, talk=False, least=1)


def test_a_text_may_be_among_a_short_message() -> None:
    found = filling("report", "the boiler leaks")
    assert found is not None
    assert (set(found.starts), found.talk, found.least) == ({"report"}, False, 0)
    assert found.starts["report"]["details"] == Words(any_run=True)
    assert slots_of(found) == {"kind", "details"}


@pytest.mark.parametrize(("words", "least"), [(14, 0), (15, 1)])
def test_a_long_message_surely_brings_a_text_along(words: int, least: int) -> None:
    found = filling("report", "leak " * words)
    assert found is not None
    assert found.least == least
    assert slots_of(found) == ({"details"} if least else {"kind", "details"})


def test_a_long_message_need_not_bring_what_is_optional() -> None:
    found = filling("invoice", "leak " * 20)
    assert found is not None
    assert found.least == 0
    assert slots_of(found) == {"company"}


@pytest.mark.parametrize(("likely", "least"), [(0.21, 0), (0.69, 0), (0.7, 1), (1.0, 1)])
@pytest.mark.parametrize("words", [2, 20])
def test_the_examples_know_better_than_the_length(likely: float, least: int, words: int) -> None:
    found = filling("report", "leak " * words, texts={"report": {"details": likely}})
    assert found is not None
    assert found.least == least
    assert ("kind" in slots_of(found)) is not bool(least)


@pytest.mark.parametrize("likely", [0.0, 0.2])
def test_a_text_that_is_hardly_there_is_left_out(likely: float) -> None:
    assert filling("report", "leak " * 20, texts={"report": {"details": likely}}) is None
    found = filling("invoice", "for 20 May", texts={"invoice": {"company": likely}})
    assert slots_of(found) == {"day", "until"}
    elsewhere = filling("report", "leak " * 20, texts={"stay": {"details": likely}})
    assert slots_of(elsewhere) == {"details"}
