"""Numbers, dates and times in Chinese, where no spaces and no names of months help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

from frontdesk.procedures.words import Context, Mention, behind

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零〇一二两三四五六七八九十百千万]"
_COUNTED = "[个位人间晚天夜次张份件日号年月周元块名点]|欧|美"
_NUMBER = re.compile(rf"(?<![第周期拜块])(?:{_NUMERAL}{{2,}}|{_NUMERAL}(?={_COUNTED}|\W|$))")

_N = rf"(?:\d{{1,2}}|{_NUMERAL}{{1,3}})"
_TO = r"\s*(?:-|–|—|~|～|到|至)\s*"
_DAY = re.compile(
    rf"(?:(?P<year>\d{{4}}|[今明后]|[〇零一二三四五六七八九]{{4}})年)?(?P<month>{_N})月(?P<day>{_N})[日号]?"
    rf"(?:{_TO}(?:(?P<month2>{_N})月)?(?P<day2>{_N})[日号])?"
    rf"(?:\s*[（(](?:周|星期|礼拜)[一二三四五六日天][）)])?"
    rf"|(?P<next>下个?月|本月|这个?月)(?P<day3>{_N})[日号]"
    rf"|(?<![\d第{_NUMERAL[1:-1]}])(?P<bare>\d{{1,2}}|{_NUMERAL}{{2,3}})"
    rf"(?:[日号]|(?={_TO}{_N}[日号]))(?![楼房线])"
    rf"|(?P<relative>大后天|今天|今日|今晚|明天|明日|明晚|后天)"
    rf"|(?P<ahead>{_N})(?P<unit>天|周|个星期|个礼拜|个月)(?:之|以)?后"
    rf"|(?P<week>下下|下个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
)
_RELATIVE = {
    "今天": 0,
    "今日": 0,
    "今晚": 0,
    "明天": 1,
    "明日": 1,
    "明晚": 1,
    "后天": 2,
    "大后天": 3,
}
_PAST = re.compile(r"上个?$")
_TIME = re.compile(
    rf"(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上|夜里|今晚|明晚)?\s*(?P<hour>{_N})(?:点钟?|时)(?P<minute>半|一刻|三刻|(?:{_N})分?)?"
    rf"|(?P<half2>凌晨|早上|上午|中午|下午|傍晚|晚上|夜里)\s*(?P<hour2>\d{{1,2}})[:：](?P<minute2>\d{{2}})"
    rf"|(?P<word>正午|午夜|中午)"
)
_AFTERNOON = ("下午", "傍晚", "晚上", "夜里", "今晚", "明晚")


def number(words: str) -> int | None:
    """The number that the numerals write, below ten thousand times ten thousand."""
    if words.isdecimal():
        return int(words)
    if len(words) > 1 and all(c in _DIGITS for c in words):
        return int("".join(str(_DIGITS[c]) for c in words))
    total, section, digit = 0, 0, 0
    for c in words:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c == "万":
            total, section, digit = (section + digit) * 10_000, 0, 0
        else:
            section += (digit or 1) * _UNITS[c]
            digit = 0
    if words[0] in "百千万":
        return None  # "千万" is "by all means"
    if words[-1] in _DIGITS and len(words) > 1 and words[-2] in "百千万":
        digit *= {"百": 10, "千": 100, "万": 1000}[words[-2]]  # "两千五" is 2,500
    return total + section + digit


def numbers(text: str) -> Iterator[Mention]:
    """Numbers in numerals: "两位" holds 2, "一样" and "第一" none."""
    for match in _NUMBER.finditer(text):
        value = number(match[0])
        if value is not None:
            yield Mention(match[0], *match.span(), value)


def dates(text: str, context: Context) -> Iterator[Mention]:
    """Dates; two where a range is written."""
    today = context.now.date()
    found: list[Mention] = []
    for match in _DAY.finditer(text):
        if match["month"]:
            found += _month_and_day(match, today)
            continue
        if match["weekday"] and _PAST.search(text[: match.start()]):
            continue
        value = _other_day(match, behind(found, match.start(), context))
        if value:
            found.append(Mention(match[0], *match.span(), value))
    yield from found


def _month_and_day(match: re.Match[str], today: date) -> Iterator[Mention]:
    year = _year(match["year"], today)
    first = _day(year, number(match["month"]), number(match["day"]), today)
    if not match["day2"]:
        if first:
            yield Mention(match[0], *match.span(), first)
        return
    second = _day(year, number(match["month2"] or match["month"]), number(match["day2"]), today)
    if not first or not second:
        return
    if second < first and year is None:
        second = date(second.year + 1, second.month, second.day)
    middle = match.end("day") + match.string[match.end("day") :].startswith(("日", "号"))
    yield Mention(match.string[match.start() : middle], match.start(), middle, first)
    begin = match.start("month2") if match["month2"] else match.start("day2")
    yield Mention(match.string[begin : match.end()], begin, match.end(), second)


def _year(words: str | None, today: date) -> int | None:
    if words is None:
        return None
    ahead = {"今": 0, "明": 1, "后": 2}.get(words)
    return today.year + ahead if ahead is not None else number(words)


def _day(year: int | None, month: int | None, day: int | None, today: date) -> date | None:
    """The day; the next one where the year is left open."""
    if month is None or day is None:
        return None
    try:
        found = date(year or today.year, month, day)
        return found if year or found >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _other_day(match: re.Match[str], context: Context) -> date | None:
    today = context.now.date()
    if match["relative"]:
        return today + timedelta(days=_RELATIVE[match["relative"]])
    if match["ahead"]:
        return _ahead(number(match["ahead"]), match["unit"], today)
    if match["next"]:
        month = today.month + (1 if match["next"].startswith("下") else 0)
        year = today.year + (month - 1) // 12
        return _day(year, (month - 1) % 12 + 1, number(match["day3"]), today)
    if match["bare"]:
        return _bare(number(match["bare"]), context)
    weekday = "一二三四五六日".find(match["weekday"].replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    if match["week"]:
        weeks = 2 if match["week"] == "下下" else 1 if match["week"].startswith("下") else 0
        found = monday + timedelta(days=weekday, weeks=weeks)
        return found if found >= today else None
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _ahead(count: int | None, unit: str, today: date) -> date | None:
    if count is None:
        return None
    if unit == "天":
        return today + timedelta(days=count)
    if unit != "个月":
        return today + timedelta(weeks=count)
    month = today.month - 1 + count
    return _day(today.year + month // 12, month % 12 + 1, today.day, today)


def _bare(day: int | None, context: Context) -> date | None:
    """A day alone: in the month of the date that it corrects, else the next one."""
    if day is None:
        return None
    if isinstance(context.near, date):
        return _day(context.near.year, context.near.month, day, context.near)
    first = context.now.date()
    if isinstance(context.since, date):
        first = date(context.since.year, context.since.month, context.since.day)
    for ahead in range(4):
        month = first.month - 1 + ahead
        found = _day(first.year + month // 12, month % 12 + 1, day, first)
        if found and found >= first:
            return found
    return None


def times(text: str) -> Iterator[Mention]:
    """Times of the day."""
    for match in _TIME.finditer(text):
        if match["word"]:
            yield Mention(match[0], *match.span(), time(0 if match["word"] == "午夜" else 12))
            continue
        half = match["half"] or match["half2"] or ""
        hour = number(match["hour"] or match["hour2"])
        minute = _minute(match["minute"] or match["minute2"])
        if hour is None or minute is None or hour > 23 or minute > 59:
            continue
        if hour < 12 and (half in _AFTERNOON or (half == "中午" and hour < 3)):
            hour += 12
        yield Mention(match[0], *match.span(), time(hour, minute))


def _minute(words: str | None) -> int | None:
    named = {None: 0, "半": 30, "一刻": 15, "三刻": 45}
    return named[words] if words in named else number((words or "").rstrip("分"))
