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

from frontdesk.errors import Problem

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

    def line(self, place: Place) -> int:
        """The line of a part, or of the nearest part around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, message: str, fix: str = "") -> Problem:
        """A mistake at a part of the document."""
        return Problem(self.file, self.line(place), message, fix)


def read(file: Path) -> Located | Problem:
    """The document, or what keeps it from being one."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Problem(file, 1, f"can't be read: {error}", "Save it as a text file in UTF-8.")
    lines: dict[Place, int] = {}
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                _locate(node, (), lines)
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except _Mistake as error:
        return Problem(file, error.line, str(error), error.fix)
    except RecursionError:
        return Problem(file, 1, _TOO_DEEP, _FLATTER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else 1
        return Problem(file, line, f"is not YAML: {what}", "Check the indentation and the quotes.")
    except yaml.YAMLError as error:
        return Problem(file, 1, f"is not YAML: {error}", "Remove control characters.")
    return Located(file, data, lines)


_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep, or holds itself"
_FLATTER = "Write it flatter; move inner steps into a procedure of their own."


class _Mistake(Exception):
    def __init__(self, line: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line = line
        self.fix = fix


def _locate(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    if len(place) > _DEEPEST:
        raise _Mistake(node.start_mark.line + 1, _TOO_DEEP, _FLATTER)
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                message, fix = (
                    f"the key {name!r} stands here twice",
                    "Remove or rename one of them.",
                )
                raise _Mistake(key.start_mark.line + 1, message, fix)
            seen.add(name)
            lines[(*place, name)] = key.start_mark.line + 1
            _locate(value, (*place, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(item, (*place, index), lines)


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


def _explain(model: type[BaseModel], place: Place, errors: list[Any]) -> tuple[str, str]:
    name = next((part for part in reversed(place) if isinstance(part, str)), "this")
    first = errors[0]
    match first["type"]:
        case "extra_forbidden":
            inner = _model_at(model, first["loc"]) or model
            keys = [field.alias or key for key, field in inner.model_fields.items()]
            near = get_close_matches(name, keys, 1)
            fix = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(keys)}."
            return f"{name!r} is not known here", fix
        case "missing":
            return f"{name!r} is missing", f"Add a line `{name}: ...`."
        case _:
            told = dict.fromkeys(error["msg"].removeprefix(_EXPECTED) for error in errors)
            expected = _EXPECTED if first["msg"].startswith(_EXPECTED) else ""
            text = f"{name!r}: {expected}{' or '.join(told)}"
            return text, "See docs/desk.md for what may stand here."


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
