"""What is wrong with a procedure's slots, examples and head."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import phonenumbers

from frontdesk.desk.checking import Checking, unknown
from frontdesk.desk.located import Place
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types import procedures as p

_FEW = 10
"""Examples; with fewer the classifiers say little."""
_ONLY_FOR = {
    "options": ("choice",),
    "pattern": ("reference",),
    "region": ("phone",),
    "max": ("text",),
}
_LONGEST_PROBE = 26
_PATIENCE_S = 0.05
"""Far more than a harmless pattern needs for so short a text."""


def slot_problems(c: Checking) -> Iterator[Problem]:
    """Every mistake in the slots, the examples and the head."""
    asked = {node.slot for node in c.procedure.nodes.values() if isinstance(node, p.Collect)}
    for slot in c.procedure.slots.values():
        place: Place = ("slots", slot.name)
        if slot.type == "choice":
            yield from _options(c, slot, place)
        if slot.type == "reference":
            yield from _pattern(c, slot, place)
        if slot.name in asked and not slot.ask and not slot.optional:
            fix = "Add `ask: ...?`, or `optional: true`."
            text = f"the slot {slot.name!r} has no question"
            yield c.at_place(place, Kind.NO_QUESTION, text, fix)
        if slot.region is not None and slot.region not in phonenumbers.SUPPORTED_REGIONS:
            fix = "Write the ISO code of a country, like PT."
            text = f"there is no region {slot.region!r}"
            yield c.at_place((*place, "region"), Kind.UNKNOWN_REGION, text, fix)
        yield from _without_effect(c, slot, place)
    yield from _examples(c)
    yield from _head(c)


def _options(c: Checking, slot: p.Slot, place: Place) -> Iterator[Problem]:
    if not slot.options:
        text = f"the choice {slot.name!r} has no options"
        yield c.at_place(place, Kind.NO_OPTIONS, text, "Add `options:`.")
    means: dict[str, str] = {}
    for option in slot.options:
        words = (option.name, *option.title.values(), *option.synonyms)
        for word in dict.fromkeys(map(str.casefold, words)):
            other = means.setdefault(word, option.name)
            if other != option.name:
                here = (*place, "options", option.name)
                text = f"{word!r} means {other!r} already"
                fix = "Let each word name one option."
                yield c.at_place(here, Kind.DUPLICATE_SYNONYM, text, fix)


def _pattern(c: Checking, slot: p.Slot, place: Place) -> Iterator[Problem]:
    if not slot.pattern:
        fix = 'Add a line like `pattern: "HB-\\\\d{4}"`.'
        text = f"the reference {slot.name!r} has no pattern"
        yield c.at_place(place, Kind.NO_PATTERN, text, fix)
        return
    here = (*place, "pattern")
    try:
        compiled = re.compile(slot.pattern)
    except re.error as error:
        text, fix = f"is not a regular expression: {error}", "Write a regular expression."
        yield c.at_place(here, Kind.BROKEN_PATTERN, text, fix)
        return
    if compiled.fullmatch(""):
        text = f"{slot.pattern!r} matches an empty text"
        fix = "Write + instead of *, or {4} for four, so that something must be there."
        yield c.at_place(here, Kind.EMPTY_PATTERN, text, fix)
    elif _is_slow(compiled):
        text = f"{slot.pattern!r} can take for ever on a long message"
        fix = "Don't repeat a part that repeats already: write \\d+, not (\\d+)+."
        yield c.at_place(here, Kind.SLOW_PATTERN, text, fix)


def _is_slow(pattern: re.Pattern[str]) -> bool:
    """Whether the time grows so fast with the text that a message could stop the desk.

    Measured on texts that begin as the pattern does, grow a sign at a time and don't match in the
    end; where the time doubles with each sign, it is noticed long before it matters.
    """
    begin = re.match(r"(?:[\w -](?![+*?{]))*", pattern.pattern)
    for sign in "0Aa -":
        for length in range(12, _LONGEST_PROBE):
            text = (begin[0] if begin else "") + sign * length + "\x00"
            started = time.process_time()
            pattern.fullmatch(text)
            if time.process_time() - started > _PATIENCE_S:
                return True
    return False


def _without_effect(c: Checking, slot: p.Slot, place: Place) -> Iterator[Problem]:
    """Settings that slots of this type don't have."""
    written = c.compiled.located.data["slots"][slot.name]
    for key, types in _ONLY_FOR.items():
        if key in written and slot.type not in types:
            text = f"{key!r} does nothing for a slot of type {slot.type}"
            fix = f"Remove it, or write `type: {types[0]}`."
            yield c.at_place((*place, key), Kind.WITHOUT_EFFECT, text, fix)
    if slot.invalid is not None and slot.valid is None:
        text = "'invalid' does nothing without 'valid'"
        fix = "Add `valid:`, an expression that must hold."
        yield c.at_place((*place, "invalid"), Kind.WITHOUT_EFFECT, text, fix)


def _examples(c: Checking) -> Iterator[Problem]:
    slots = c.procedure.slots
    for index, example in enumerate(c.procedure.examples):
        place = c.compiled.example_place(index)
        for name, words in example.values.items():
            if name in c.compiled.lost:
                continue
            if name not in slots:
                yield c.at_place(place, Kind.UNKNOWN_SLOT, *unknown("slot", name, slots))
            elif not _gives(slots[name], words, example.text):
                text = f"the example does not say {words!r}"
                fix = "Copy the words from `say`."
                yield c.at_place(place, Kind.WORDS_NOT_IN_EXAMPLE, text, fix)


def _gives(slot: p.Slot, words: str, text: str) -> bool:
    """Whether the example says the words, or they name an option."""
    return words in text or words in {option.name for option in slot.options}


def _head(c: Checking) -> Iterator[Problem]:
    procedure, data = c.procedure, c.compiled.located.data
    if procedure.internal:
        if procedure.examples:
            text = "nobody says the examples of an internal procedure"
            fix = "Remove `examples`, or `internal: true`."
            yield c.at_place(("examples",), Kind.WITHOUT_EFFECT, text, fix)
        return
    for key in ("title", "description"):
        if not data.get(key):
            text, fix = f"{key!r} is missing", f"Add a line `{key}: ...`."
            yield c.at_place((), Kind.MISSING_KEY, text, fix)
    if len(procedure.examples) < _FEW:
        text = f"the procedure has {len(procedure.examples)} examples"
        fix = "Write 30 to 80 of how customers say it."
        yield c.at_place(("examples",), Kind.FEW_EXAMPLES, text, fix)
