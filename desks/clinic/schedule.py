"""Whose appointments there are, and which times are free."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from frontdesk.tools import Refused

from . import rules

MOST_OFFERED = 4
FIRST_FREE = "any"

Part = Literal["before_noon", "after_noon"]


@dataclass
class Person:
    id: str
    name: str
    relation: Literal["myself", "child"]


@dataclass
class Appointment:
    reference: str
    patient_id: str
    patient: str
    service: str
    """The name of an option of the slot ``service``."""
    title: str
    also: str
    """Other words that it goes by."""
    clinician: str
    date: date
    weekday: str
    clock: str
    status: str
    phase: Literal["upcoming", "past"]
    notice: Literal["in_time", "late", "too_late"]
    """How its beginning lies to the deadlines for cancelling and moving."""


@dataclass
class FreeTime:
    code: str
    """What the customer may call it by, such as "Thu 30 Apr 10:15"."""
    clinician_id: str
    clinician: str
    starts: datetime
    date: date
    weekday: str
    clock: str
    short: str
    spoken: str
    """The clock as people write it too: "8:30" and "2:15 pm"."""


@dataclass
class Offer:
    title: str
    problem: Literal["none", "closed", "outside_hours", "taken"]
    why: str
    hours: str
    times: list[FreeTime]
    """The wished time alone when it is free; else the nearest ones, earliest first."""


def people(db: sqlite3.Connection, customer_id: str, today: date) -> list[Person]:
    """Whom the customer can act for: oneself from 16 on, and one's children until then."""
    rows = db.execute(
        "select id, name, born from patients where id = ? or guardian_id = ?"
        " order by guardian_id, born",
        (customer_id, customer_id),
    )
    found = []
    for row in rows:
        of_age = rules.age(date.fromisoformat(row["born"]), today) >= rules.OF_AGE
        if of_age == (row["id"] == customer_id):
            found.append(Person(row["id"], row["name"], "myself" if of_age else "child"))
    return found


def require_person(db: sqlite3.Connection, customer_id: str, patient: str, today: date) -> None:
    """Refuses when the customer can't act for this patient."""
    if patient not in {person.id for person in people(db, customer_id, today)}:
        raise Refused("You can't do this for that patient.")


def appointments(db: sqlite3.Connection, customer_id: str, now: datetime) -> list[Appointment]:
    """The appointments of everybody the customer can act for, earliest first."""
    ids = {person.id for person in people(db, customer_id, now.date())}
    rows = db.execute(
        "select a.*, p.name as patient, c.name as clinician from appointments a"
        " join patients p on p.id = a.patient_id join clinicians c on c.id = a.clinician_id"
        " where ? in (p.id, p.guardian_id) order by a.starts",
        (customer_id,),
    )
    return [_appointment(row, now) for row in rows if row["patient_id"] in ids]


def coming(db: sqlite3.Connection, customer_id: str, now: datetime) -> list[Appointment]:
    """Those that are booked and haven't begun."""
    found = appointments(db, customer_id, now)
    return [one for one in found if one.status == "booked" and one.phase == "upcoming"]


def own(db: sqlite3.Connection, customer_id: str, reference: str, now: datetime) -> Appointment:
    """The appointment.

    Raises:
        Refused: nobody the customer can act for has it.
    """
    for found in appointments(db, customer_id, now):
        if found.reference == reference:
            return found
    raise Refused(f"You have no appointment {reference}.")


def _appointment(row: sqlite3.Row, now: datetime) -> Appointment:
    starts = datetime.fromisoformat(row["starts"])
    left = starts - now
    if left >= rules.FREE_OF_CHARGE:
        notice = "in_time"
    else:
        notice = "late" if left >= rules.BY_CHAT else "too_late"
    return Appointment(
        reference=row["reference"],
        patient_id=row["patient_id"],
        patient=row["patient"],
        service=row["service"],
        title=rules.SERVICES[row["service"]].title,
        also=rules.SERVICES[row["service"]].also,
        clinician=row["clinician"],
        date=starts.date(),
        weekday=f"{starts:%A}",
        clock=f"{starts:%H:%M}",
        status=row["status"],
        phase="upcoming" if left > timedelta(0) else "past",
        notice=notice,
    )


def offer(
    db: sqlite3.Connection,
    service: str,
    clinician: str,
    day: date,
    at: time | None,
    part: Part | None,
    now: datetime,
) -> Offer:
    """Free times as near as possible to what was wished."""
    why, hours, title = rules.closed(day), rules.hours(day), rules.SERVICES[service].title
    if not why and at:
        wished = datetime.combine(day, at)
        exact = _earliest_free(db, service, clinician, wished, now)
        if exact:
            return Offer(title, "none", "", hours, [exact])
        outside = not rules.is_open(wished, rules.SERVICES[service].minutes)
        problem = "outside_hours" if outside else "taken"
        near = sorted(
            _on(db, service, clinician, day, part, now), key=lambda f: abs(f.starts - wished)
        )
        times = sorted(near[:MOST_OFFERED], key=lambda f: f.starts)
    else:
        times = _spread(list(_on(db, service, clinician, day, part, now)))
        problem = "closed" if why else "none" if times else "taken"
    if not times:
        times = _later(db, service, clinician, day, part, now)
    return Offer(title, problem, why, hours, times)


