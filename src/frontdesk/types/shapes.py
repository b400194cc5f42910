"""The types of values, as far as they are known before a conversation: for checking a desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

ScalarName: TypeAlias = Literal[
    "text", "boolean", "number", "date", "time", "datetime", "duration", "money", "nothing"
]


@dataclass(frozen=True)
class Scalar:
    """A value without parts; money alone has attributes."""

    name: ScalarName
    values: tuple[str, ...] = ()
    """The only texts that it can be; empty when it can be any."""


@dataclass(frozen=True)
class Record:
    """A mapping with known fields."""

    name: str
    fields: Mapping[str, Shape] = field(hash=False)


@dataclass(frozen=True)
class Items:
    """A list."""

    of: Shape


@dataclass(frozen=True)
class OneOf:
    """A value that has one of several shapes."""

    members: tuple[Shape, ...]


@dataclass(frozen=True)
class Unknown:
    """Nobody can say."""


Shape: TypeAlias = Scalar | Record | Items | OneOf | Unknown
UNKNOWN = Unknown()
NOTHING = Scalar("nothing")


def members(shape: Shape) -> tuple[Shape, ...]:
    """What the value can be, without nothing: a missing value is a matter of the conversation."""
    if isinstance(shape, OneOf):
        return tuple(part for member in shape.members for part in members(member))
    return () if shape == NOTHING else (shape,)


def either(shapes: tuple[Shape, ...]) -> Shape:
    """One of these; unknown when none is left."""
    return shapes[0] if len(shapes) == 1 else OneOf(shapes) if shapes else UNKNOWN


def describe(shape: Shape) -> str:
    """The shape in a few words."""
    match shape:
        case Scalar(name="text", values=values) if values:
            return f"one of {', '.join(map(repr, values))}"
        case Scalar(name="nothing"):
            return "nothing"
        case Scalar(name=name):
            return name if name in ("text", "money") else f"a {name}"
        case Record(name=name):
            return f"a {name}"
        case Items():
            return "a list"
        case OneOf(members=parts):
            return " or ".join(dict.fromkeys(map(describe, parts)))
        case Unknown():
            return "something"
