"""A desk's tools as a plain agent sees them: their signatures, JSON for arguments and results.

JSON has no dates and no money: a date is ``"2026-05-12"``, money ``"120.00 EUR"``, and the schemas
say so by patterns, so that a constrained model can't write anything else.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from moneyed import Money

from frontdesk.tools.load import PythonTool, Toolbox
from frontdesk.types.values import Value

_PATTERNS: Mapping[type, tuple[str, str]] = {
    date: ("date YYYY-MM-DD", r"\d{4}-\d{2}-\d{2}"),
    datetime: ("date and time YYYY-MM-DDTHH:MM", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"),
    time: ("time HH:MM", r"\d{2}:\d{2}"),
    Money: ('money "120.00 EUR"', r"-?\d+\.\d{2} [A-Z]{3}"),
}
_PLAIN: Mapping[type, tuple[str, dict[str, Any]]] = {
    str: ("text", {"type": "string", "minLength": 1, "maxLength": 400}),
    bool: ("true or false", {"type": "boolean"}),
    int: ("whole number", {"type": "integer"}),
    Decimal: ("number", {"type": "number"}),
    types.NoneType: ("null", {"type": "null"}),
}


def describe(toolbox: Toolbox) -> str:
    """The tools, a line each."""
    return "\n".join(map(_described, toolbox.tools.values()))


def _described(tool: PythonTool) -> str:
    given = ", ".join(f"{name}: {_shape(hint)[0]}" for name, hint in tool.parameters.items())
    return f"- {tool.signature.name}({given}) {tool.signature.mode}s. {tool.signature.description}"


def arguments_schema(tool: PythonTool) -> dict[str, Any]:
    """The JSON schema of a call's arguments."""
    return {
        "type": "object",
        "properties": {name: _shape(hint)[1] for name, hint in tool.parameters.items()},
        "required": [name for name, needed in tool.signature.parameters.items() if needed],
        "additionalProperties": False,
    }


def _shape(hint: Any) -> tuple[str, dict[str, Any]]:
    """The type in words, and as a JSON schema."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PATTERNS:
        words, pattern = _PATTERNS[hint]
        return words, {"type": "string", "pattern": f"^{pattern}$"}
    if origin is Literal:
        return " or ".join(map(repr, arguments)), {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        shapes = [_shape(one) for one in arguments]
        return " or ".join(words for words, _ in shapes), {"anyOf": [one for _, one in shapes]}
    if origin is list:
        words, inner = _shape(arguments[0])
        return f"list of {words}", {"type": "array", "items": inner}
    if is_dataclass(hint):
        fields = {name: _shape(one) for name, one in get_type_hints(hint).items()}
        words = ", ".join(f"{name}: {one}" for name, (one, _) in fields.items())
        return f"{{{words}}}", {
            "type": "object",
            "properties": {name: one for name, (_, one) in fields.items()},
            "required": list(fields),
            "additionalProperties": False,
        }
    return _PLAIN[hint]


def value_of(data: Any, hint: Any) -> Value:
    """An argument out of JSON.

    Raises:
        ValueError: it isn't of the type.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        for one in arguments:
            try:
                return value_of(data, one)
            except ValueError:
                continue
        raise ValueError(f"{data!r} is none of {_shape(hint)[0]}")
    if origin is list and isinstance(data, list):
        return [value_of(item, arguments[0]) for item in data]
    if is_dataclass(hint) and isinstance(data, dict):
        hints = get_type_hints(hint)
        return {name: value_of(item, hints[name]) for name, item in data.items() if name in hints}
    if hint in (date, datetime, time) and isinstance(data, str):
        read: Value = hint.fromisoformat(data)
        return read
    if hint is Money and isinstance(data, str):
        amount, _, currency = data.partition(" ")
        return _money(amount, currency)
    if hint is Decimal and isinstance(data, int | float) and not isinstance(data, bool):
        return Decimal(str(data))
    if hint in _PLAIN and not isinstance(data, hint):
        raise ValueError(f"{data!r} is no {_PLAIN[hint][0]}")
    plain: Value = data
    return plain


def _money(amount: str, currency: str) -> Money:
    try:
        return Money(Decimal(amount), currency)
    except Exception as error:  # the library raises its own for a currency that doesn't exist
        raise ValueError(f"{amount} {currency} is no money") from error


def shown(value: Value) -> str:
    """A result as compact JSON."""
    return json.dumps(value, default=_shown, ensure_ascii=False, separators=(",", ":"))


def _shown(value: Any) -> str:
    if isinstance(value, Money):
        return f"{value.amount} {value.currency.code}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