def _spread(times: list[FreeTime]) -> list[FreeTime]:
    """Some of them, over the whole day."""
    if len(times) <= MOST_OFFERED:
        return times
    step = (len(times) - 1) / (MOST_OFFERED - 1)
    return [times[round(step * n)] for n in range(MOST_OFFERED)]


def _later(
    db: sqlite3.Connection,
    service: str,
    clinician: str,
    day: date,
    part: Part | None,
    now: datetime,
) -> list[FreeTime]:
    """The first free times behind a day."""
    found: list[FreeTime] = []
    last = now.date() + timedelta(days=rules.MOST_DAYS_AHEAD)
    while (day := rules.open_day(day, 1)) <= last and len(found) < MOST_OFFERED:
        found += list(_on(db, service, clinician, day, part, now))[:2]
    return found[:MOST_OFFERED]


def _on(
    db: sqlite3.Connection,
    service: str,
    clinician: str,
    day: date,
    part: Part | None,
    now: datetime,
) -> Iterator[FreeTime]:
    for start in rules.beginnings(day, rules.SERVICES[service].minutes):
        fits = part is None or (start.hour < 12) == (part == "before_noon")
        if fits and (found := _earliest_free(db, service, clinician, start, now)):
            yield found


def _earliest_free(
    db: sqlite3.Connection, service: str, clinician: str, start: datetime, now: datetime
) -> FreeTime | None:
    """The time with the first clinician (or the one wished) who is free then."""
    if not is_bookable(start, service, now):
        return None
    end = start + timedelta(minutes=rules.SERVICES[service].minutes)
    row = db.execute(
        "select id, name from clinicians c where instr(' ' || services || ' ', ' ' || ? || ' ')"
        " and instr(weekdays, ?) and ? in (id, 'any') and not exists (select 1 from appointments a"
        " where a.clinician_id = c.id and a.status = 'booked' and a.starts < ?"
        " and datetime(a.starts, '+' || a.minutes || ' minutes') > datetime(?))"
        " order by id limit 1",
        (service, str(start.weekday()), clinician, end.isoformat(), start.isoformat()),
    ).fetchone()
    if row is None:
        return None
    return FreeTime(
        code=f"{start:%a} {start.day} {start:%b %H:%M}",
        clinician_id=row["id"],
        clinician=row["name"],
        starts=start,
        date=start.date(),
        weekday=f"{start:%A}",
        clock=f"{start:%H:%M}",
        short=f"{start.hour}:{start:%M}",
        spoken=_spoken(start),
    )


def _spoken(moment: datetime) -> str:
    minute = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minute} {'am' if moment.hour < 12 else 'pm'}"


def is_bookable(start: datetime, service: str, now: datetime) -> bool:
    """Whether there can be such an appointment: not too soon, not too far, at an hour we offer."""
    if (start.date() - now.date()).days > rules.MOST_DAYS_AHEAD or start < now + rules.AHEAD:
        return False
    return start in rules.beginnings(start.date(), rules.SERVICES[service].minutes)


def require_free(
    db: sqlite3.Connection, service: str, clinician: str, start: datetime, now: datetime
) -> FreeTime:
    """The time with this clinician.

    Raises:
        Refused: it is outside the opening hours, past, or taken in the meantime.
    """
    if not is_bookable(start, service, now):
        raise Refused("That time can't be booked.")
    found = _earliest_free(db, service, clinician, start, now)
    if found is None:
        raise Refused("That time was taken in the meantime.")
    return found


def clashing(db: sqlite3.Connection, patient: str, service: str, start: datetime) -> str:
    """The reference of an appointment that the patient has at that time, or an empty text."""
    end = start + timedelta(minutes=rules.SERVICES[service].minutes)
    row = db.execute(
        "select reference from appointments where patient_id = ? and status = 'booked'"
        " and starts < ? and datetime(starts, '+' || minutes || ' minutes') > datetime(?)",
        (patient, end.isoformat(), start.isoformat()),
    ).fetchone()
    return row["reference"] if row else ""


def active(db: sqlite3.Connection, patient: str, service: str, now: datetime) -> str:
    """The reference of the coming appointment of this kind, or an empty text."""
    row = db.execute(
        "select reference from appointments where patient_id = ? and service = ?"
        " and status = 'booked' and starts > ? order by starts limit 1",
        (patient, service, now.isoformat()),
    ).fetchone()
    return row["reference"] if row else ""
