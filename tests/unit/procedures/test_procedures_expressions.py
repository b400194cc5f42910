"""Expressions: exact, and nothing but what is named in the documents."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from frontdesk.procedures.expressions import ExpressionError, evaluate, names_of
from frontdesk.procedures.views import View, unview, view

TEN = Money("10", "EUR")
NAMES: dict[str, Any] = {
    "a": 3,
    "text": "hello",
    "none": None,
    "half": Decimal("0.5"),
    "price": TEN,
    "dollars": Money("10", "USD"),
    "check_in": date(2026, 5, 20),
    "today": date(2026, 5, 4),
    "moment": datetime(2026, 5, 4, 10, 0),
    "numbers": [1, 2, 3],
    "booking": {"items": [1, 2], "keys": "K", "total": TEN, "city": "Porto"},
    "rows": [{"x": 1}, {"x": 2}],
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("price * 0.15", Money("1.50", "EUR")),
        ("0.15 * 3", Decimal("0.45")),
        ("1 / 4", Decimal("0.25")),
        ("a / 2 == 1.5", True),
        ("5 / 2 * 2", Decimal(5)),
        ("round(2.675, 2)", Decimal("2.68")),
        ("round(1 / 3, 2)", Decimal("0.33")),
        ("-0.5", Decimal("-0.5")),
        ("half * 0.1", Decimal("0.05")),
    ],
)
def test_fractions_are_exact(expression: str, value: object) -> None:
    found = evaluate(expression, NAMES)
    assert found == value
    assert not isinstance(found, float)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + 1", 4),
        ("not a", False),
        ("1 < a <= 3", True),
        ("a in numbers and 4 not in numbers", True),
        ("'x' if none else 'y'", "y"),
        ("none == None", True),
        ("price + price", Money(20, "EUR")),
        ("price * 2 > price", True),
        ("price.amount", Decimal(10)),
        ("check_in - today", timedelta(days=16)),
        ("days(check_in - today)", 16),
        ("days(today - check_in)", -16),
        ("check_in.year", 2026),
        ("len(numbers) + min(numbers) + max(numbers) + sum(numbers)", 13),
        ("abs(1 - a)", 2),
        ("sum([row.x for row in rows])", 3),
        ("[row for row in rows if row.x > 1]", [{"x": 2}]),
        ("rows[1].x", 2),
        ("booking['city']", "Porto"),
        ("booking.city == 'Porto'", True),
        ("booking", NAMES["booking"]),
    ],
)
def test_what_expressions_can_do(expression: str, value: object) -> None:
    assert evaluate(expression, NAMES) == value


@pytest.mark.parametrize(("field", "value"), [("items", [1, 2]), ("keys", "K")])
def test_a_field_may_be_named_like_a_method_of_a_mapping(field: str, value: object) -> None:
    assert evaluate(f"booking.{field}", NAMES) == value


@pytest.mark.parametrize(
    "expression",
    ["text.__class__", "(1).__class__", "booking.__class__", "booking._fields",
     "price.__class__.__mro__", "text.format", "'{0.__class__}'.format(a)", "f'{a.__class__}'",
     "__import__('os')", "open('x')", "eval('1')", "sorted(numbers)", "print(1)",
     "lambda: 1", "(lambda: 1)()", "(x := 3)", "[x for x in numbers if (y := x)]", "import os",
     "yield 1", "await a", "*numbers"],
)  # fmt: skip
def test_what_expressions_cannot_do(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, NAMES)


@pytest.mark.parametrize(
    "expression",
    ["9**9**9", "'a' * 10**9", "[0] * 10**8", "numbers * 10**8", "1 << 10**7",
     "[0 for a in 'x' * 90000 for b in 'x' * 90000]", "'%1000000000d' % a"],
)  # fmt: skip
def test_what_would_take_long_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, NAMES)


@pytest.mark.parametrize(
    "expression",
    ["", "  ", "a ==", "nope", "booking.nope", "rows[5]", "1 / 0", "price / 0", "a % 0",
     "a // 0", "text + 1", "price > 5", "price + dollars", "none > check_in", "check_in + 1",
     "days(5)", "text < 3", "max()", "a()", "(" * 500 + "1" + ")" * 500],
)  # fmt: skip
def test_what_cannot_be_computed_raises_one_kind_of_error(expression: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        evaluate(expression, NAMES)
    assert repr(expression) in str(raised.value)


@pytest.mark.parametrize("expression", ["1+" * 2000 + "1", "-" * 900 + "1"])
def test_a_deep_expression_raises_the_same_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, NAMES)


def test_the_currency_of_money_is_its_code() -> None:
    assert evaluate("price.currency == 'EUR'", NAMES) is True
    assert evaluate("price.currency", NAMES) == "EUR"


@pytest.mark.parametrize("expression", ["text.upper", "check_in.replace", "min", "len", "{1, 2}"])
def test_the_result_is_a_value(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, NAMES)


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a + b.c", {"a", "b"}),
        ("len(a)", {"a"}),
        ("[x.y for x in rows if x.z > limit]", {"rows", "limit"}),
        ("'text' + str", {"str"}),
        ("1 + 2", set()),
        (" a ", {"a"}),
        ("a if b else c", {"a", "b", "c"}),
    ],
)
def test_names_that_an_expression_reads(expression: str, names: set[str]) -> None:
    assert names_of(expression) == names


@pytest.mark.parametrize(
    "expression",
    ["", "a ==", "a; b", "import os", "a = 1", "open('x')", "text.upper()", "sorted(a)",
     "lambda: 1", "(x := 3)", "await a", "a\n+ 1", "\x00"],
)  # fmt: skip
def test_what_is_not_an_expression_is_refused_beforehand(expression: str) -> None:
    with pytest.raises(ExpressionError):
        names_of(expression)


@given(st.text(max_size=30))
def test_names_of_anything_is_a_set_or_our_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert isinstance(names_of(text), frozenset)


# -- views ------------------------------------------------------------------------------------


def test_a_view_offers_fields_and_is_read_only() -> None:
    record = view({"city": "Porto", "inner": {"x": 1}, "list": [{"y": 2}]})
    assert isinstance(record, View)
    assert record.city == "Porto"
    assert record.inner.x == 1
    assert record.list[0].y == 2
    assert record["city"] == "Porto"
    assert "city" in record
    assert list(record) == ["city", "inner", "list"]
    assert len(record) == 3
    with pytest.raises(AttributeError, match="no field 'nope'"):
        _ = record.nope
    with pytest.raises(AttributeError, match="read-only"):
        record.city = "Faro"


def test_unview_is_the_inverse_of_view() -> None:
    value: Any = {"a": [{"b": 1}, 2], "c": {"d": None}}
    assert unview(view(value)) == value


def test_equal_records_are_equal() -> None:
    assert view({"a": 1}) == view({"a": 1})
    assert view({"a": 1}) != view({"a": 2})
    assert hash(view({"a": 1})) == hash(view({"a": 1}))
