"""What ``frontdesk init`` needs to know, and what is assumed of what wasn't said."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfoNotFoundError

import tzlocal
from babel.core import get_global
from babel.numbers import get_territory_currencies

from frontdesk.errors import SettingError
from frontdesk.models import catalogue

_SHARE = 0.5
"""Of the machine's memory, for models; the rest is the system's and the business's own."""


@dataclass(frozen=True)
class Answers:
    """Who the desk is."""

    id: str
    name: str
    languages: tuple[str, ...]
    timezone: str
    currency: str
    model: str


def identifier(name: str) -> str:
    """The desk's id: the name in small letters, digits and hyphens.

    Raises:
        SettingError: the name is a path, or has none of these.
    """
    if "/" in name or name in (".", ".."):
        raise SettingError(f"{name!r} is a path; write a name, and the path behind --folder")
    found = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not found:
        fix = 'write NAME with letters a to z or digits, and the company behind --name "..."'
        raise SettingError(f"no id can be made of {name!r}; {fix}")
    return found


def company(name: str) -> str:
    """A company's name for what may be one already, or an id."""
    return name.replace("-", " ").title() if name == identifier(name) else name.strip()


def timezone_here() -> str:
    """The machine's time zone; UTC when it isn't known."""
    try:
        return tzlocal.get_localzone_name() or "UTC"
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return "UTC"


def currency_of(timezone: str) -> str:
    """What is paid with where the time zone is; EUR when that is no country."""
    country = get_global("zone_territories").get(timezone, "")
    return next(iter(get_territory_currencies(country)), "EUR") if len(country) == 2 else "EUR"


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def fitting_model(memory: int) -> str:
    """The recommended model, or the largest smaller one that fits beside its embeddings."""
    language = [entry for entry in catalogue.entries() if entry.kind == "language"]
    recommended = language[0]
    room = memory * _SHARE - catalogue.embedder().resident_bytes
    smaller = [one for one in language if one.mirrors and one.size <= recommended.size]
    fitting = [one for one in smaller if one.resident_bytes <= room]
    smallest = min(smaller, key=lambda one: one.resident_bytes)
    best = (
        recommended
        if recommended in fitting
        else max(fitting, key=lambda one: one.size, default=smallest)
    )
    return best.alias
