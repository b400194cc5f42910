"""The rules of the clinic that need no database: opening hours, holidays, ages, deadlines.

The articles ``opening-hours``, ``cancelling-and-moving``, ``children`` and ``repeat-prescriptions``
say the same in words; whoever changes a number changes it in both.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

SATURDAY, SUNDAY = 5, 6

_MORNING = (time(8, 30), time(13, 0))
_AFTERNOONS = {
    0: (time(14, 0), time(17, 30)),
    1: (time(14, 0), time(17, 30)),
    2: (time(14, 0), time(19, 30)),
    3: (time(14, 0), time(17, 30)),
    4: (time(14, 0), time(16, 0)),
}
OPEN = {weekday: (_MORNING, afternoon) for weekday, afternoon in _AFTERNOONS.items()}
"""Opening hours by weekday, Monday is 0; closed at lunch and at weekends."""

AHEAD = timedelta(minutes=60)
"""The earliest appointment, from now."""
MOST_DAYS_AHEAD = 60
FREE_OF_CHARGE = timedelta(hours=24)
"""Until then before its beginning an appointment is moved or cancelled like nothing."""
BY_CHAT = timedelta(hours=2)
"""Until then before its beginning an appointment can be cancelled here at all."""
OF_AGE = 16
"""From this age on patients decide alone; below it a guardian does."""
DAYS_BETWEEN_PRESCRIPTIONS = 21
PRESCRIPTION_WORKING_DAYS = 2
DOCUMENT_WORKING_DAYS = {"post": 5, "pick_up": 2}
CODE_MINUTES = 10


@dataclass(frozen=True)
class Service:
    """Something that one comes for."""

    title: str
    minutes: int
    also: str
    """Other words that patients call it by."""


SERVICES = {
    "doctor": Service("doctor's appointment", 15, "physician"),
    "nurse": Service("nurse appointment", 15, "bloods dressing stitches pressure"),
    "vaccination": Service("vaccination", 15, "vaccine booster shot injection"),
    "physio": Service("physiotherapy", 30, "physiotherapist physiotherapy"),
}


@cache
def holidays() -> dict[date, str]:
    """The public holidays by day, as ``holidays.csv`` lists them; add a year before it comes."""
    with (Path(__file__).parent / "holidays.csv").open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["day"]): row["name"] for row in csv.DictReader(file)}


def closed(day: date) -> str:
    """Why the clinic is closed on that day; an empty text when it is open."""
    if name := holidays().get(day):
        return f"a public holiday ({name})"
    return "a weekend" if day.weekday() in (SATURDAY, SUNDAY) else ""


def is_open(start: datetime, minutes: int) -> bool:
    """Whether an appointment lies within the opening hours from its first minute to its last."""
    end = start + timedelta(minutes=minutes)
    return not closed(start.date()) and any(
        opens <= start.time() and end <= datetime.combine(start.date(), closes)
        for opens, closes in OPEN[start.weekday()]
    )


def beginnings(day: date, minutes: int) -> list[datetime]:
    """When appointments of this length begin on a day; none while the clinic is closed."""
    found = []
    for opens, closes in () if closed(day) else OPEN[day.weekday()]:
        start = datetime.combine(day, opens)
        while start + timedelta(minutes=minutes) <= datetime.combine(day, closes):
            found.append(start)
            start += timedelta(minutes=minutes)
    return found


def hours(day: date) -> str:
    """The opening hours of a day in words."""
    if why := closed(day):
        return f"closed, {why}"
    return " and ".join(f"{opens:%H:%M} to {closes:%H:%M}" for opens, closes in OPEN[day.weekday()])


def open_day(day: date, steps: int) -> date:
    """The day so many open days later; 0 is the day itself, or the next open one."""
    step = timedelta(days=-1 if steps < 0 else 1)
    if steps == 0:
        while closed(day):
            day += step
    left = abs(steps)
    while left:
        day += step
        left -= not closed(day)
    return day


def age(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
