"""Several records at once: which ones the words mean, and how they are chosen and listed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_desk import BOOKINGS, NOW, Talk, desk_of

from frontdesk.procedures import records as matching
from frontdesk.procedures.mentions import Context
from frontdesk.procedures.records import Absent
from frontdesk.procedures.several import Several, match
from frontdesk.types.outcome import Outcome
from frontdesk.types.procedures import Choose
from frontdesk.types.values import OnRecord

NODE = Choose(
    "pick", "items", "rows", None, "line", ("product", "colour"), {}, {}, "", "", many=True
)
ROWS: list[dict[str, Any]] = [
    {"line": "LN-1", "product": "Linen shirt", "colour": "blue"},
    {"line": "LN-2", "product": "Oxford shirt", "colour": "white"},
    {"line": "LN-3", "product": "Wool socks", "colour": "grey"},
    {"line": "LN-4", "product": "Wool socks", "colour": "green"},
    {"line": "LN-5", "product": "Enamel kettle", "colour": "white"},
]


def chosen(text: str, *, listed: bool = True, language: str = "en", rows: Any = ROWS) -> str:
    """The numbers of the lines that the text names; what it names else."""
    found = match(NODE, rows, text, Context(NOW, language, "EUR"), listed=listed)
    if isinstance(found, Several):
        assert found.words in text
        return " ".join(str(row["line"])[3:] for row in found.records)
    return f"absent {found.words}" if isinstance(found, Absent) else str(found)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("the linen shirt", "1"),
        ("the blue shirt and both socks", "1 3 4"),
        ("the green socks, the kettle and the oxford shirt", "2 4 5"),
        ("linen shirt & kettle please", "1 5"),
        ("the two shirts", "1 2"),
        ("all socks plus the enamel kettle", "3 4 5"),
        ("the grey as well as the green ones", "3 4"),
        ("LN-1 and LN-5", "1 5"),
        ("ln 2", "2"),
        ("1 and 3", "1 3"),
        ("3", "3"),
        ("the first, the third and the last", "1 3 5"),
        ("the first two", "1 2"),
        ("last three please", "3 4 5"),
        ("all of them", "1 2 3 4 5"),
        ("all five", "1 2 3 4 5"),
        ("everything", "1 2 3 4 5"),
        ("everything except the kettle", "1 2 3 4"),
        ("everything but the kettle and the linen shirt", "2 3 4"),
        ("all except for both socks", "1 2 5"),
        ("the linen shirt but not the kettle", "1"),
        ("the linen shirt, not the kettle", "1"),
        ("the linen shirt is lovely but the kettle is cracked", "1 5"),
        ("the linen shirt doesn't fit, and the kettle is broken", "1 5"),
    ],
)
def test_the_records_that_the_words_name(text: str, lines: str) -> None:
    assert chosen(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        "the shirt",
        "the socks and the kettle",
        "both",
        "not the kettle",
        "the trousers",
        "9",
        "",
        ",and,",
    ],
)
def test_words_that_fit_several_alike_or_none_choose_nothing(text: str) -> None:
    assert chosen(text) == "None"


def test_a_key_that_nobody_here_has_is_said() -> None:
    assert chosen("LN-1 and LN-99") == "absent LN-99"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("I want to send back everything that you sent me", "1 2 3 4 5"),
        ("all of them are too small", "1 2 3 4 5"),
        ("the kettle arrived and I'd like to return the linen shirt", "1 5"),
        ("all the best, I'd like to return things", "None"),
        ("the first two", "None"),
        ("return 3 things", "None"),
    ],
)
def test_before_the_list_is_shown_less_means_something(text: str, lines: str) -> None:
    assert chosen(text, listed=False) == lines


def test_both_means_all_of_a_list_of_two() -> None:
    assert chosen("both", rows=ROWS[:2]) == "1 2"
    assert chosen("both of them", rows=ROWS[:2], listed=False) == "1 2"
    assert chosen("both of them") == "None"


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("es", "la primera y la tercera", "1 3"),
        ("es", "todas excepto LN-2", "1 3 4 5"),
        ("de", "alle außer LN-5", "1 2 3 4"),
        ("zh", "第一和第三", "1 3"),
        ("zh", "全部", "1 2 3 4 5"),
    ],
)
def test_other_languages(language: str, text: str, lines: str) -> None:
    assert chosen(text, language=language) == lines


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["all", "both", "but", "not", "kettle", "and", "1", ",", "socks"])
    ).map(" ".join)
)
def test_whatever_is_said_only_listed_records_are_chosen(text: str) -> None:
    found = match(NODE, ROWS, text, Context(NOW, "en", "EUR"), listed=True)
    if isinstance(found, Several):
        assert found.records
        places = [ROWS.index(dict(row)) for row in found.records]
        assert places == sorted(set(places))


# -- in a procedure -----------------------------------------------------------------------------

CANCEL_SEVERAL = """
    procedure: cancel_several
    title: Cancel bookings
    description: cancels several
    steps:
      - {tool: list_bookings, save: bookings}
      - choose: chosen
        id: pick
        many: true
        from: bookings
        where: chosen.status == 'confirmed'
        key: reference
        match: [city]
        show: "{{ chosen.reference }} in {{ chosen.city }}"
        ask: Which ones?
        none:
          - say: You have none.
          - end
      - confirm: "Cancel {% for one in chosen %}{{ one.reference }} {% endfor %}?"
        id: agree
      - each: one
        in: chosen
        steps:
          - {tool: cancel_booking, with: {reference: one.reference, refund: one.total}}
      - say: Done.
