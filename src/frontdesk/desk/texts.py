"""Texts for customers, as desk files write them: a template, or one for each language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from babel import Locale, UnknownLocaleError

from frontdesk.desk import format as f
from frontdesk.desk.located import Located, Place
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types.procedures import Text


def text_of(words: f.Words, language: str) -> Text:
    """The template by language; a bare one is in the desk's first language."""
    if isinstance(words, str):
        return {language: words} if words else {}
    return words


def text_problems(
    located: Located,
    place: Place,
    words: f.Words,
    languages: Sequence[str],
    *,
    needs_first: bool = True,
) -> Iterator[Problem]:
    """What keeps a text from being one; without ``languages`` these aren't checked.

    Args:
        located: the file.
        place: where the text stands.
        words: the text.
        languages: the desk's.
        needs_first: whether there must be a template in the first of them.
    """
    text = {"": words} if isinstance(words, str) else words
    if not text or any(not template.strip() for template in text.values()):
        fix = "Write a text, or leave it out."
        yield located.problem(place, Kind.EMPTY_TEXT, f"{_name(place)!r} is empty", fix)
    elif languages and not isinstance(words, str):
        known = f"Write {', '.join(languages)}, or add it to `languages` in desk.toml."
        for language in sorted(text.keys() - set(languages)):
            message = f"{language!r} is none of the desk's languages"
            yield located.problem((*place, language), Kind.OTHER_LANGUAGE, message, known)
        if needs_first and languages[0] not in text:
            message = f"{_name(place)!r} has no text in the desk's first language"
            fix = f"Add `{languages[0]}: ...`."
            yield located.problem(place, Kind.NO_FIRST_LANGUAGE, message, fix)
    if needs_first:
        has = {languages[0]} if isinstance(words, str) and languages else set(text)
        for language in languages[1:]:
            if language not in has:
                message = f"{_name(place)!r} has no text in {language!r}"
                fix = f"Write a text for each language, with `{language}: ...`."
                yield located.problem(place, Kind.MISSING_LANGUAGE, message, fix)


def _name(place: Place) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "text")


def language_problems(languages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the codes in ``languages``, and what to write instead."""
    for code in languages:
        near = _language(code)
        if near != code:
            fix = f'Write "{near}".' if near else 'Write a code like "en" or "pt".'
            yield f"there is no language {code!r}", fix


def _language(code: str) -> str | None:
    """The language's own code: two or three letters, without a country or a script."""
    bare = re.split(r"[-_]", code.strip().lower())[0]
    if not re.fullmatch(r"[a-z]{2,3}", bare):
        return None
    try:
        return Locale.parse(bare).language
    except (UnknownLocaleError, ValueError):
        return None
