"""What the desk says by itself; ``[messages]`` in desk.toml replaces any of it."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from babel.lists import format_list

from frontdesk.languages.words import replies
from frontdesk.procedures.templates import pick, render
from frontdesk.types.desk import Desk
from frontdesk.types.events import Button
from frontdesk.types.procedures import Text
from frontdesk.types.values import Value

MESSAGES: Mapping[str, Text] = replies()


def message(desk: Desk, name: str, language: str, **values: Value) -> str:
    """A built-in reply in this language, in the desk's own words when it has some."""
    text = dict(MESSAGES[name]) | dict(desk.messages.get(name, {}))
    return render(pick(text, language), {"desk": desk.name} | values, language)


def languages_of(desk: Desk, language: str) -> str:
    """The desk's languages in the words of a language: "English and Spanish"."""
    return format_list([name_of(code, language) for code in desk.languages], locale=language)


def name_of(code: str, language: str) -> str:
    """A language's name in the words of a language."""
    return Locale.parse(code).get_display_name(language) or code


def yes_no(desk: Desk, language: str, yes: str, no: str) -> tuple[Button, Button]:
    """Two buttons."""
    return (
        Button(message(desk, "yes", language), yes),
        Button(message(desk, "no", language), no),
    )
