"""YAML with the line of every part, so that a mistake can be shown where it stands."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from frontdesk.desk.yaml_mistakes import explain_yaml
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_DEEPEST = 60
"""Levels; far more than any step in a step needs, and less than Python can follow."""

_EXPECTED = "Input should be "
"""How most of pydantic's messages begin."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's scalars: ``no`` and ``on`` are words, and dates stay as written."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF")
)


@dataclass(frozen=True)
class Located:
    """A YAML document and where its parts stand."""

    file: Path
    data: Any
    lines: Mapping[Place, int]
    twice: tuple[Problem, ...] = ()
    """Keys that stand in one mapping twice; the last one counts."""

    def line(self, place: Place) -> int:
        """The line of a part, or of the nearest part around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, kind: Kind, message: str, fix: str) -> Problem:
        """A mistake at a part of the document."""
        return Problem(self.file, self.line(place), kind, message, fix)


def read_text(file: Path) -> str | Problem:
    """What the file holds, without a byte-order mark."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fix = "Save it as a text file in UTF-8."
        return Problem(file, 1, Kind.NOT_UTF8, f"can't be read: {error}", fix)
    except OSError as error:
        fix = "Make it a file that you may read."
        return Problem(file, 1, Kind.UNREADABLE_FILE, f"can't be read: {error.strerror}", fix)


def read(file: Path) -> Located | Problem:
    """The document, or what keeps it from being one."""
    text = read_text(file)
    if isinstance(text, Problem):
        return text
    lines: dict[Place, int] = {}
    twice: list[Problem] = []
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                _locate(file, node, (), lines, twice)
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except _TooDeep as error:
        return Problem(file, error.line, Kind.NESTED_TOO_DEEPLY, _TOO_DEEP, _FLATTER)
    except RecursionError:
        return Problem(file, 1, Kind.NESTED_TOO_DEEPLY, _TOO_DEEP, _FLATTER)
    except yaml.MarkedYAMLError as error:
        return Problem(file, *explain_yaml(error, text))
    except yaml.YAMLError as error:
        message = f"is not YAML: {error}"
        return Problem(file, 1, Kind.BROKEN_YAML, message, "Remove control characters.")
    return Located(file, data, lines, tuple(twice))


_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep, or holds itself"
_FLATTER = "Write it flatter; move inner steps into a procedure of their own."


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _locate(
    file: Path, node: yaml.Node, place: Place, lines: dict[Place, int], twice: list[Problem]
) -> None:
    if len(place) > _DEEPEST:
        raise _TooDeep(node.start_mark.line + 1)
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                text = f"the key {name!r} stands here twice"
                fix = "Remove or rename one of them."
                twice.append(Problem(file, line, Kind.DUPLICATE_KEY, text, fix))
            seen.add(name)
            lines[(*place, name)] = line
            _locate(file, value, (*place, name), lines, twice)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(file, item, (*place, index), lines, twice)


# -- the shape of what was read -------------------------------------------------------------------


def validate(
    model: type[Model], located: Located, place: Place, data: Any
) -> Model | list[Problem]:
    """The data as the model, or every mistake in it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        return [
            located.problem((*place, *inner), *_explain(model, inner, errors))
            for inner, errors in _mistakes(data, error.errors()).items()
        ]


def _mistakes(data: Any, errors: Iterable[Any]) -> Mapping[Place, list[Any]]:
    """The errors by their place in the data.

    For a union pydantic gives errors of each of its members. They become one mistake, or give way
    to the mistakes inside of it that the member nearest to the data has.
    """
    found: dict[Place, list[Any]] = {}
    for error in errors:
        found.setdefault(_in_data(data, error), []).append(error)
    around = {place[:size] for place in found for size in range(len(place))}
    return {place: errors for place, errors in found.items() if place not in around}


def _in_data(data: Any, error: Any) -> Place:
    """The error's place without the names of a union's members, which pydantic puts in."""
    place: list[str | int] = []
    last = len(error["loc"]) - 1
    for index, part in enumerate(error["loc"]):
        if _holds(data, part):
            data = data[part]
            place.append(part)
        elif index == last and error["type"] == "missing":
            place.append(part)
    return tuple(place)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _explain(model: type[BaseModel], place: Place, errors: list[Any]) -> tuple[Kind, str, str]:
    name = next((part for part in reversed(place) if isinstance(part, str)), "this")
    first = errors[0]
    match first["type"]:
        case "extra_forbidden":
            inner = _model_at(model, first["loc"]) or model
            keys = [field.alias or key for key, field in inner.model_fields.items()]
            near = get_close_matches(name, keys, 1)
            fix = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(keys)}."
            return Kind.UNKNOWN_KEY, f"{name!r} is not known here", fix
        case "missing":
            return Kind.MISSING_KEY, f"{name!r} is missing", f"Add a line `{name}: ...`."
        case "value_error":
            text = first["msg"].removeprefix("Value error, ")
            return (
                Kind.INVALID_VALUE,
                f"{name!r}: {text}",
                "See docs/desk.md for what may stand here.",
            )
        case _:
            told = dict.fromkeys(error["msg"].removeprefix(_EXPECTED) for error in errors)
            expected = _EXPECTED if first["msg"].startswith(_EXPECTED) else ""
            text = f"{name!r}: {expected}{' or '.join(told)}"
            return Kind.INVALID_VALUE, text, _instead(first)


def _instead(error: Any) -> str:
    match error["type"], error.get("input"):
        case ("string_type", bool() | int() | float() as value):
            return f'Put it in quotes: "{str(value).lower()}".'
        case ("string_type", dict()):
            return "Write a text; put it in quotes if it has a colon or begins with a brace."
        case ("literal_error", str(given)):
            known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            near = get_close_matches(given, known, 1)
            return f"Did you mean {near[0]!r}?" if near else f"Write one of {', '.join(known)}."
        case ("list_type" | "tuple_type", _):
            return "Write a list: each item on a line of its own, as `- ...`."
        case ("dict_type" | "model_type", _):
            return "Write a mapping: `key: value`, each on a line of its own."
        case _:
            return "See docs/desk.md for what may stand here."


def _model_at(kind: Any, loc: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that has, or should have, the field at the end of an error's place."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        members = [member for member in arguments if member is not type(None)]
        inner = loc[1:] if len(members) > 1 else loc
        named = [m for m in members if getattr(m, "__name__", None) == loc[0]] or members
        found = (_model_at(member, inner) for member in named)
        return next((model for model in found if model), None)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if len(loc) <= 1:
            return kind
        fields = kind.model_fields.items()
        annotations = (f.annotation for key, f in fields if loc[0] in (key, f.alias))
        return next((_model_at(annotation, loc[1:]) for annotation in annotations), None)
    return _model_at(arguments[-1 if origin is dict else 0], loc[1:]) if arguments else None
