"""Which of the customer's records do these words mean: by key, by attribute, by position.

Where several may be meant, ``procedures.several`` reads them part by part.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from frontdesk.languages.scripts import (
    NOT_BEFORE_WORD,
    NOT_BEHIND_WORD,
    unaccented,
    whole_word,
)
from frontdesk.languages.words import alternatives, either, patterns
from frontdesk.procedures.mentions import Context, Mention, find, is_filler
from frontdesk.procedures.templates import show
from frontdesk.types.procedures import Choose, Slot
from frontdesk.types.values import Filled, OnRecord, Value

Record = Mapping[str, Value]

_EXCEPT = re.compile(rf"(?:{alternatives('excepting')})$", re.IGNORECASE)
"""A negation right before the words: "not the one in Porto"."""
_NO_POSITION = re.compile(either(map(whole_word, patterns("no_position"))), re.IGNORECASE)
"""Words like "second" in another sense than a place in the list."""
_NUMBERED = re.compile(
    rf"\W*(?:(?:{alternatives('numbered')})\s*)?#?(\d{{1,2}})[个号项]?\W*", re.IGNORECASE
)
_SHORTEST_NUMBER = 4
"""Digits of a number alone that may be somebody's key; "for 2 people" names none."""


@dataclass(frozen=True)
class Found:
    """One record, and the words that name it."""

    record: Record
    words: str
    start: int
    end: int

    @property
    def records(self) -> tuple[Record, ...]:
        """What is chosen: this one."""
        return (self.record,)


@dataclass(frozen=True)
class Absent:
    """The words have the shape of a key, but no record of this customer has it."""

    words: str


def match(
    node: Choose, records: Sequence[Record], text: str, context: Context, *, listed: bool
) -> Found | Absent | None:
    """The one record that the text names, if it names one.

    Args:
        node: the step; its ``key`` and ``match`` say which fields are compared.
        records: what the customer may choose from, in the order shown.
        text: the customer's words.
        context: for dates among the words.
        listed: whether the list was shown, so that "the second one" means something.
    """
    found = by_key(node, records, text) or _by_attribute(node, records, text, context)
    if found is None and listed:
        found = by_position(records, text, context.language)
    return None if isinstance(found, Found) and is_excepted(text[: found.start]) else found


def is_excepted(before: str) -> bool:
    """Whether what stands before some words takes them out: "not the one in", "anything but"."""
    return bool(_EXCEPT.search(before))


def covers(found: Found, text: str) -> bool:
    """Whether the text says nothing beside naming the record."""
    rest = f"{text[: found.start]} {text[found.end :]}"
    return is_filler(rest)


def picked(node: Choose, records: Sequence[Record]) -> Filled:
    """The records as the choice's value: a list where several may be chosen."""
    keys = ", ".join(str(record[node.key]) for record in records)
    rows: list[Value] = [dict(record) for record in records]
    return Filled(rows if node.many else rows[0], OnRecord(node.source, keys))


def by_key(node: Choose, records: Sequence[Record], text: str) -> Found | Absent | None:
    """The record whose key the text has, or a key of that shape that no record has."""
    keys = {_bare(str(record[node.key])): record for record in records}
    named: dict[str, Found | Absent] = {}
    for shape in {_shape(str(record[node.key])) for record in records}:
        for run in re.finditer(shape, text, re.IGNORECASE):
            key = _bare(run[0])
            if record := keys.get(key):
                named[key] = Found(record, run[0], *run.span())
            elif not key.isdigit() or len(key) >= _SHORTEST_NUMBER:
                named[key] = Absent(run[0])
    found = [item for item in named.values() if isinstance(item, Found)]
    if len(found) == 1:
        return found[0]
    return next(iter(named.values())) if len(named) == 1 else None


def _bare(key: str) -> str:
    return re.sub(r"[\W_]+", "", key).casefold()


def _shape(key: str) -> str:
    """A pattern for keys like this one: the same letters, any digits, separators optional."""
    runs = re.findall(r"[^\W\d_]+|\d+", key)
    parts = (r"\d+" if run.isdigit() else re.escape(run) for run in runs)
    own = re.escape("".join(sorted(set(re.findall(r"[^\w\s-]", key)))))
    return NOT_BEHIND_WORD + rf"[-–‑\s_{own}]?".join(parts) + NOT_BEFORE_WORD


def _by_attribute(
    node: Choose, records: Sequence[Record], text: str, context: Context
) -> Found | None:
    """The record with the most attributes named in the text, when no other has as many."""
    named = by_attributes(node, records, text, context)
    return named[0] if len(named) == 1 else None


def by_attributes(
    node: Choose, records: Sequence[Record], text: str, context: Context
) -> list[Found]:
    """The records of which the text names the most attributes.

    Of those that agree in which ones, the most letters count: "the linen shirt" names the linen
    shirt, although an oxford shirt is a shirt too.
    """
    dates = find(Slot("date", "date"), text, context)
    hits = [
        {
            field: hit
            for field in node.match
            if (hit := _names(row.get(field), text, dates, context))
        }
        for row in records
    ]
    most = max((len(found) for found in hits), default=0)
    best = [place for place, found in enumerate(hits) if found and len(found) == most]
    if len({tuple(hits[place]) for place in best}) == 1:
        letters = {place: sum(len(m.words) for m in hits[place].values()) for place in best}
        best = [place for place in best if letters[place] == max(letters.values())]
    return [_spanning(records[place], hits[place].values(), text) for place in best]


def _spanning(record: Record, hits: Collection[Mention], text: str) -> Found:
    start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
    return Found(record, text[start:end], start, end)


def _names(value: Value, text: str, dates: list[Mention], context: Context) -> Mention | None:
    """Where the text names the value, or one of several names in a list."""
    if isinstance(value, list):
        hits = (_names(name, text, dates, context) for name in value)
        return max(filter(None, hits), key=lambda hit: hit.end - hit.start, default=None)
    if isinstance(value, date):
        return next((mention for mention in dates if mention.value == value), None)
    name = show(value, context.language) if not isinstance(value, str) else value
    if not name:
        return None
    name, text = unaccented(name), unaccented(text)
    # Not behind an apostrophe: the size M is not in "I'm".
    whole = re.search(rf"(?<!['’]){whole_word(re.escape(name))}", text, re.IGNORECASE)
    if whole:
        return Mention(whole[0], *whole.span(), value)
    for word in re.finditer(r"[^\W\d_]{4,}", text):
        for part in re.findall(r"[^\W\d_]{4,}", name):
            if fuzz.ratio(word[0].casefold(), part.casefold()) >= 88:
                return Mention(word[0], *word.span(), value)
    return None


def by_position(records: Sequence[Record], text: str, language: str) -> Found | None:
    """The record at the one place of the list that the text names."""
    known = patterns("positions", language) or patterns("positions", "en")
    last = alternatives("last", language) if patterns("last", language) else alternatives("last")
    found: dict[int, Found] = {}
    plain = _NO_POSITION.sub(lambda run: " " * len(run[0]), text)
    for place, pattern in [*enumerate(known), (len(records) - 1, last)]:
        run = re.search(either(map(whole_word, pattern.split("|"))), plain, re.IGNORECASE)
        if run and place < len(records):
            found[place] = Found(records[place], run[0], *run.span())
    number = _NUMBERED.fullmatch(text)
    if number and 0 < int(number[1]) <= len(records):
        place = int(number[1]) - 1
        found[place] = Found(records[place], number[1], *number.span(1))
    return next(iter(found.values())) if len(found) == 1 else None
