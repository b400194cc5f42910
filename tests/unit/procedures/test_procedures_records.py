"""Which record do the words mean: by key, by attribute, by position, and when by none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from rules_desk import NOW

from frontdesk.procedures.mentions import Context
from frontdesk.procedures.records import Absent, Found, covers, match
from frontdesk.types.procedures import Choose

NODE = Choose(
    "pick", "booking", "bookings", None, "reference", ("stay", "city", "check_in"), {}, {}, "", ""
)
RECORDS: list[dict[str, Any]] = [
    {"reference": "HB-1042", "stay": "Sea View", "city": "Porto", "check_in": date(2026, 5, 20)},
    {"reference": "HB-1043", "stay": "Old Mill", "city": "Évora", "check_in": date(2026, 6, 3)},
    {"reference": "HB-1044", "stay": "Sea Cabin", "city": "Porto", "check_in": date(2026, 7, 1)},
]


def matched(
    text: str,
    *,
    listed: bool = True,
    language: str = "en",
    records: Sequence[dict[str, Any]] = RECORDS,
) -> Found | Absent | None:
    found = match(NODE, records, text, Context(NOW, language, "EUR"), listed=listed)
    if isinstance(found, Found):
        assert text[found.start : found.end] == found.words
    return found


def key(text: str, **how: Any) -> str | None:
    found = matched(text, **how)
    return str(found.record["reference"]) if isinstance(found, Found) else None


@pytest.mark.parametrize(
    "text", ["HB-1043", "hb1043", "hb 1043 please", "is it HB–1043?", "HB-9999, I mean HB-1043"]
)
def test_a_record_by_its_key(text: str) -> None:
    assert key(text) == "HB-1043"


def test_the_words_of_a_key_that_nobody_here_has() -> None:
    assert matched("cancel hb 9999") == Absent("hb 9999")
    assert matched("HB-10422") == Absent("HB-10422")


def test_two_keys_name_no_one_record() -> None:
    assert matched("HB-1042 and HB-1043") is None
    assert key("HB-1042, yes HB-1042") == "HB-1042"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the one in Évora", "HB-1043"),
        ("evora", "HB-1043"),
        ("EVORA!", "HB-1043"),
        ("the old mill", "HB-1043"),
        ("Sea View in Porto", "HB-1042"),
        ("the one on 3 June", "HB-1043"),
        ("the mill", "HB-1043"),
        ("Old Mil", None),
        ("Porto", None),
        ("Sea", None),
        ("Lisbon", None),
        ("", None),
        ("🙂", None),
    ],
)
def test_a_record_by_what_it_has(text: str, expected: str | None) -> None:
    assert key(text) == expected


def test_accents_do_not_move_the_words() -> None:
    """The span is in the customer's own text, however letters are composed."""
    found = matched("très bien: Évora svp", listed=False)
    assert isinstance(found, Found)
    assert (found.words, found.start, found.end) == ("Évora", 11, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the first", "HB-1042"),
        ("second one please", "HB-1043"),
        ("the last one", "HB-1044"),
        ("2", "HB-1043"),
        ("number 2", "HB-1043"),
        ("#3", "HB-1044"),
        ("4", None),
        ("option 0", None),
        ("the fourth", None),
        ("first and second", None),
    ],
)
def test_a_record_by_its_position(text: str, expected: str | None) -> None:
    assert key(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [("es", "la segunda", "HB-1043"), ("de", "die letzte", "HB-1044"), ("zh", "第二", "HB-1043")],
)
def test_positions_in_other_languages(language: str, text: str, expected: str) -> None:
    assert key(text, language=language) == expected


def test_a_position_means_something_only_in_a_list_that_was_shown() -> None:
    assert key("the first", listed=False) is None
    assert key("HB-1042", listed=False) == "HB-1042"


@pytest.mark.parametrize(
    "text",
    ["not HB-1042", "(not) the Old Mill", "not the one in Évora", "I don't want the first",
     "except the mill", "don't cancel HB-1042", "anything other than Évora"],
)  # fmt: skip
def test_a_record_that_is_excepted_is_not_chosen(text: str) -> None:
    assert matched(text) is None


@pytest.mark.parametrize("text", ["I can't come to Évora", "not sure, it was the Old Mill I think"])
def test_a_negation_elsewhere_does_not_matter(text: str) -> None:
    found = matched(text.replace("can't come to", "can't remember when I booked"))
    assert isinstance(found, Found)
    assert found.record["reference"] == "HB-1043"


@pytest.mark.parametrize("text", ["wait a second", "first of all, thank you", "last night"])
def test_an_ordinal_in_another_sense_is_no_position(text: str) -> None:
    assert matched(text) is None


def test_a_key_with_other_signs_matches_itself() -> None:
    records = [{"reference": "INV-12/2026"}, {"reference": "INV-13/2026"}]
    assert key("INV-12/2026 please", records=records) == "INV-12/2026"


def test_a_number_is_no_absent_key() -> None:
    records = [{"reference": 100233}, {"reference": 100234}]
    assert key("100234 please", records=records) == "100234"
    assert matched("it is for 2 people", records=records) is None
    assert matched("100299", records=records) == Absent("100299")


def test_covers_says_whether_anything_else_was_said() -> None:
    for text, whole in [
        ("the Old Mill, please", True),
        ("HB-1043", True),
        ("HB-1043?", False),
        ("HB-1043 and a refund", False),
    ]:
        found = matched(text)
        assert isinstance(found, Found)
        assert covers(found, text) is whole


def test_no_records_no_match() -> None:
    assert matched("HB-1042", records=[]) is None


def test_a_missing_field_is_no_match() -> None:
    assert key("Porto", records=[{"reference": "a", "city": None}, {"reference": "b"}]) is None


def test_any_name_of_a_list_names_the_record() -> None:
    """A city has other names in other languages; together they count as one attribute."""
    records = [
        RECORDS[0] | {"city": ["Lisbon", "Lisboa", "里斯本"]},
        RECORDS[1] | {"city": ["Porto", "Oporto", "波尔图"]},
    ]
    assert key("la de Lisboa, por favor", records=records) == "HB-1042"
    assert key("取消波尔图的", records=records) == "HB-1043"
    assert key("la de Oporto, Sea View", records=records) is None
    assert key("la de Madeira", records=records) is None
