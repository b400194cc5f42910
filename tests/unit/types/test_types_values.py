"""Values survive JSON, and keep their types."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from frontdesk.types.values import from_json, to_json

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.just(UTC) | st.none()),
    DECIMALS,
    st.builds(Money, DECIMALS, st.sampled_from(["EUR", "USD", "JPY"])),
)
NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=12
)


def through_json(value: object) -> object:
    return from_json(json.loads(json.dumps(to_json(value))))  # type: ignore[arg-type]


@given(VALUES)
def test_a_value_survives_json(value: object) -> None:
    assert through_json(value) == value


@given(SCALARS)
def test_a_scalar_keeps_its_type(value: object) -> None:
    assert type(through_json(value)) is type(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 5, 12), {"$date": "2026-05-12"}),
        (time(15, 30), {"$time": "15:30:00"}),
        (datetime(2026, 5, 12, 15, 30), {"$datetime": "2026-05-12T15:30:00"}),
        (Decimal("0.10"), {"$decimal": "0.10"}),
        (Money("120.00", "EUR"), {"$money": ["120.00", "EUR"]}),
        (True, True),
        ({"a": [date(2026, 5, 12)]}, {"a": [{"$date": "2026-05-12"}]}),
    ],
)
def test_the_tagged_form(value: object, written: object) -> None:
    """The form is stored, so it can't change without a migration."""
    assert to_json(value) == written  # type: ignore[arg-type]


def test_a_moment_keeps_its_offset() -> None:
    moment = datetime(2026, 7, 1, 9, 0, tzinfo=ZoneInfo("Europe/Lisbon"))
    read = through_json(moment)
    assert isinstance(read, datetime)
    assert read == moment
    assert read.utcoffset() == timedelta(hours=1)


def test_cents_are_not_lost() -> None:
    assert through_json(Money("0.10", "EUR")) == Money("0.10", "EUR")
    assert str(through_json(Decimal("1.50"))) == "1.50"


def test_a_record_with_an_unknown_tag_stays_a_record() -> None:
    assert from_json({"$other": 1}) == {"$other": 1}
