"""Named queries from files of SQL: ``-- name --`` opens one, comments describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files


def read(name: str) -> str:
    """A file of SQL that lies beside this module."""
    return files("frontdesk.store").joinpath("sql", name).read_text(encoding="utf-8")


def named(*names: str) -> Mapping[str, str]:
    """The queries of the files by their names."""
    found: dict[str, str] = {}
    for name in names:
        parts = re.split(r"^-- (\w+) --$", read(name), flags=re.MULTILINE)
        found |= dict(zip(parts[1::2], (query.strip() for query in parts[2::2]), strict=True))
    return found


def statements(script: str) -> list[str]:
    """The statements of a script, each of which ends with a semicolon at the end of a line.

    One whose body holds semicolons stands between two lines of ``--;``.
    """
    whole = script.split("\n--;\n")
    found: list[str] = []
    for number, part in enumerate(whole):
        found += [part] if number % 2 else re.split(r";[ \t]*(?:\n|$)", part)
    bare = [re.sub(r"^--.*$", "", one, flags=re.MULTILINE).strip() for one in found]
    return [one for one, body in zip(found, bare, strict=True) if body]
