"""Named queries from a file of SQL: ``-- name --`` opens one, comments describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files


def read(name: str) -> str:
    """A file of SQL that lies beside this module."""
    return files("frontdesk.store").joinpath("sql", name).read_text(encoding="utf-8")


def named(name: str) -> Mapping[str, str]:
    """The queries of a file by their names."""
    parts = re.split(r"^-- (\w+) --$", read(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (query.strip() for query in parts[2::2]), strict=True))
