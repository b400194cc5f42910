"""Which of the customer's records do these words mean, where several may be meant.

The text is cut at "and", commas, "except" and the like. Each part is matched as the words for one
record are; a part that fits several records alike counts only when it says so ("both", "all",
"three"), since nothing here guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontdesk.procedures import records as matching
from frontdesk.procedures.mentions import Context
from frontdesk.procedures.records import Absent, Found, Record
from frontdesk.types.procedures import Choose

_AND = {
    "en": r"as well as|and also|and|plus",
    "es": r"así como|y|e|más",
    "de": r"sowie|und",
    "zh": r"和|跟|还有|以及",
}
_BUT = {
    "en": r"except(?: for)?|apart from|leaving out|but not|not(?= (?:the|my|that|those)(?!\w))|but",
    "es": r"excepto|menos|salvo|pero no",
    "de": r"außer|bis auf|aber nicht|ohne",
    "zh": r"除了|不要|但不",
}
_ALL = {
    "en": r"everything|both|all|every|each",
    "es": r"tod[oa]s?|amb[oa]s",
    "de": r"alles?|beide[rsn]?|sämtliche",
    "zh": r"全部|所有|都|两个",
}
_WHOLE_LIST = re.compile(
    r"(?<!\w)(?:everything|both (?:of (?:them|these|those)|items|things|pieces)"
    r"|(?:all|each) of (?:them|these|those|it)|all (?:the |my )?(?:items|things)"
    r"|the (?:whole|entire|complete) (?:order|lot|parcel|thing))(?!\w)",
    re.IGNORECASE,
)
"""All, said so that it is meant of a list that the customer has not seen yet."""
_BOTH = re.compile(r"(?<!\w)(?:both|amb[oa]s|beide[rsn]?)(?!\w)|两个", re.IGNORECASE)
_NUMBERS = ("", "", "two", "three", "four", "five", "six")
_FIRST = re.compile(
    r"(?<!\w)(first|top|last)\s+(two|three|four|five|six|[2-6])(?!\w)", re.IGNORECASE
)


@dataclass(frozen=True)
class Several:
    """Records in the order listed, and the words that name them."""

    records: tuple[Record, ...]
    words: str
    rest: str
    """What the text says beside naming them."""


@dataclass(frozen=True)
class _Part:
    """A piece of the text between two joints."""

    text: str
    start: int
    excepts: bool
    """What it names is left out."""


@dataclass(frozen=True)
class _Named:
    """What a part names, by place in the list, and where it does so within the text."""

    places: frozenset[int]
    spans: tuple[tuple[int, int], ...] = ()
    unclear: bool = False
    """It fits several alike, and doesn't say that it means them all."""


def match(
    node: Choose, records: Sequence[Record], text: str, context: Context, *, listed: bool
) -> Found | Several | Absent | None:
    """The records that the text names: one, or several where the step takes several.

    Args:
        node: the step.
        records: what the customer may choose from, in the order shown.
        text: the customer's words.
        context: for dates among the words, and the language.
        listed: whether the list was shown, so that positions mean something.
    """
    if not node.many:
        return matching.match(node, records, text, context, listed=listed)
    kept: set[int] = set()
    left_out: set[int] = set()
    spans: list[tuple[int, int]] = []
    absent: Absent | None = None
    for part in _parts(text, context.language):
        named = _named(node, records, part, context, listed=listed)
        if isinstance(named, Absent):
            absent = absent or named
            continue
        if named.unclear:
            return None
        (left_out if part.excepts else kept).update(named.places)
        spans += named.spans
    chosen = sorted(kept - left_out)
    if absent or not chosen:
        return absent
    start, end = min(s for s, _ in spans), max(e for _, e in spans)
    rest = _without(text, spans, context.language)
    return Several(tuple(records[place] for place in chosen), text[start:end], rest)


