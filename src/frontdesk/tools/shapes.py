"""From a tool's Python types to what procedures can know of their values."""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from moneyed import Money

from frontdesk.types.shapes import NOTHING, UNKNOWN, Items, OneOf, Record, Scalar, Shape

_SCALARS: dict[Any, Scalar] = {
    str: Scalar("text"),
    bool: Scalar("boolean"),
    int: Scalar("number"),
    Decimal: Scalar("number"),
    datetime: Scalar("datetime"),
    date: Scalar("date"),
    time: Scalar("time"),
    Money: Scalar("money"),
    type(None): NOTHING,
}


def shape_of(hint: Any) -> Shape:
    """The shape of a type that tools may use."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return _SCALARS[hint]
    if origin in (Union, types.UnionType):
        return OneOf(tuple(map(shape_of, arguments)))
    if origin is Literal and all(isinstance(one, str) for one in arguments):
        return Scalar("text", arguments)
    if origin is list:
        return Items(shape_of(arguments[0]))
    if is_dataclass(hint) and isinstance(hint, type):
        fields = get_type_hints(hint).items()
        return Record(hint.__name__, {name: shape_of(inner) for name, inner in fields})
    return UNKNOWN
