"""Replies: values in the customer's language, and a sandbox around the desk's templates."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from moneyed import Money

from frontdesk.procedures.templates import BadTemplate, names_of, pick, render, show

NAMES: dict[str, Any] = {
    "day": date(2026, 5, 20),
    "moment": datetime(2026, 5, 20, 15, 30),
    "hour": time(15, 5),
    "price": Money("1234.5", "EUR"),
    "number": Decimal("1234.50"),
    "yes": True,
    "none": None,
    "list": [1, date(2026, 5, 20)],
    "text": "<b>{{ price }}</b>",
    "booking": {"items": [1, 2], "city": "Porto", "empty": None},
}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 5, 20), "20 May 2026"),
        (datetime(2026, 5, 20, 15, 30), "20 May 2026 15:30"),
        (time(15, 5), "15:05"),
        (Money("1234.5", "EUR"), "€1,234.50"),
        (Money("-5", "EUR"), "-€5.00"),
        (Money("120", "JPY"), "JP¥120"),
        (Decimal("1234.50"), "1,234.5"),
        (True, "yes"),
        (False, "no"),
        (None, ""),
        (3, "3"),
        ([date(2026, 5, 20), None, 2], "20 May 2026, , 2"),
        ("as it is", "as it is"),
    ],
)
def test_values_in_english(value: object, written: str) -> None:
    assert show(value, "en") == written


@pytest.mark.parametrize(
    ("language", "day", "money", "yes"),
    [
        ("de", "20. Mai 2026", "1.234,50\xa0€", "ja"),
        ("es", "20 de mayo de 2026", "1.234,50\xa0€", "sí"),
        ("zh", "2026年5月20日", "€1,234.50", "是"),
    ],
)
def test_values_in_other_languages(language: str, day: str, money: str, yes: str) -> None:
    assert show(NAMES["day"], language) == day
    assert show(NAMES["price"], language) == money
    assert show(True, language) == yes


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("On {{ day }} for {{ price }}.", "On 20 May 2026 for €1,234.50."),
        ("{{ booking.city }}{{ none }}{{ booking.empty }}", "Porto"),
        ("{{ booking.items }}", "1, 2"),
        ("{% if yes %}A{% else %}B{% endif %}", "A"),
        ("{% for item in list %}{{ item }};{% endfor %}", "1;20 May 2026;"),
        ("{{ price * 2 }}", "€2,469.00"),
        ("  spaces around \n", "spaces around"),
        ("{{ booking.items | length }}", "2"),
        ("{{ price.currency }}{% if price.currency == 'EUR' %}!{% endif %}", "EUR!"),
    ],
)
def test_a_template_is_filled(template: str, written: str) -> None:
    assert render(template, NAMES, "en") == written


def test_what_a_value_holds_is_never_a_template() -> None:
    assert render("{{ text }}", NAMES, "en") == "<b>{{ price }}</b>"


@pytest.mark.parametrize(
    "template",
    ["{{ nope }}", "{{ booking.nope }}", "{{ booking['nope'] }}", "{{ none.x }}", "{{ list[9] }}",
     "{% if nope %}{% endif %}", "{{ a", "{% if %}", "{% include 'x' %}", "{{ day | nope }}",
     "{{ day() }}", "{{ 1 / 0 }}", "{{ price + 1 }}", "{{ day - none }}", "{{ none > 1 }}"],
)  # fmt: skip
def test_what_is_not_there_is_an_error(template: str) -> None:
    with pytest.raises(BadTemplate):
        render(template, NAMES, "en")


@pytest.mark.parametrize(
    "template",
    ["{{ text.__class__ }}", "{{ ''.__class__.__mro__ }}", "{{ booking._fields }}",
     "{{ booking.__class__ }}", "{{ list.append(1) }}", "{{ booking.items.append(3) }}",
     "{{ '{0.__class__}'.format(day) }}", "{{ range(10**9) | list }}", "{{ self.__init__ }}",
     "{{ cycler.__init__.__globals__ }}"],
)  # fmt: skip
def test_the_sandbox_holds(template: str) -> None:
    with pytest.raises(BadTemplate):
        render(template, NAMES, "en")
    assert NAMES["booking"]["items"] == [1, 2]


@pytest.mark.parametrize(
    "template",
    ["{{ 10**5000 }}", "{{ 'é'.encode('ascii') }}", "{{ day.strftime('\ud800') }}",
     "{{ day.replace(day=99) }}", "{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}"],
)  # fmt: skip
def test_every_failure_is_our_error(template: str) -> None:
    with pytest.raises(BadTemplate):
        render(template, NAMES, "en")


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("{{ a.b }} {% if c %}{{ d | upper }}{% endif %}", {"a", "c", "d"}),
        ("{% for x in rows %}{{ x }}{% endfor %}", {"rows"}),
        ("{% set y = 1 %}{{ y }}", set()),
        ("{{ range(3) }}", set()),
        ("plain", set()),
    ],
)
def test_names_that_a_template_reads(template: str, names: set[str]) -> None:
    assert names_of(template) == names


@pytest.mark.parametrize(
    "template", ["{{ a", "{% if %}", "{{ a b }}", "{% nope %}", "{{ a | nope }}"]
)
def test_what_is_not_a_template_is_refused_beforehand(template: str) -> None:
    with pytest.raises(BadTemplate):
        names_of(template)


def test_the_desks_first_language_stands_in_for_a_missing_one() -> None:
    text = {"de": "Hallo", "en": "Hello"}
    assert pick(text, "en") == "Hello"
    assert pick(text, "fr") == "Hallo"
    assert pick({}, "en") == ""
