"""Values in the customer's words: found at their place, and nothing that isn't one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from frontdesk.procedures.mentions import Context, Mention, find, is_filler, whole
from frontdesk.types.procedures import Option, Slot, SlotType

LISBON = ZoneInfo("Europe/Lisbon")
MONDAY = datetime(2026, 5, 4, 10, 0, tzinfo=LISBON)
OPTIONS = (
    Option("heating", {"en": "Heating or hot water"}, ("radiator", "cold")),
    Option("noise", {"en": "Noise"}, ("loud",)),
    Option("lost_key", {"en": "Lost keys"}),
)


def context(now: datetime = MONDAY, language: str = "en", **more: Any) -> Context:
    return Context(now, language, "EUR", **more)


def values(
    kind: SlotType, text: str, within: Context | None = None, **slot: Any
) -> list[tuple[str, Any]]:
    """Words and value of each mention; the words stand where the span says."""
    found = find(Slot("slot", kind, **slot), text, within or context())
    for mention in found:
        assert text[mention.start : mention.end] == mention.words
    return [(mention.words, mention.value) for mention in found]


# -- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("today", "today", date(2026, 5, 4)),
        ("maybe tonight", "tonight", date(2026, 5, 4)),
        ("tomorrow please", "tomorrow", date(2026, 5, 5)),
        ("the day after tomorrow", "the day after tomorrow", date(2026, 5, 6)),
        ("in 3 days", "in 3 days", date(2026, 5, 7)),
        ("in two weeks", "in two weeks", date(2026, 5, 18)),
        ("on Friday", "Friday", date(2026, 5, 8)),
        ("this Friday", "this Friday", date(2026, 5, 8)),
        ("Monday", "Monday", date(2026, 5, 11)),
        ("on 14 May", "14 May", date(2026, 5, 14)),
        ("May 14", "May 14", date(2026, 5, 14)),
        ("the 14th of May!", "14th of May", date(2026, 5, 14)),
        ("May 14th, 2027", "May 14th, 2027", date(2027, 5, 14)),
        ("the 14th", "14th", date(2026, 5, 14)),
        ("2026-05-14", "2026-05-14", date(2026, 5, 14)),
        ("14/05/2026", "14/05/2026", date(2026, 5, 14)),
        ("14.05.2026", "14.05.2026", date(2026, 5, 14)),
        ("3/12", "3/12", date(2026, 12, 3)),
        ("Sun 10 May", "Sun 10 May", date(2026, 5, 10)),
        ("Sunday, 10 May", "Sunday, 10 May", date(2026, 5, 10)),
    ],
)
def test_a_date_is_found_with_its_words(text: str, words: str, value: date) -> None:
    assert values("date", text) == [(words, value)]


@pytest.mark.parametrize(
    "text",
    ["", "HB-1042", "may I cancel?", "version 1.2.3", "at 10.30", "march on", "31 April",
     "29 February 2027", "0 May", "99/99/2026", "2026-13-45", "yesterday", "🙂"],
)  # fmt: skip
def test_what_is_no_date_is_no_mention(text: str) -> None:
    assert values("date", text) == []


def test_a_date_without_a_year_is_in_the_future() -> None:
    assert values("date", "3 May") == [("3 May", date(2027, 5, 3))]
    assert values("date", "1 January") == [("1 January", date(2027, 1, 1))]


def test_the_29th_of_february_is_the_next_one_there_is() -> None:
    assert values("date", "29 Feb") == [("29 Feb", date(2028, 2, 29))]
    assert values("date", "29 February 2028") == [("29 February 2028", date(2028, 2, 29))]


def test_the_clock_is_the_desks_own() -> None:
    """At half past eleven at night in Lisbon it is tomorrow further east."""
    late = datetime(2026, 12, 31, 23, 30, tzinfo=LISBON)
    assert values("date", "today", context(late)) == [("today", date(2026, 12, 31))]
    assert values("date", "tomorrow", context(late)) == [("tomorrow", date(2027, 1, 1))]
    assert values("date", "in 2 days", context(late)) == [("in 2 days", date(2027, 1, 2))]


@pytest.mark.parametrize(("day", "expected"), [(28, 29), (29, 30)])
def test_days_count_over_the_change_of_the_clock(day: int, expected: int) -> None:
    """On 29 March 2026 a day in Lisbon has 23 hours."""
    night = datetime(2026, 3, day, 0, 30, tzinfo=LISBON)
    assert values("date", "tomorrow", context(night)) == [("tomorrow", date(2026, 3, expected))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20-24 May", [("20", date(2026, 5, 20)), ("24 May", date(2026, 5, 24))]),
        ("May 20 to 24", [("May 20", date(2026, 5, 20)), ("24", date(2026, 5, 24))]),
        ("from 20 to 24 May", [("20", date(2026, 5, 20)), ("24 May", date(2026, 5, 24))]),
        ("20 May till 24 May", [("20 May", date(2026, 5, 20)), ("24 May", date(2026, 5, 24))]),
        (
            "28 December to 3 January",
            [("28 December", date(2026, 12, 28)), ("3 January", date(2027, 1, 3))],
        ),
        ("3 to 6 May", [("3", date(2026, 5, 3)), ("6 May", date(2026, 5, 6))]),
    ],
)
def test_a_range_is_two_dates(text: str, expected: list[tuple[str, date]]) -> None:
    assert values("date", text) == expected


@pytest.mark.parametrize("now", [MONDAY, datetime(2026, 5, 5, tzinfo=LISBON)])
def test_a_range_never_runs_backwards(now: datetime) -> None:
    found = values("date", "from 3 to 6 May", context(now))
    assert [value for _, value in found] == sorted(value for _, value in found)
    assert len(found) == 2


def test_a_corrected_day_stays_in_its_month() -> None:
    near = context(near=date(2026, 8, 3))
    assert values("date", "the 14th", near) == [("14th", date(2026, 8, 14))]
    assert values("date", "the 31st", context(near=date(2026, 4, 3))) == []


def test_a_bare_day_is_not_before_the_date_said_last() -> None:
    since = context(since=date(2026, 8, 20))
    assert values("date", "the 24th", since) == [("24th", date(2026, 8, 24))]


@pytest.mark.parametrize(
    ("text", "more", "value"),
    [
        ("the 3rd", {}, date(2026, 6, 3)),
        ("the 3rd", {"since": date(2026, 8, 20)}, date(2026, 9, 3)),
        ("the 3rd", {"since": date(2026, 12, 20)}, date(2027, 1, 3)),
    ],
)
def test_a_bare_day_that_is_past_is_next_months(
    text: str, more: dict[str, date], value: date
) -> None:
    assert [found for _, found in values("date", text, context(**more))] == [value]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "am 14. Mai", date(2026, 5, 14)),
        ("de", "übermorgen", date(2026, 5, 6)),
        ("es", "el 14 de mayo", date(2026, 5, 14)),
        ("es", "mañana", date(2026, 5, 5)),
        ("fr", "le 14 mai", date(2026, 5, 14)),
        ("fr", "dans 3 jours", date(2026, 5, 7)),
    ],
)
def test_dates_in_other_languages(language: str, text: str, value: date) -> None:
    assert [v for _, v in values("date", text, context(language=language))] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("32 May", []),
        ("2026/05/14", [date(2026, 5, 14)]),
        ("14.05.", [date(2026, 5, 14)]),
        ("last Friday", []),
        ("20 to 24 June 2027", [date(2027, 6, 20), date(2027, 6, 24)]),
        ("may 2 people come along?", []),
        ("3 Sept", [date(2026, 9, 3)]),
        ("may 14 works", [date(2026, 5, 14)]),
        ("32/05", []),
        ("5/14/2026", [date(2026, 5, 14)]),
        ("Friday the 3rd", [date(2026, 6, 3)]),
        ("May 20 to 24, 2027", [date(2027, 5, 20), date(2027, 5, 24)]),
        ("Sun Ltd", []),
        ("the Sat nav", []),
        ("we sat down", []),
        ("on Sat, please", [date(2026, 5, 9)]),
    ],
)
def test_a_date_is_never_another_one(text: str, expected: list[date]) -> None:
    assert [value for _, value in values("date", text)] == expected


# -- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("at 3 pm", "3 pm", time(15)),
        ("3pm", "3pm", time(15)),
        ("3 p.m.", "3 p.m.", time(15)),
        ("10:30 am", "10:30 am", time(10, 30)),
        ("12 am", "12 am", time(0)),
        ("12 pm", "12 pm", time(12)),
        ("15:00", "15:00", time(15)),
        ("0:00", "0:00", time(0)),
        ("15h30", "15h30", time(15, 30)),
        ("around noon", "noon", time(12)),
        ("midnight", "midnight", time(0)),
    ],
)
def test_a_time_is_found_with_its_words(text: str, words: str, value: time) -> None:
    assert values("time", text) == [(words, value)]


@pytest.mark.parametrize("text", ["13 pm", "24:00", "at 3", "25:10", "10:75", "HB-15:00"])
def test_what_is_no_time_is_no_mention(text: str) -> None:
    assert values("time", text) == []


@pytest.mark.parametrize(
    "text", ["14 May at 3 pm", "3 pm on 14 May", "14 May 15:00", "15:00 on May 14"]
)
def test_a_date_beside_a_time_is_a_moment_in_the_desks_zone(text: str) -> None:
    assert values("datetime", text) == [(text, datetime(2026, 5, 14, 15, 0, tzinfo=LISBON))]


@pytest.mark.parametrize("text", ["14 May", "15:00", "14 May, then we argued until 15:00"])
def test_a_moment_needs_both(text: str) -> None:
    assert values("datetime", text) == []


def test_two_moments_are_two() -> None:
    found = values("datetime", "on Friday 10:30 and Sunday 11:00")
    assert [words for words, _ in found] == ["Friday 10:30", "Sunday 11:00"]
    found = values("datetime", "Friday at 10:30, Sunday at 11:00")
    assert [words for words, _ in found] == ["Friday at 10:30", "Sunday at 11:00"]


# -- numbers and money ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("2", "2", "2"),
        ("two people", "two", "2"),
        ("twenty-one", "twenty-one", "21"),
        ("twenty one", "twenty one", "21"),
        ("+1,200", "+1,200", "1200"),
        ("one", "one", "1"),
        ("1,200.50", "1,200.50", "1200.50"),
        ("it is -5 outside", "-5", "-5"),
        ("3.5", "3.5", "3.5"),
        ("20 %", "20", "20"),
    ],
)
def test_a_number_is_found_with_its_words(text: str, words: str, value: str) -> None:
    assert values("number", text) == [(words, Decimal(value))]


@pytest.mark.parametrize("text", ["", "a room", "wait a second", "HB-1042", "1e5", "³", "v1.2.3"])
def test_what_is_no_number_is_no_mention(text: str) -> None:
    assert values("number", text) == []


def test_a_date_or_a_time_is_no_number() -> None:
    assert values("number", "2 nights from 14 May at 15:00") == [("2", Decimal(2))]


def test_an_integer_has_no_fraction() -> None:
    assert values("integer", "2 or 3.5") == [("2", 2)]
    assert type(values("integer", "2")[0][1]) is int


def test_numbers_are_read_by_the_language() -> None:
    assert values("number", "1.200,50", context(language="de")) == [
        ("1.200,50", Decimal("1200.50"))
    ]
    assert values("number", "zwei", context(language="de")) == [("zwei", Decimal(2))]
    assert values("number", "dos", context(language="es")) == [("dos", Decimal(2))]


@pytest.mark.parametrize("text", ["1.200,50", "1,50", "1,2"])
def test_separators_of_another_language_are_not_guessed(text: str) -> None:
    """1,50 in an English sentence may be 1.50; it is never 150."""
    assert values("number", text) in (
        [],
        [(text, Decimal(text.replace(".", "").replace(",", ".")))],
    )


@pytest.mark.parametrize(
    ("text", "words", "amount"),
    [
        ("€120", "€120", "120"),
        ("about 120 euros", "120 euros", "120"),
        ("120€", "120€", "120"),
        ("EUR 120.50", "EUR 120.50", "120.50"),
        ("EUR120", "EUR120", "120"),
        ("1 200 €", "1 200 €", "1200"),
        ("120 all in", "120", "120"),
        ("1,200.50 €", "1,200.50 €", "1200.50"),
        ("€1.200,50", "€1.200,50", "1200.50"),
        ("€ 5", "€ 5", "5"),
        ("120", "120", "120"),
        ("a hundred", "hundred", "100"),
    ],
)
def test_an_amount_is_found_with_its_words(text: str, words: str, amount: str) -> None:
    assert values("money", text) == [(words, Money(amount, "EUR"))]


@pytest.mark.parametrize(
    "text",
    ["$120", "120 USD", "£50", "120 pounds", "120 dollars", "120 CHF", "¥500", "A$120", "CA$50"],
)
def test_a_foreign_currency_is_no_mention(text: str) -> None:
    assert values("money", text) == []


@pytest.mark.parametrize(
    "text",
    ["120 CAD", "100 kr", "100 zł", "120 rupees", "120 yen", "kr 100", "fifty dollars",
     "120 Canadian dollars", "XX$120"],
)  # fmt: skip
def test_no_other_currency_is_taken_for_the_desks_own(text: str) -> None:
    assert values("money", text) == []


@pytest.mark.parametrize("text", ["€-5", "-€5", "€120-150", "120-150 €"])
def test_an_amount_is_read_whole_or_not_at_all(text: str) -> None:
    assert [words for words, _ in values("money", text)] in ([], [text])


@pytest.mark.parametrize("text", ["$120", "120 dollars", "US$120", "120 US dollars"])
def test_a_word_for_many_currencies_is_the_desks_own(text: str) -> None:
    """Australian dollars are never American ones."""
    dollars = replace(context(), currency="USD")
    assert values("money", text, dollars) == [(text, Money(120, "USD"))]
    assert values("money", f"A{text}" if text[0] == "$" else "120 A$", dollars) == []


def test_a_number_beside_an_amount_is_none() -> None:
    assert values("money", "2 nights for €30") == [("€30", Money(30, "EUR"))]
    assert values("money", "£50 and €60") == [("€60", Money(60, "EUR"))]


# -- addresses, references, choices -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("ana@example.com", "ana@example.com", "ana@example.com"),
        ("Mail A.b+c@Example.COM.", "A.b+c@Example.COM", "A.b+c@example.com"),
        ("<ana@example.com>", "ana@example.com", "ana@example.com"),
    ],
)
def test_an_email_address_is_found_and_normalised(text: str, words: str, value: str) -> None:
    assert values("email", text) == [(words, value)]


@pytest.mark.parametrize("text", ["ana@", "@example.com", "a@b..com", "ana at example dot com"])
def test_what_is_no_email_address_is_no_mention(text: str) -> None:
    assert values("email", text) == []


def test_a_phone_number_needs_a_country_or_a_region() -> None:
    number = "+351912345678"
    assert values("phone", "call 912 345 678", region="PT") == [("912 345 678", number)]
    assert values("phone", "+351 912 345 678") == [("+351 912 345 678", number)]
    assert values("phone", "912 345 678") == []
    assert values("phone", "12", region="PT") == []


@pytest.mark.parametrize(
    "words", ["HB-1042", "hb-1042", "HB 1042", "hb1042", "HB_1042", "HB–1042", "Hb‑1042"]
)
def test_a_reference_is_found_however_its_hyphen_is_written(words: str) -> None:
    found = values("reference", f"my {words}, please", pattern=r"HB-\d{4}")
    assert found == [(words, "HB-1042")]


@pytest.mark.parametrize("text", ["HB-10422", "XHB-1042", "1042", "HB", "HB-ABCD", ""])
def test_what_does_not_match_is_no_reference(text: str) -> None:
    assert values("reference", text, pattern=r"HB-\d{4}") == []


def test_a_hyphen_in_a_set_of_characters_is_no_separator() -> None:
    assert values("reference", "x7-9", pattern=r"[x-z]\d-\d") == [("x7-9", "X7-9")]


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        (r"(AB|CD)\d{2}", "ab12", "AB12"),
        (r"(AB|CD)-\d{2}", "ab 12", "AB-12"),
        (r"A(?:-B)?\d{2}", "A12", "A12"),
        (r"HB\-\d{2}", "HB-12", "HB-12"),
        (r"HB-?\d{2}", "hb 12", "HB-12"),
        (r"HB-?\d{2}", "hb12", "HB12"),
        (r"AB-\d{2}|CD\d{3}", "cd123", "CD123"),
        (r"(\d)\1-\d", "11-2", "11-2"),
    ],
)
def test_any_pattern_that_the_check_accepts_works(pattern: str, text: str, value: str) -> None:
    assert values("reference", text, pattern=pattern) == [(text, value)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("heating", [("heating", "heating")]),
        ("It's NOISE.", [("NOISE", "noise")]),
        ("the radiator leaks", [("radiator", "heating")]),
        ("Heating or hot water", [("Heating or hot water", "heating")]),
        ("lost key", [("lost key", "lost_key")]),
        ("lost_key", [("lost_key", "lost_key")]),
        ("the heatin", [("heatin", "heating")]),
        ("cold and loud", [("cold", "heating"), ("loud", "noise")]),
        ("cold, so cold", [("cold", "heating")]),
        ("the coldest day", []),
        ("something else", []),
    ],
)
def test_an_option_is_found_by_name_title_and_synonym(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert values("choice", text, options=OPTIONS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yes please", [True]), ("No.", [False]), ("maybe", []), ("yes, but later", [])],
)
def test_a_boolean_is_an_answer_and_nothing_else(text: str, expected: list[bool]) -> None:
    assert [value for _, value in values("boolean", text)] == expected


def test_text_is_the_whole_message_up_to_its_length() -> None:
    assert values("text", "  it is broken ") == [("it is broken", "it is broken")]
    assert values("text", "x" * 5, max=5) == [("xxxxx", "xxxxx")]
    assert values("text", "x" * 6, max=5) == []
    assert values("text", "  ") == []


# -- whole messages ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["14 May", "it's 14 May please", "On the 14th of May, thanks!", "arriving on 14 May",
     "our check in is May 14"],
)  # fmt: skip
def test_a_message_is_the_value_beside_polite_words(text: str) -> None:
    mention = whole(Slot("check_in", "date"), text, context())
    assert mention is not None
    assert mention.value == date(2026, 5, 14)


@pytest.mark.parametrize(
    "text",
    ["14 May?", "not 14 May", "no 14 May", "14 May or 15 May", "cancel 14 May", "14 May is bad",
     "I don't want 14 May", "", "please"],
)  # fmt: skip
def test_a_message_that_says_more_is_not_the_value(text: str) -> None:
    assert whole(Slot("check_in", "date"), text, context()) is None


def test_filler_knows_the_slots_own_name() -> None:
    assert is_filler("the check in is", Slot("check_in", "date"))
    assert not is_filler("the check in is", Slot("contact", "email"))
    assert not is_filler("is it?")
    assert is_filler("")


def test_mentions_overlap_when_they_share_a_character() -> None:
    first, second = Mention("ab", 0, 2, 1), Mention("bc", 1, 3, 1)
    assert first.overlaps(second)
    assert second.overlaps(first)
    assert not first.overlaps(Mention("c", 2, 3, 1))


# -- anything at all --------------------------------------------------------------------------

SLOTS = [
    Slot("a", "text"), Slot("a", "date"), Slot("a", "time"), Slot("a", "datetime"),
    Slot("a", "number"), Slot("a", "integer"), Slot("a", "money"), Slot("a", "email"),
    Slot("a", "phone", region="PT"), Slot("a", "reference", pattern=r"HB-\d{4}"),
    Slot("a", "choice", options=OPTIONS), Slot("a", "boolean"),
]  # fmt: skip
WORDS = st.sampled_from(
    ["14", "May", "5 May", "€", "120", "-", "to", "HB", "1042", "@", "a.de", "three", "pm", "31.",
     "29 Feb", "noon", "²", "٣", "🙂", "'", "12/13", ":30", "1,2.3", "mañana", "\n", "next"]
)  # fmt: skip


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.type)
@given(text=st.lists(WORDS | st.text(max_size=5), max_size=6).map(" ".join))
@settings(max_examples=25, deadline=None)
def test_nothing_that_is_written_raises(slot: Slot, text: str) -> None:
    for mention in find(slot, text, context()):
        assert text[mention.start : mention.end] == mention.words
        assert mention.words