def _parts(text: str, language: str) -> Iterator[_Part]:
    """Cut at the joints; what "except" leaves out goes on over "and", until a "but".

    A mere "but" leaves out only behind "all": "everything but the mug".
    """
    but = _word(_BUT.get(language, _BUT["en"]), language)
    every = _word(_ALL.get(language, _ALL["en"]), language)
    joint = rf"\s*(?:(?P<but>{but})|{_joint(language)})"
    start, excepts = 0, False
    for found in re.finditer(joint, text, re.IGNORECASE):
        yield _Part(text[start : found.start()], start, excepts)
        if (found["but"] or "").casefold() == "but":
            said = text[start : found.start()]
            excepts = not excepts and bool(re.search(every, said, re.IGNORECASE))
        elif found["but"]:
            excepts = True
        start = found.end()
    yield _Part(text[start:], start, excepts)


def _joint(language: str) -> str:
    return rf"[,;&+/、，；]|{_word(_AND.get(language, _AND['en']), language)}"


def _word(pattern: str, language: str) -> str:
    return f"(?:{pattern})" if language == "zh" else rf"(?<!\w)(?:{pattern})(?!\w)"


def _named(
    node: Choose, records: Sequence[Record], part: _Part, context: Context, *, listed: bool
) -> _Named | Absent:
    by_key = matching.by_key(node, records, part.text)
    if isinstance(by_key, Absent):
        return by_key
    found = [by_key] if by_key else matching.by_attributes(node, records, part.text, context)
    if not found:
        return _in_list(records, part, context, listed=listed)
    if any(matching.is_excepted(part.text[: one.start]) for one in found):
        return _Named(frozenset())
    spans = tuple((part.start + one.start, part.start + one.end) for one in found)
    quantity = _quantity(part.text, len(found), context.language)
    if len(found) > 1 and quantity is None:
        return _Named(frozenset(), unclear=True)
    spans += ((part.start + quantity[0], part.start + quantity[1]),) if quantity else ()
    return _Named(frozenset(index_of(records, one.record) for one in found), spans)


def index_of(records: Sequence[Record], record: Record) -> int:
    """The record's place; two that look alike are two."""
    return next(place for place, other in enumerate(records) if other is record)


def _quantity(text: str, count: int, language: str) -> tuple[int, int] | None:
    """Where the part says that it means as many records as it fits."""
    for run in re.finditer(_word(_ALL.get(language, _ALL["en"]), language), text, re.IGNORECASE):
        if count == 2 or not _BOTH.fullmatch(run[0]):
            return run.span()
    number = _NUMBERS[count] if count < len(_NUMBERS) else ""
    named = re.search(rf"(?<!\w){number}(?!\w)", text, re.IGNORECASE) if number else None
    return named.span() if named else None


def _in_list(records: Sequence[Record], part: _Part, context: Context, *, listed: bool) -> _Named:
    """Records that are named by nothing of their own: all, the first two, the third."""
    everything = frozenset(range(len(records)))
    whole = _WHOLE_LIST.search(part.text)
    if whole and (len(records) == 2 or not _BOTH.search(whole[0])):
        return _Named(everything, (_moved(whole.span(), part),))
    if not listed:
        return _Named(frozenset())
    if run := _FIRST.search(part.text):
        count = int(run[2]) if run[2].isdigit() else _NUMBERS.index(run[2].casefold())
        places = range(len(records))
        chosen = places[-count:] if run[1].casefold() == "last" else places[:count]
        return _Named(frozenset(chosen), (_moved(run.span(), part),))
    if quantity := _quantity(part.text, len(records), context.language):
        return _Named(everything, (_moved(quantity, part),))
    one = matching.by_position(records, part.text, context.language)
    if one is None or matching.is_excepted(part.text[: one.start]):
        return _Named(frozenset())
    place = index_of(records, one.record)
    return _Named(frozenset({place}), (_moved((one.start, one.end), part),))


def _moved(span: tuple[int, int], part: _Part) -> tuple[int, int]:
    return part.start + span[0], part.start + span[1]


def _without(text: str, spans: Sequence[tuple[int, int]], language: str) -> str:
    """The text without the words that name something, and without the joints."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    but = _word(_BUT.get(language, _BUT["en"]), language)
    them = _word(r"of|them|these|those|ones?", language)
    return re.sub(rf"{but}|{_joint(language)}|{them}", " ", text, flags=re.IGNORECASE)
