"""Between a tool's types and values: both ways, and strictly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.tools import Money
from frontdesk.tools.conform import Mismatch, supported, to_python, to_value


@dataclass
class Room:
    name: str
    beds: int = 1


@dataclass
class Stay:
    city: str
    rooms: list[Room]
    arrival: date | None
    tags: list[str] = field(default_factory=list)


SAMPLES: dict[Any, Any] = {
    str: "a",
    bool: True,
    int: 7,
    Decimal: Decimal("1.50"),
    date: date(2026, 5, 4),
    datetime: datetime(2026, 5, 4, 10, tzinfo=UTC),
    time: time(10, 30),
    Money: Money(Decimal("1.50"), "EUR"),
}


@pytest.mark.parametrize("hint", SAMPLES)
def test_a_scalar_passes_both_ways_unchanged(hint: Any) -> None:
    value = SAMPLES[hint]
    for result in (to_python(value, hint), to_value(value, hint)):
        assert result == value
        assert type(result) is type(value)


@pytest.mark.parametrize("hint", SAMPLES)
@pytest.mark.parametrize("other", SAMPLES)
def test_no_scalar_stands_for_another(hint: Any, other: Any) -> None:
    """A bool is no int, a datetime no date, a text no number; only whole numbers convert."""
    if hint is other:
        return
    with pytest.raises(Mismatch):
        to_value(SAMPLES[other], hint)
    if (hint, other) == (Decimal, int):
        assert to_python(7, Decimal) == Decimal(7)
        return
    with pytest.raises(Mismatch):
        to_python(SAMPLES[other], hint)


def test_a_whole_decimal_is_an_int_to_a_tool_and_a_fraction_is_not() -> None:
    found = to_python(Decimal("3.00"), int)
    assert found == 3
    assert type(found) is int
    with pytest.raises(Mismatch):
        to_python(Decimal("3.5"), int)
    with pytest.raises(Mismatch):
        to_python(True, Decimal)


@pytest.mark.parametrize("hint", SAMPLES)
def test_nothing_is_not_a_value(hint: Any) -> None:
    for convert in (to_python, to_value):
        with pytest.raises(Mismatch):
            convert(None, hint)
        assert convert(None, hint | None) is None
        assert convert(SAMPLES[hint], Optional[hint]) == SAMPLES[hint]  # noqa: UP045


def test_a_mismatch_says_where() -> None:
    value = {"city": "Porto", "rooms": [{"name": "a", "beds": "two"}], "arrival": None}
    with pytest.raises(Mismatch, match=r"stay.rooms\[0\].beds is str, not int"):
        to_python(value, Stay, "stay")
    with pytest.raises(Mismatch, match=r"result.rooms\[0\].beds is str, not int"):
        to_value(Stay("Porto", [Room("a", "two")], None), Stay)  # type: ignore[arg-type]


def test_records_pass_both_ways() -> None:
    stay = Stay("Porto", [Room("a", 2), Room("b")], date(2026, 5, 4), ["x"])
    value = to_value(stay, Stay)
    assert value == {
        "city": "Porto",
        "rooms": [{"name": "a", "beds": 2}, {"name": "b", "beds": 1}],
        "arrival": date(2026, 5, 4),
        "tags": ["x"],
    }
    assert to_python(value, Stay) == stay
    del value["tags"]  # type: ignore[union-attr]
    assert to_python(value, Stay) == Stay(stay.city, stay.rooms, stay.arrival)


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a", "beds": 1, "price": 3},
        {"beds": 1},
        {"name": None},
        {},
        [],
        "a",
        Room("a"),
    ],
)
def test_a_record_with_other_fields_is_refused(value: Any) -> None:
    with pytest.raises(Mismatch):
        to_python(value, Room)


@pytest.mark.parametrize("result", [{"name": "a", "beds": 1}, None, [Room("a")], Room(1)])  # type: ignore[arg-type]
def test_a_result_is_an_object_of_its_dataclass(result: Any) -> None:
    with pytest.raises(Mismatch):
        to_value(result, Room)


@pytest.mark.parametrize("value", [("a",), {"a": 1}, "ab", None, [1], ["a", None]])
def test_a_list_is_a_list_of_its_type(value: Any) -> None:
    for convert in (to_python, to_value):
        with pytest.raises(Mismatch):
            convert(value, list[str])
        assert convert([], list[str]) == []
        assert convert([["a"]], list[list[str]]) == [["a"]]


def test_a_literal_is_one_of_its_options() -> None:
    for convert in (to_python, to_value):
        assert convert("email", Literal["email", "phone"]) == "email"
        for other in ("Email", "", None, 0):
            with pytest.raises(Mismatch):
                convert(other, Literal["email", "phone"])


def test_a_union_takes_the_first_type_that_fits() -> None:
    assert to_python("a", int | str) == "a"
    assert to_python({"name": "a"}, int | Room) == Room("a")
    assert to_value(Room("a"), Room | None) == {"name": "a", "beds": 1}
    assert to_value([Room("a")], list[Room] | None) == [{"name": "a", "beds": 1}]
    with pytest.raises(Mismatch, match=r"int \| str"):
        to_python(date(2026, 1, 1), int | str)


@pytest.mark.parametrize(
    "hint",
    [*SAMPLES, None.__class__, Room, Stay, list[Stay], str | None, Literal["a", 1],
     list[Room | None]],
)  # fmt: skip
def test_supported(hint: Any) -> None:
    assert supported(hint)


@dataclass
class Odd:
    inner: dict[str, int]


@pytest.mark.parametrize(
    "hint",
    [float, bytes, dict, dict[str, int], list, tuple[int], set[int], Any, object, Odd, list[Odd],
     str | float, bytes | None, Room("a")],
)  # fmt: skip
def test_not_supported(hint: Any) -> None:
    assert not supported(hint)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.dates(), st.times(), st.datetimes(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.builds(Money, st.decimals(-1000, 1000, places=2), st.sampled_from(["EUR", "USD"])),
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
hints = st.sampled_from([*SAMPLES, Room, Stay, list[str], list[Room], str | None, Literal["a"]])


@given(values, hints)
def test_whatever_comes_the_result_is_of_the_type_or_it_is_a_mismatch(
    value: Any, hint: Any
) -> None:
    try:
        found = to_python(value, hint)
    except Mismatch:
        return
    assert to_value(found, hint) is not None or found is None


@given(st.builds(Stay, st.text(), st.lists(st.builds(Room, st.text(), st.integers())),
                 st.none() | st.dates(), st.lists(st.text())))  # fmt: skip
def test_a_record_comes_back_as_it_went(stay: Stay) -> None:
    assert to_python(to_value(stay, Stay), Stay) == stay
