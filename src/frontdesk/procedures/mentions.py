"""Typed values in the customer's words: found by code, with kept libraries, at their place.

A :class:`Mention` is a run of characters of the message and the value that it means. Nothing here
guesses: what a library can't read is not a mention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

import dateparser
import phonenumbers
from babel import Locale
from babel.numbers import NumberFormatError, parse_decimal
from email_validator import EmailNotValidError, validate_email
from moneyed import Money
from price_parser import Price
from rapidfuzz import fuzz
from text_to_num import text2num

from frontdesk.procedures.answers import answer_of
from frontdesk.types.procedures import Option, Slot
from frontdesk.types.values import Value


@dataclass(frozen=True)
class Context:
    """What the meaning of words depends on."""

    now: datetime
    """By the desk's clock, in the desk's time zone."""
    language: str
    currency: str
    near: Value = None
    """The value that a correction replaces: "the 14th" stays in its month."""
    since: Value = None
    """A date said before: "the 14th" is the first one on or after it."""


@dataclass(frozen=True)
class Mention:
    """A run of the message and the value that it means."""

    words: str
    start: int
    end: int
    value: Value

    def overlaps(self, other: Mention) -> bool:
        """Whether both share a character."""
        return self.start < other.end and other.start < self.end


Finder = Callable[[Slot, str, Context], Iterator[Mention]]


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


_FILLER = frozenset(
    """a an the is it its it's was on at in of to from for by my our your new old please thanks
    thank you i i'm i'd i'll am me we us let's number no. nr email e-mail mail address phone
    mobile code reference booking reservation date day arrival arriving departure leaving time
    amount would like want be and will that this one okay ok yes sure here think prefer make
    take use say says hi hello well then just so about night nights people guests""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W_][\w'’.-]*", re.UNICODE)


def is_filler(text: str, slot: Slot | None = None) -> bool:
    """Whether the words carry nothing that a value beside them would miss."""
    own = set(_WORD.findall(slot.name.replace("_", " ").casefold())) if slot else set()
    words = (word.replace("’", "'").strip(".'-") for word in _WORD.findall(text.casefold()))
    return "?" not in text and all(word in _FILLER or word in own for word in words if word)


# -- dates and times --------------------------------------------------------------------------

_NUMERIC_DATE = (
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})"
    r"|\d{1,2}/\d{1,2}\b|\d{1,2}\.\d{1,2}\."
)
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"
_RELATIVE = {
    "en": r"today|tonight|tomorrow|(?:the\ )?day\ after\ tomorrow"
    r"|in\ (?:\d+|an?|one|two|three|four|five|six|seven|ten)\ (?:day|week|month)s?"
    r"|next\ (?:week|month)",
    "es": r"hoy|mañana|pasado\ mañana|en\ \d+\ (?:días|semanas)",
    "de": r"heute|morgen|übermorgen|in\ \d+\ (?:tagen|wochen)",
    "fr": r"aujourd'hui|demain|après-demain|dans\ \d+\ (?:jours|semaines)",
}


@lru_cache(maxsize=16)
def _date_pattern(language: str) -> re.Pattern[str]:
    """Runs that can be a date: a numeric date, a day with a month, a weekday, a relative day."""
    locale = Locale.parse(language)
    months = _alternatives(
        name
        for width in ("wide", "abbreviated")
        for name in locale.months["format"][width].values()
    )
    days = _alternatives(
        name for width in ("wide", "abbreviated") for name in locale.days["format"][width].values()
    )
    of = r"(?:\s+(?:of|de|del))?"
    year = r"(?:,?\s+(?:de\s+)?\d{4})?"
    number = r"\d{1,2}(?:st|nd|rd|th|º|\.)?"
    relative = _RELATIVE.get(language, _RELATIVE["en"]).replace("\\ ", r"\s+")
    weekday = rf"(?:(?:this|next)\s+)?(?:{days})"
    day_month = rf"{number}{of}\s*(?:{months})\.?{year}"
    month_day = rf"(?:{months})\.?\s+(?:the\s+)?{number}(?!\d|:){year}"
    return re.compile(
        rf"(?<![\w-])(?:(?:{days}),?\s+(?:the\s+)?)?(?:{day_month}|{month_day}|{_NUMERIC_DATE}|{_ORDINAL})(?![\w-])"
        rf"|(?<!\w)(?:{relative}|{weekday})(?!\w)",
        re.IGNORECASE,
    )