"""
DESK = desk_of(CANCEL_SEVERAL)
BOTH = ["HB-1042", "HB-1043"]


def begun(text: str = "cancel something") -> Talk:
    return Talk(DESK).say(text, "start cancel_several")


def test_each_record_has_a_button_and_all_have_one() -> None:
    assert begun().does == ["pick:HB-1042", "pick:HB-1043", "pick_all"]


def test_one_yes_covers_what_was_chosen_and_listed() -> None:
    talk = begun().say("both")
    assert talk.replies[-1] == "Cancel HB-1042 HB-1043 ?"
    assert talk.top.slots["chosen"].origin == OnRecord("bookings", "HB-1042, HB-1043")
    talk.say("yes")
    assert [arguments["reference"] for _, arguments in talk.writes] == BOTH
    assert talk.state.stack == ()


def test_the_button_for_all() -> None:
    talk = begun().press("All of these")
    assert [one["reference"] for one in talk.value("chosen")] == BOTH


def test_a_button_for_one_makes_a_list_of_it() -> None:
    talk = begun().press("HB-1043 in Évora")
    assert [one["reference"] for one in talk.value("chosen")] == ["HB-1043"]


def test_the_request_itself_may_name_them() -> None:
    talk = begun("cancel Porto and Évora please")
    assert [one["reference"] for one in talk.value("chosen")] == BOTH
    assert talk.node == "agree"


def test_a_model_chooses_only_in_the_customers_words_and_from_the_list() -> None:
    talk = begun().say("hm, Porto and Faro, can I?", "choose Porto and Faro")
    assert [one["reference"] for one in talk.value("chosen")] == ["HB-1042"]
    assert begun().say("what now?", "choose both").reasons == ["not said"]
    assert begun().say("hm, not Porto please?", "choose Porto").reasons == ["names no record"]


def test_another_choice_asks_for_consent_anew() -> None:
    talk = begun().say("both").say("no wait, only Évora", "choose only Évora")
    assert talk.replies[-1] == "Cancel HB-1043 ?"
    talk.say("yes")
    assert [arguments["reference"] for _, arguments in talk.writes] == ["HB-1043"]


def test_a_record_that_is_gone_is_asked_for_again() -> None:
    talk = begun().say("both")
    talk.answers["list_bookings"] = lambda _: Outcome("ok", BOOKINGS[1:])
    talk.say("no, rather HB-1042")
    assert talk.replies[0] == "HB-1042 can't be chosen here."


def test_a_single_record_is_taken_as_a_list_without_asking() -> None:
    talk = Talk(DESK)
    talk.answers["list_bookings"] = lambda _: Outcome("ok", BOOKINGS[:1])
    talk.say("cancel it", "start cancel_several")
    assert [one["reference"] for one in talk.value("chosen")] == ["HB-1042"]


def test_attributes_of_different_records_name_neither() -> None:
    rows = [{**ROWS[0], "size": "small"}, {**ROWS[1], "size": "large"}]
    assert chosen("blue in large", rows=rows) == "1"  # the size is none of its attributes
    sized = replace(NODE, match=("colour", "size"))
    context = Context(NOW, "en", "EUR")
    assert match(sized, rows, "blue in large", context, listed=True) is None
    assert matching.by_attributes(replace(sized, many=False), rows, "large", context)


def test_a_size_of_one_letter_does_not_stand_behind_an_apostrophe() -> None:
    rows = [{"line": "LN-1", "size": "M"}, {"line": "LN-2", "size": "S"}]
    node = replace(NODE, match=("size",), many=False)
    context = Context(NOW, "en", "EUR")
    assert match(node, rows, "I'm sure it's nice", context, listed=True) is None
    found = match(node, rows, "the M one", context, listed=True)
    assert isinstance(found, matching.Found)
    assert found.record["line"] == "LN-1"
