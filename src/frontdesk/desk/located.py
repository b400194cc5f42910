"""YAML with the line of every part, so that a mistake can be shown where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from frontdesk.errors import Problem

Place = tuple[str | int, ...]


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
        text = file.read_text(encoding="utf-8")
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
    except _Twice as error:
        return Problem(file, error.line, str(error), "Remove one of them, or rename it.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, (error.context, error.problem)))
        line = mark.line + 1 if mark else 1
        return Problem(file, line, f"is not YAML: {what}", "Check the indentation and the quotes.")
    except yaml.YAMLError as error:
        return Problem(file, 1, f"is not YAML: {error}", "Remove control characters.")
    return Located(file, data, lines)


class _Twice(Exception):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"the key {key!r} stands here twice")
        self.line = line


def _locate(node: yaml.Node, place: Place, lines: dict[Place, int]) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise _Twice(name, key.start_mark.line + 1)
            seen.add(name)
            lines[(*place, name)] = key.start_mark.line + 1
            _locate(value, (*place, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _locate(item, (*place, index), lines)


Model = TypeVar("Model", bound=BaseModel)


def validate(
    model: type[Model], located: Located, place: Place, data: Any
) -> Model | list[Problem]:
    """The data as the model, or every mistake in it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        return [
            located.problem((*place, *_plain(one["loc"])), *_explain(model, one))
            for one in error.errors()
        ]


def _plain(loc: tuple[str | int, ...]) -> Place:
    """A place without the names of a union's members, which pydantic puts in."""
    return tuple(part for part in loc if isinstance(part, int) or not re.search(r"[\[(-]", part))


def _explain(model: type[BaseModel], error: Any) -> tuple[str, str]:
    name = str(error["loc"][-1]) if error["loc"] else "this"
    keys = [field.alias or key for key, field in model.model_fields.items()]
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(name, keys, 1)
            fix = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(keys)}."
            return f"{name!r} is not known here", fix
        case "missing":
            return f"{name!r} is missing", f"Add a line `{name}: ...`."
        case _:
            return f"{name!r}: {error['msg']}", "See docs/desk.md for what may stand here."
