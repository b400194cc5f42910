"""Dates, times and moments in the customer's words.

A bare day ("the 3rd") and a numeric date are read here; names of months and days, and words like
"in two weeks", are read by dateparser. What it makes of them counts only when the day is the one
that was written: "32 May" is no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import lru_cache

import dateparser
from babel import Locale

from frontdesk.languages.scripts import is_spaceless, spaced
from frontdesk.languages.words import alternatives, either, patterns, substitutions
from frontdesk.procedures import chinese
from frontdesk.procedures.words import Context, Mention, behind, is_filler
from frontdesk.types.procedures import Slot

_NUMERIC_DATE = (
    r"\d{4}([-/])\d{1,2}\1\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})"
    r"|\d{1,2}/\d{1,2}\b|\d{1,2}\.\d{1,2}\."
)
_ORDINAL_SIGN = r"(?:st|nd|rd|th|º|\.)?"
_PAST = re.compile(rf"(?<!\w)(?:{alternatives('dates.past')})\s+$", re.IGNORECASE)
_PASSED = re.compile(rf"\s+(?:{alternatives('dates.past_behind')})(?!\w)", re.IGNORECASE)
_BEHIND = frozenset(
    """and or to until till through for at from on in of if is was are works would will should
    sounds suits looks fits seems could can please pls thanks thank you not but instead then too
    so as i i'm i'd we my our the a an it that this with by via rather maybe morning afternoon
    am pm evening night noon midday midnight around about before after because either
    next""".split()  # noqa: SIM905
)
"""Words behind "may 2" and "sun" that leave them a date: "may 2 people come" has none."""


@lru_cache(maxsize=16)
def _months(language: str) -> str:
    names = Locale.parse(language).months["format"]
    more = patterns("dates.months", language)
    return _alternatives([*names["wide"].values(), *names["abbreviated"].values(), *more])


@lru_cache(maxsize=16)
def _weekdays(language: str) -> str:
    names = Locale.parse(language).days["format"]
    return _alternatives([*names["wide"].values(), *names["abbreviated"].values()])


def _alternatives(names: Iterable[str]) -> str:
    unique = {name.casefold().strip(".") for name in names}
    return "|".join(re.escape(name) for name in sorted(unique, key=len, reverse=True))


@lru_cache(maxsize=16)
def _date_pattern(language: str) -> re.Pattern[str]:
    """Runs that can be a date: a numeric date, a day with a month, a weekday, a relative day."""
    months, days = _months(language), _weekdays(language)
    of = r"(?:\s+(?:of|de|del))?"
    year = r"(?:,?\s+(?:de\s+)?\d{4})?"
    number = rf"(?:\d{{1,2}}{_ORDINAL_SIGN}|{alternatives('dates.first', language)})"
    relative = _relative(language)
    coming, behind = _coming(language)
    weekday = rf"(?:(?:{coming}))?(?:{days})(?:{behind})?"
    day_month = rf"{number}{of}\s*(?:{months})\.?{year}"
    month_day = rf"(?:{months})\.?\s+(?:the\s+)?{number}(?!\d|:){year}"
    return re.compile(
        rf"(?<![\w-])(?:(?:{days}),?\s+(?:(?:the|el)\s+)?)?(?:{day_month}|{month_day}|{_NUMERIC_DATE}|{_ordinal(language)})(?![\w-])"
        rf"|(?<!\w)(?:{relative}|{weekday})(?!\w)",
        re.IGNORECASE,
    )


@lru_cache(maxsize=16)
def _range_pattern(language: str) -> re.Pattern[str]:
    """ "20-24 May" and "May 20 to 24": two dates that share a month, and a year."""
    months = _months(language)
    number = rf"\d{{1,2}}{_ORDINAL_SIGN}"
    to = rf"\s*(?:-|–|—|(?:{alternatives('dates.to')})(?!\w))\s*(?:(?:the|el|día)\s+)*"
    return re.compile(
        rf"(?<![\w-])(?:the\s+)?(?P<first>{number}){to}(?P<second>{number}(?:\s+(?:of|de))?\s*(?P<month>{months})(?P<year>\s+\d{{4}})?)(?!\w)"
        rf"|(?<!\w)(?P<first2>(?P<month2>{months})\s+{number}){to}(?P<second2>{number}(?P<year2>,?\s+20\d\d)?)(?![\w:])",
        re.IGNORECASE,
    )


def _parse_date(words: str, context: Context) -> date | None:
    """The date that the words mean; the future is meant where the year is left open."""
    today = context.now.date()
    weekday = rf"(?:(?:{_weekdays(context.language)}),?\s+(?:(?:the|el)\s+)?)?"
    if day := re.fullmatch(rf"{weekday}(\d{{1,2}})(?:st|nd|rd|th|º|ª)?", words, re.IGNORECASE):
        return _bare_day(int(day[1]), context)
    if numeric := re.fullmatch(r"\D*?(\d+(?:[-./]\d+){1,2})\.?", words):
        return _numeric_date([int(part) for part in re.findall(r"\d+", numeric[1])], today)
    parsed = dateparser.parse(
        _readable(words, context.language),
        languages=list(dict.fromkeys([context.language, "en"])),
        settings={
            "RELATIVE_BASE": context.now.replace(tzinfo=None),
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
        },
    )
    written = re.search(r"(?<!\d)\d{1,2}(?!\d)", words)
    if parsed is None or not written or _is_relative(words, context.language):
        return parsed.date() if parsed else None
    return parsed.date() if parsed.day == int(written[0]) else None


@lru_cache(maxsize=16)
def _ordinal(language: str) -> str:
    """A day alone; English ordinals where the language has none of its own."""
    own = patterns("dates.ordinal", language)
    return either(own or patterns("dates.ordinal", "en"))


@lru_cache(maxsize=16)
def _relative(language: str) -> str:
    """Days told from today; English words where the language has none of its own."""
    return alternatives(
        "dates.relative", language if patterns("dates.relative", language) else "en"
    )


@lru_cache(maxsize=16)
def _coming(language: str) -> tuple[str, str]:
    """What stands before and behind the weekday of "next Friday"."""
    before = patterns("dates.coming", language) or patterns("dates.coming", "en")
    return either(before), alternatives("dates.coming_behind", language)


def _readable(words: str, language: str) -> str:
    """ "próximo viernes" as "viernes", the next one anyway, and what else dateparser lacks."""
    if language == "en":
        return words
    for pattern, plain in substitutions("dates.read_as", language).items():
        words = re.sub(rf"^{pattern}", plain, words, flags=re.IGNORECASE)
    if _is_relative(words, language):
        return words
    before, behind = _coming(language)
    return re.sub(rf"^(?:{before})|(?:{behind})$", "", words, flags=re.IGNORECASE)


def _is_relative(words: str, language: str) -> bool:
    return re.fullmatch(_relative(language), words, re.IGNORECASE) is not None


def _bare_day(day: int, context: Context) -> date | None:
    """In the month of the date that it corrects; else the next one, from the date said before."""
    if isinstance(context.near, date):
        return _day(context.near.year, context.near.month, day)
    first = context.now.date()
    if isinstance(context.since, date):
        first = date(context.since.year, context.since.month, context.since.day)
    months = (
        (first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12) for n in range(4)
    )
    found = (_day(year, month + 1, day) for year, month in months)
    return next((value for value in found if value and value >= first), None)


def _numeric_date(parts: list[int], today: date) -> date | None:
    """Year first, or day, month and perhaps a year; a month above twelve is the day."""
    if parts[0] > 999:
        return _day(*parts) if len(parts) == 3 else None
    day, month, *rest = parts
    if month > 12:
        day, month = month, day
    if rest:
        return _day(rest[0] + (2000 if rest[0] < 100 else 0), month, day)
    this_year = _day(today.year, month, day)
    return this_year if this_year and this_year >= today else _day(today.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dates(_slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """Dates; two where a range is written."""
    written, text = text, spaced(text)
    taken = [mention for run in _ranges(text, context) for mention in run]
    if text != written:
        taken += chinese.dates(written, context)
    yield from taken
    for match in _date_pattern(context.language).finditer(text):
        if _in_another_sense(match, text, context.language):
            continue
        value = _parse_date(match[0], behind(taken, match.start(), context))
        mention = Mention(match[0], *match.span(), value)
        if value and not any(mention.overlaps(other) for other in taken):
            taken.append(mention)
            yield mention


def _ranges(text: str, context: Context) -> Iterator[list[Mention]]:
    for match in _range_pattern(context.language).finditer(text):
        if match["first"]:
            month_year = f"{match['month']}{match['year'] or ''}"
            sides = [("first", f"{match['first']} {month_year}"), ("second", match["second"])]
        else:
            number = re.match(r"\d+", match["second2"])
            year = match["year2"] or ""
            second = f"{number[0] if number else ''} {match['month2']}{year}"
            sides = [("first2", f"{match['first2']}{year}"), ("second2", second)]
        found = [(name, _parse_date(words, context)) for name, words in sides]
        days = [(name, value) for name, value in found if value]
        if len(days) == 2 and (moved := _in_order(days[0][1], days[1][1])):
            days[0] = (days[0][0], moved)
        yield [Mention(match[name], *match.span(name), value) for name, value in days]


def _in_order(first: date, second: date) -> date | None:
    """The first day in the second one's year, when it is past and would be next year's."""
    return _day(second.year, first.month, first.day) if first > second else None


def _in_another_sense(match: re.Match[str], text: str, language: str) -> bool:
    """ "last Friday" is past; "may 2 people come" and "Sun Ltd" are no dates at all."""
    before, behind = text[: match.start()], text[match.end() :]
    if _PAST.search(before) or _PASSED.match(behind):
        return True
    if language != "en":
        return False
    word = re.match(r"\s+([^\W\d_][\w'’]*)", behind)
    follows = word[1].casefold().replace("’", "'") if word else ""
    loose = follows and follows not in _BEHIND and not _names_a_date(follows)
    if re.fullmatch(r"may\s+\d{1,2}", match[0]):
        return bool(loose)
    if not re.fullmatch(r"mon|tue|wed|thu|fri|sat|sun", match[0], re.IGNORECASE):
        return False
    lower = re.search(r"(?<!\w)(?:the|i|we|he|she|they|you)\s+$", before, re.IGNORECASE)
    return bool(loose or (lower and match[0].islower()))


def _names_a_date(word: str) -> bool:
    return re.fullmatch(rf"{_months('en')}|{_weekdays('en')}|today|tomorrow", word) is not None


_AFTERNOON = re.compile(alternatives("dates.afternoon"), re.IGNORECASE)
_MIDNIGHT = re.compile(alternatives("dates.midnight"), re.IGNORECASE)
_TIME = re.compile(
    rf"(?<![\d:.,/-])(?:(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))?\s*(?P<half>[ap]\.?m\.?|{alternatives('dates.morning')}|{alternatives('dates.afternoon')})"
    rf"|(?P<hour24>[01]?\d|2[0-3])[:h](?P<minute24>[0-5]\d)(?:\s*h)?|(?P<word>{alternatives('dates.noon')}|{_MIDNIGHT.pattern}))(?!\w)",
    re.IGNORECASE,
)


def times(_slot: Slot, text: str, _context: Context) -> Iterator[Mention]:
    """Times of the day."""
    if is_spaceless(text):
        taken = list(chinese.times(text))
        yield from taken
        for mention in taken:
            text = text[: mention.start] + " " * len(mention.words) + text[mention.end :]
        text = spaced(text)
    for match in _TIME.finditer(text):
        if match["word"]:
            value = time(0) if _MIDNIGHT.fullmatch(match["word"]) else time(12)
        elif match["hour24"]:
            value = time(int(match["hour24"]), int(match["minute24"]))
        else:
            hour = int(match["hour"])
            if hour > 12:
                continue
            afternoon = match["half"][0] in "pP" or _AFTERNOON.fullmatch(match["half"]) is not None
            value = time(hour % 12 + (12 if afternoon else 0), int(match["minute"] or 0))
        yield Mention(match[0], *match.span(), value)


def datetimes(slot: Slot, text: str, context: Context) -> Iterator[Mention]:
    """A date and a time that stand together, in either order; each in one moment only."""
    pairs: list[tuple[bool, int, Mention, Mention]] = []
    hours = list(times(slot, text, context))
    for day in dates(slot, text, context):
        for hour in hours:
            between = text[min(day.end, hour.end) : max(day.start, hour.start)]
            if not day.overlaps(hour) and is_filler(between):
                apart = re.search(r"[,;.]|(?<!\w)and(?!\w)", between) is not None
                pairs.append((apart, len(between), day, hour))
    taken: list[Mention] = []
    for _, _, day, hour in sorted(pairs, key=lambda pair: pair[:2]):
        start, end = min(day.start, hour.start), max(day.end, hour.end)
        moment = _moment(day, hour, context)
        mention = Mention(text[start:end], start, end, moment)
        if moment and not any(mention.overlaps(other) for other in taken):
            taken.append(mention)
    yield from taken


def _moment(day: Mention, hour: Mention, context: Context) -> datetime | None:
    if isinstance(day.value, date) and isinstance(hour.value, time):
        return datetime.combine(day.value, hour.value, context.now.tzinfo)
    return None
