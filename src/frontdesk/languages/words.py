"""The words of each language that code understands and says: ``words/CODE.toml``.

What is a yes or a greeting in any language is one in every conversation; what two languages would
read differently (a month, "the second one") is asked for one language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def codes() -> tuple[str, ...]:
    """The languages of which frontdesk knows words, English first."""
    folder = resources.files("frontdesk.languages") / "words"
    names = sorted(file.name.removesuffix(".toml") for file in folder.iterdir())
    return ("en", *(name for name in names if name != "en"))


@cache
def _file(code: str) -> Mapping[str, Any]:
    if code not in codes():
        return {}
    file = resources.files("frontdesk.languages") / "words" / f"{code}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def patterns(kind: str, *languages: str) -> tuple[str, ...]:
    """The regular expressions of a list in these languages; in all when none is named.

    A dotted kind is in a table of the file: ``dates.relative``.
    """
    found: list[str] = []
    for code in languages or codes():
        value: Any = _file(code)
        for part in kind.split("."):
            value = value.get(part, {})
        found += [value] if isinstance(value, str) else list(value)
    return tuple(dict.fromkeys(pattern.replace(" ", r"\s+") for pattern in found))


def alternatives(kind: str, *languages: str) -> str:
    """The same as one regular expression; one that matches nothing when the list is empty."""
    return either(patterns(kind, *languages))


def either(choices: Iterable[str]) -> str:
    """A regular expression for any of them."""
    return "|".join(choices) or r"(?!)"


@cache
def substitutions(kind: str, language: str) -> Mapping[str, str]:
    """What to write instead of each regular expression of a table, in its order."""
    value: Any = _file(language)
    for part in kind.split("."):
        value = value.get(part, {})
    return {pattern.replace(" ", r"\s+"): words for pattern, words in value.items()}


@cache
def fillers() -> frozenset[str]:
    """Words of all languages that carry nothing beside a value."""
    return frozenset(word for code in codes() for word in _file(code).get("fillers", "").split())


@cache
def replies() -> Mapping[str, Mapping[str, str]]:
    """What the desk says by itself: name, then language. English has them all."""
    written = {code: _file(code).get("replies", {}) for code in codes()}
    return {
        name: {code: texts[name] for code, texts in written.items() if name in texts}
        for name in written["en"]
    }
