"""Read-only views of values, so that expressions and templates can write ``booking.city``.

A mapping's own methods (``items``, ``keys``) would hide fields of those names, and real objects
would offer their methods; a view offers the record's fields and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, cast

from moneyed import Currency, Money

from frontdesk.types.values import Value


class View:
    """A record whose fields are attributes."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Value]) -> None:
        object.__setattr__(self, "_fields", fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return view(self._fields[name])
        except KeyError:
            raise AttributeError(f"there is no field {name!r}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("records are read-only")

    def __getitem__(self, name: str) -> Any:
        return view(self._fields[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(tuple(self._fields))


def view(value: Value | Currency) -> Any:
    """The value with every record in it behind a :class:`View`; a currency is its code."""
    if isinstance(value, Currency):
        return value.code
    if isinstance(value, dict):
        return View(value)
    if isinstance(value, list):
        return [view(item) for item in value]
    return value


_SCALARS = (str, int, float, Decimal, date, time, timedelta, Money, type(None))


def unview(value: Any) -> Value:
    """The inverse of :func:`view`.

    Raises:
        TypeError: it is no value: a method, a function, a set.
    """
    if isinstance(value, View):
        return dict(value._fields)
    if isinstance(value, list | tuple):
        return [unview(item) for item in value]
    if isinstance(value, dict):
        return {str(key): unview(item) for key, item in value.items()}
    if isinstance(value, _SCALARS):
        return cast(Value, value)
    raise TypeError(f"{type(value).__name__} is no value")
