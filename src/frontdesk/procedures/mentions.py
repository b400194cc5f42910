"""Typed values in the customer's words: found by code, with kept libraries, at their place.

A :class:`Mention` is a run of characters of the message and the value that it means. Nothing here
guesses: what a library can't read is not a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from rapidfuzz import fuzz

from frontdesk.languages.scripts import (
    NOT_BEFORE_WORD,
    NOT_BEHIND_WORD,
    spaced,
    whole_word,
)
from frontdesk.procedures.amounts import integers, money, numbers
from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.dates import dates, datetimes, times
from frontdesk.procedures.words import LETTERS, Context, Finder, Mention, is_filler
from frontdesk.types.procedures import Option, Slot

__all__ = ["Context", "Mention", "find", "is_filler", "option_names", "whole"]


def find(slot: Slot, text: str, context: Context) -> list[Mention]:
    """All values of the slot's type in the message, in their order."""
    return sorted(_FINDERS[slot.type](slot, text, context), key=lambda m: m.start)


def whole(slot: Slot, text: str, context: Context) -> Mention | None:
    """The value, when the whole message is one, give or take words like "it's" and "please"."""
    found = find(slot, text, context)
    if len(found) != 1:
        return None
    (mention,) = found
    rest = f"{text[: mention.start]} {text[mention.end :]}"
    return mention if is_filler(rest, slot) else None


# -- addresses, references, choices -----------------------------------------------------------

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")


def _emails(_slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in _EMAIL.finditer(spaced(text)):
        words = match[0].rstrip(".'-")
        try:
            value = validate_email(words, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            continue
        yield Mention(words, match.start(), match.start() + len(words), value.normalized)


def _phones(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in phonenumbers.PhoneNumberMatcher(spaced(text), slot.region):
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Mention(match.raw_string, match.start, match.end, value)


_SEPARATOR = r"[-–‑\s_]?"
_TOKEN = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\?-|\\.|.", re.DOTALL)
"""What a pattern is made of, as far as hyphens go: a set of characters, a hyphen, the rest."""


@lru_cache(maxsize=64)
def reference_pattern(pattern: str) -> re.Pattern[str]:
    """The slot's pattern with its hyphens optional, each in a group: "hb 1042" is HB-1042."""
    parts: list[str] = []
    for token in _TOKEN.findall(pattern):
        hyphen = token in ("-", "\\-")
        parts.append(f"(?P<hyphen{len(parts)}>{_SEPARATOR})" if hyphen else token)
    try:
        relaxed = "".join(parts) if not re.search(r"\\[1-9]", pattern) else pattern
        return re.compile(rf"{NOT_BEHIND_WORD}(?:{relaxed}){NOT_BEFORE_WORD}", re.IGNORECASE)
    except re.error:  # flags within the pattern
        return re.compile(pattern, re.IGNORECASE)


def _references(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    pattern = slot.pattern or r"\S+"
    for match in reference_pattern(pattern).finditer(text):
        if match[0]:
            as_written = re.fullmatch(pattern, match[0], re.IGNORECASE)
            value = match[0] if as_written else _hyphenated(match)
            yield Mention(match[0], *match.span(), value.upper())


def _hyphenated(match: re.Match[str]) -> str:
    """The words with a hyphen wherever the pattern has one."""
    value, start = match[0], match.start()
    spans = [match.span(name) for name in match.groupdict() if name.startswith("hyphen")]
    for first, last in sorted(spans, reverse=True):
        if first >= 0:
            value = f"{value[: first - start]}-{value[last - start :]}"
    return value


def _choices(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    """Options by name, title or synonym; a longer word may have a letter wrong."""
    taken: list[Mention] = []
    names = [(name, option) for option in slot.options for name in option_names(option)]
    for name, option in sorted(names, key=lambda pair: len(pair[0]), reverse=True):
        for match in re.finditer(whole_word(re.escape(name)), text, re.IGNORECASE):
            mention = Mention(match[0], *match.span(), option.name)
            if not any(mention.overlaps(other) for other in taken):
                taken.append(mention)
    if not taken:
        for word in LETTERS.finditer(text):
            for name, option in names:
                if len(name) >= 5 and fuzz.ratio(word[0].casefold(), name.casefold()) >= 87:
                    taken.append(Mention(word[0], *word.span(), option.name))
                    break
    seen: set[Any] = set()
    for mention in taken:
        if mention.value not in seen:
            seen.add(mention.value)
            yield mention


def option_names(option: Option) -> tuple[str, ...]:
    """Everything that names the option."""
    titles = dict.fromkeys(option.title.values())
    return (option.name, option.name.replace("_", " "), *titles, *option.synonyms)


def _booleans(_slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    answer = answer_of(text)
    if answer in ("yes", "no"):
        yield Mention(text, 0, len(text), answer == "yes")


def _texts(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if 0 < end - start <= slot.max:
        yield Mention(text[start:end], start, end, text[start:end])


_FINDERS: Mapping[str, Finder] = {
    "text": _texts,
    "date": dates,
    "time": times,
    "datetime": datetimes,
    "number": numbers,
    "integer": integers,
    "money": money,
    "email": _emails,
    "phone": _phones,
    "reference": _references,
    "choice": _choices,
    "boolean": _booleans,
}