@lru_cache(maxsize=16)
def _range_pattern(language: str) -> re.Pattern[str]:
    """ "20-24 May" and "May 20 to 24": two dates that share a month."""
    locale = Locale.parse(language)
    months = _alternatives(
        name
        for width in ("wide", "abbreviated")
        for name in locale.months["format"][width].values()
    )
    number = r"\d{1,2}(?:st|nd|rd|th|\.)?"
    to = r"\s*(?:-|–|—|to|until|till|through|and|bis|al?|hasta|au)\s*(?:the\s+)?"
    return re.compile(
        rf"(?<![\w-])(?:the\s+)?(?P<first>{number}){to}(?P<second>{number}(?:\s+(?:of|de))?\s*(?P<month>{months})(?:\s+\d{{4}})?)(?!\w)"
        rf"|(?<!\w)(?P<first2>(?P<month2>{months})\s+{number}){to}(?P<second2>{number})(?![\w:])",
        re.IGNORECASE,
    )


def _alternatives(names: Iterable[str]) -> str:
    unique = {name.casefold().strip(".") for name in names}
    return "|".join(re.escape(name) for name in sorted(unique, key=len, reverse=True))


def _parse_date(words: str, context: Context) -> date | None:
    """The date that the words mean; the future is meant where the year is left open."""
    base = context.now.replace(tzinfo=None)
    day = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", words)
    if day and isinstance(context.near, date):
        return _day_of(context.near, int(day[1]))
    if day and isinstance(context.since, date):
        base = datetime.combine(context.since, time(0))
    parsed = dateparser.parse(
        words,
        languages=[context.language],
        settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"},
    )
    return parsed.date() if parsed else None


def _day_of(month: date, day: int) -> date | None:
    try:
        return date(month.year, month.month, day)
    except ValueError:
        return None


