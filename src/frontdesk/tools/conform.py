"""Between a tool's Python types and the values that procedures compute with.

Both ways are strict: a text is not a number, and what a tool returns must be what it declares.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from moneyed import Money

from frontdesk.types.values import Value

SCALARS = (str, bool, int, Decimal, datetime, date, time, Money)


class Mismatch(TypeError):
    """A value isn't of the declared type."""


def supported(hint: Any) -> bool:
    """Whether tools may use this type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in SCALARS or hint is type(None) or origin is Literal:
        return True
    if origin in (Union, types.UnionType) or origin is list:
        return bool(arguments) and all(map(supported, arguments))
    if is_dataclass(hint) and isinstance(hint, type):
        return all(map(supported, get_type_hints(hint).values()))
    return False


def to_python(value: Value, hint: Any, where: str = "value") -> Any:
    """The value as a tool's parameter wants it.

    Raises:
        Mismatch: it isn't of that type.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _first(value, arguments, where, to_python)
    if origin is Literal:
        return _literal(value, arguments, where)
    if origin is list and isinstance(value, list):
        return [to_python(v, arguments[0], f"{where}[{i}]") for i, v in enumerate(value)]
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return _record(value, hint, where)
    if hint is Decimal and isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if hint is int and isinstance(value, Decimal) and value == int(value):
        return int(value)
    return _scalar(value, hint, where)


def to_value(result: Any, hint: Any, where: str = "result") -> Value:
    """What a tool returned, as a value; a dataclass becomes a record.

    Raises:
        Mismatch: it isn't of the declared type.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _plain(_first(result, arguments, where, to_value))
    if origin is Literal:
        return _plain(_literal(result, arguments, where))
    if origin is list and isinstance(result, list):
        return [to_value(v, arguments[0], f"{where}[{i}]") for i, v in enumerate(result)]
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(result, hint):
        hints = get_type_hints(hint)
        return {
            field.name: to_value(
                getattr(result, field.name), hints[field.name], f"{where}.{field.name}"
            )
            for field in fields(hint)
        }
    return _plain(_scalar(result, hint, where))


def _plain(value: Any) -> Value:
    plain: Value = value
    return plain


def _scalar(value: Any, hint: Any, where: str) -> Any:
    if hint is type(None) and value is None:
        return None
    # The exact type: bool is an int and datetime a date to Python, but not to a tool.
    if hint in SCALARS and type(value) is hint:
        return value
    name = getattr(hint, "__name__", str(hint))
    raise Mismatch(f"{where} is {type(value).__name__}, not {name}")


def _literal(value: Any, options: tuple[Any, ...], where: str) -> Any:
    if value in options:
        return value
    raise Mismatch(f"{where} is {value!r}, not one of {', '.join(map(repr, options))}")


def _first(value: Any, hints: tuple[Any, ...], where: str, convert: Any) -> Any:
    for hint in hints:
        try:
            return convert(value, hint, where)
        except Mismatch:
            continue
    names = " | ".join(getattr(hint, "__name__", str(hint)) for hint in hints)
    raise Mismatch(f"{where} is {type(value).__name__}, not {names}")


def _record(value: Mapping[str, Value], hint: Any, where: str) -> Any:
    hints = get_type_hints(hint)
    unknown = value.keys() - hints.keys()
    missing = {
        field.name
        for field in fields(hint)
        if field.default is MISSING and field.default_factory is MISSING
    } - value.keys()
    if unknown or missing:
        raise Mismatch(f"{where} has other fields than {hint.__name__}")
    given = {name: to_python(v, hints[name], f"{where}.{name}") for name, v in value.items()}
    try:
        return hint(**given)
    except (TypeError, ValueError) as error:
        raise Mismatch(f"{where} is no {hint.__name__}: {error}") from error
