"""Replies: Jinja templates in a sandbox, with values written in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from moneyed import Currency, Money

from frontdesk.errors import OperatorError
from frontdesk.procedures.views import view
from frontdesk.types.procedures import Text
from frontdesk.types.values import Value

_LOCALES = {"en": "en_GB", "zh": "zh_Hans"}
_BOOLEANS = {"en": ("yes", "no"), "es": ("sí", "no"), "de": ("ja", "nein"), "zh": ("是", "否")}


class BadTemplate(OperatorError):
    """A reply of the desk can't be written."""


def show(value: Any, language: str) -> str:
    """A value in the words of a language."""
    locale = _LOCALES.get(language, language)
    match value:
        case bool():
            return _BOOLEANS.get(language, _BOOLEANS["en"])[0 if value else 1]
        case datetime():
            return (
                f"{format_date(value, 'long', locale)} {format_time(value, 'short', locale=locale)}"
            )
        case date():
            return str(format_date(value, "long", locale))
        case time():
            return str(format_time(value, "short", locale=locale))
        case Money():
            return str(format_currency(value.amount, value.currency.code, locale=locale))
        case Decimal():
            return str(format_decimal(value, locale=locale))
        case None:
            return ""
        case list():
            return ", ".join(show(item, language) for item in value)
        case _:
            return str(value)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, where ``price.currency`` is a text."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        item = super().getattr(obj, attribute)
        return view(item) if isinstance(item, Currency) else item


@lru_cache(maxsize=32)
def _environment(language: str) -> _Environment:
    return _Environment(
        undefined=StrictUndefined, finalize=lambda value: show(value, language), autoescape=False
    )


def render(template: str, names: Mapping[str, Value], language: str) -> str:
    """The template with its values filled in.

    Raises:
        BadTemplate: it isn't a template, or reads something that isn't there.
    """
    try:
        compiled = _environment(language).from_string(template)
        return compiled.render({name: view(value) for name, value in names.items()}).strip()
    except Exception as error:  # the operator's template may raise anything
        raise BadTemplate(f"{template!r}: {error}") from error


def parse(template: str) -> nodes.Template:
    """The template as Jinja's tree.

    Raises:
        BadTemplate: it isn't a template.
    """
    try:
        return _environment("en").parse(template)
    except (TemplateError, RecursionError, ValueError) as error:
        raise BadTemplate(f"{template!r}: {error}") from error


def names_of(template: str) -> frozenset[str]:
    """The names that a template reads.

    Raises:
        BadTemplate: it isn't a template.
    """
    tree = parse(template)
    try:
        return frozenset(meta.find_undeclared_variables(tree))
    except (TemplateError, RecursionError, ValueError) as error:
        raise BadTemplate(f"{template!r}: {error}") from error


def pick(text: Text, language: str) -> str:
    """The template in this language, or in the desk's first one."""
    if language in text:
        return text[language]
    return next(iter(text.values()), "")