def _dates(_slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    taken: list[Mention] = []
    for match in _range_pattern(context.language).finditer(text):
        first, second = ("first", "second") if match["first"] else ("first2", "second2")
        month = match["month"] or match["month2"]
        number = re.match(r"\D*(\d{1,2})", match[second])
        for name, words in (
            (first, f"{match[first]} {month}" if match["first"] else match[first]),
            (second, match[second] if match["first"] else f"{number[1] if number else ''} {month}"),
        ):
            if value := _parse_date(words, context):
                taken.append(Mention(match[name], *match.span(name), value))
    if (
        len(taken) == 2
        and isinstance(a := taken[0].value, date)
        and isinstance(b := taken[1].value, date)
        and a > b
    ):  # "28 to 31 April" with one of them already past
        taken[0] = Mention(taken[0].words, taken[0].start, taken[0].end, a.replace(year=b.year))
    yield from taken
    for match in _date_pattern(context.language).finditer(text):
        value = _parse_date(match[0], context)
        mention = Mention(match[0], *match.span(), value)
        if value and not any(mention.overlaps(other) for other in taken):
            yield mention


_TIME = re.compile(
    r"(?<![\d:.,/-])(?:(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))?\s*(?P<half>[ap]\.?m\.?)"
    r"|(?P<hour24>[01]?\d|2[0-3])[:h](?P<minute24>[0-5]\d)(?:\s*h)?|(?P<word>noon|midnight|midday))(?!\w)",
    re.IGNORECASE,
)


def _times(_slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in _TIME.finditer(text):
        if match["word"]:
            value = time(0) if match["word"].casefold() == "midnight" else time(12)
        elif match["hour24"]:
            value = time(int(match["hour24"]), int(match["minute24"]))
        else:
            hour = int(match["hour"])
            if hour > 12:
                continue
            afternoon = match["half"][0] in "pP"
            value = time(hour % 12 + (12 if afternoon else 0), int(match["minute"] or 0))
        yield Mention(match[0], *match.span(), value)


def _datetimes(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """A date and a time that stand together, in either order."""
    for day in _dates(slot, text, context):
        for hour in _times(slot, text, context):
            between = text[min(day.end, hour.end) : max(day.start, hour.start)]
            if isinstance(day.value, date) and isinstance(hour.value, time) and is_filler(between):
                start, end = min(day.start, hour.start), max(day.end, hour.end)
                value = datetime.combine(day.value, hour.value, context.now.tzinfo)
                yield Mention(text[start:end], start, end, value)


# -- amounts ----------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?<![\w.,/-])[-+]?\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?(?![\w/]|[.,-]\d)")
_LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def _numbers(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    taken = [*_dates(slot, text, context), *_times(slot, text, context)]
    for match in _NUMBER.finditer(text):
        try:
            value = parse_decimal(match[0].replace(" ", ""), locale=context.language)
        except NumberFormatError:
            continue
        mention = Mention(match[0], *match.span(), value)
        if not any(mention.overlaps(other) for other in taken):
            yield mention
    for match in _LETTERS.finditer(text):
        if (number := _spoken_number(match[0].casefold(), context.language)) is not None:
            yield Mention(match[0], *match.span(), number)


def _spoken_number(word: str, language: str) -> Decimal | None:
    if word in ("a", "an", "one", "second") and language == "en":
        return Decimal(1) if word == "one" else None
    try:
        return Decimal(text2num(word, language))
    except (ValueError, KeyError, NotImplementedError):
        return None


def _integers(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    for mention in _numbers(slot, text, context):
        if isinstance(mention.value, Decimal) and mention.value == int(mention.value):
            yield Mention(mention.words, mention.start, mention.end, int(mention.value))


_CURRENCY = r"[€$£¥]|(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?|francs?)\b"
_CURRENCY_WORDS = {"euro": "EUR", "dollar": "USD", "pound": "GBP", "franc": "CHF"}
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_AMOUNT = re.compile(
    rf"(?:{_CURRENCY})\s?\d[\d.,]*\d|(?:{_CURRENCY})\s?\d|(?<![\w.,])\d[\d.,]*\s?(?:{_CURRENCY})",
    re.IGNORECASE,
)


def _money(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    found = False
    for match in _AMOUNT.finditer(text):
        amount = Price.fromstring(match[0]).amount
        sign = re.sub(r"[\d.,\s]", "", match[0]).casefold()
        code = _SYMBOLS.get(sign) or _CURRENCY_WORDS.get(sign.rstrip("s")) or sign.upper()
        found = True
        if amount is not None and code == context.currency:  # nobody converts here
            yield Mention(match[0], *match.span(), Money(amount, code))
    if not found:  # a bare number is meant in the desk's currency
        for number in _numbers(slot, text, context):
            if isinstance(number.value, Decimal):
                money = Money(number.value, context.currency)
                yield Mention(number.words, number.start, number.end, money)


# -- addresses, references, choices -----------------------------------------------------------

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")


def _emails(_slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in _EMAIL.finditer(text):
        words = match[0].rstrip(".'-")
        try:
            value = validate_email(words, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            continue
        yield Mention(words, match.start(), match.start() + len(words), value.normalized)


def _phones(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in phonenumbers.PhoneNumberMatcher(text, slot.region):
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Mention(match.raw_string, match.start, match.end, value)


def reference_pattern(pattern: str) -> re.Pattern[str]:
    """The slot's pattern with its hyphens optional, each part a group: "hb 1042" is HB-1042."""
    parts = re.split(r"-(?![^\[]*\])", pattern)
    grouped = r"[-–‑\s_]?".join(f"({part})" for part in parts)
    return re.compile(rf"(?<![\w])(?:{grouped})(?![\w])", re.IGNORECASE)


def _references(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    for match in reference_pattern(slot.pattern or r"\S+").finditer(text):
        yield Mention(match[0], *match.span(), "-".join(match.groups()).upper())


def _choices(slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    """Options by name, title or synonym; a longer word may have a letter wrong."""
    taken: list[Mention] = []
    names = [(name, option) for option in slot.options for name in option_names(option)]
    for name, option in sorted(names, key=lambda pair: len(pair[0]), reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            mention = Mention(match[0], *match.span(), option.name)
            if not any(mention.overlaps(other) for other in taken):
                taken.append(mention)
    if not taken:
        for word in _LETTERS.finditer(text):
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
    return (option.name, option.name.replace("_", " "), option.title, *option.synonyms)


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
    "date": _dates,
    "time": _times,
    "datetime": _datetimes,
    "number": _numbers,
    "integer": _integers,
    "money": _money,
    "email": _emails,
    "phone": _phones,
    "reference": _references,
    "choice": _choices,
    "boolean": _booleans,
}
