"""Typed values that procedures compute with, where each came from, and their JSON form.

A value is a scalar, a list of values, or a record (a mapping). JSON has no dates and no money,
so those are written as an object with one key that begins with ``$``:
``{"$date": "2026-05-12"}``, ``{"$money": ["120.00", "EUR"]}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, cast

from moneyed import Money
from pydantic import PlainSerializer, PlainValidator

Scalar: TypeAlias = str | int | bool | Decimal | date | time | datetime | Money | None
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"


@dataclass(frozen=True)
class Said:
    """The customer said it: a run of words of one message."""

    message: str
    """Id of the trigger that brought the message."""
    words: str
    start: int
    """Offset of the first character in the message."""
    end: int
    """Offset behind the last character."""
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class OnRecord:
    """A record of this customer holds it."""

    source: str
    """Name under which the procedure saved the tool's result."""
    key: str
    """What tells the record from the others of the list; empty when there is only one."""
    kind: Literal["record"] = "record"


@dataclass(frozen=True)
class Enumerated:
    """The desk enumerates it: an option of a slot, pressed or named."""

    slot: str
    option: str
    kind: Literal["enumerated"] = "enumerated"


Origin: TypeAlias = Said | OnRecord | Enumerated


def to_json(value: Value) -> Any:
    """The value with dates, times, decimals and money in their tagged form."""
    match value:
        case datetime():
            return {"$datetime": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case time():
            return {"$time": value.isoformat()}
        case Money():
            return {"$money": [str(value.amount), value.currency.code]}
        case Decimal():
            return {"$decimal": str(value)}
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case _:
            return value


_READERS: dict[str, Callable[[Any], Scalar]] = {
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$decimal": Decimal,
    "$money": lambda pair: Money(pair[0], pair[1]),
}


def from_json(data: Any) -> Value:
    """The inverse of :func:`to_json`."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if isinstance(data, Mapping):
        if len(data) == 1:
            (tag, content), *_ = data.items()
            if reader := _READERS.get(tag):
                return reader(content)
        return {key: from_json(item) for key, item in data.items()}
    return cast(Value, data)


AnyValue = Annotated[Any, PlainValidator(from_json), PlainSerializer(to_json, return_type=Any)]
"""A :data:`Value` as a field of a stored type."""


@dataclass(frozen=True)
class Filled:
    """A value with its origin."""

    value: AnyValue
    origin: Origin
