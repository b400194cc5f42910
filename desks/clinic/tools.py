"""What the procedures of the clinic can look up and do.

Tools with a ``customer`` name ``customer.id`` in every statement; those without one are for people
who aren't signed in, and tell them nothing about anybody. Every write checks again by itself what
the procedure told the customer, and happens once for a key.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from frontdesk.tools import Customer, DataFolder, IdempotencyKey, Now, Refused, prepare, read, write

from . import rules, schedule, seed
from .business import connect, local, next_reference, once, send
from .schedule import Appointment, Offer, Part, Person

Channel = Literal["email", "phone"]
Delivery = Literal["post", "pick_up"]
Kind = Literal["sick_note", "vaccination_record", "registration_form"]
Place = Literal["clinic", "pharmacy"]


@dataclass
class Booked:
    reference: str


@dataclass
class Existing:
    reference: str
    """The coming appointment of that kind, or an empty text."""


@dataclass
class Clinician:
    id: str
    name: str
    also: str
    """Other words that mean this choice."""


@dataclass
class Hours:
    weekday: str
    hours: str


@dataclass
class Medicine:
    code: str
    name: str
    patient: str
    due_on: date
    """The first day on which it can be asked for again."""
    problem: Literal["none", "too_early", "review", "waiting"]


@dataclass
class Request:
    reference: str
    by: date


@dataclass
class Document:
    available: bool
    address: str


@dataclass
class Age:
    years: int
    minor: bool


@dataclass
class Contact:
    email: str
    phone: str
    shown_email: str
    """Enough of the address to know it by, not enough to learn it."""
    shown_phone: str


@dataclass
class CodeSent:
    minutes: int


@dataclass
class CodeCheck:
    right: bool


@prepare
def build(data: DataFolder, now: Now) -> None:
    """Makes the demo's database."""
    with connect(data) as db:
        seed.make(db, local(now).date())


@read
def hours_on(day: date) -> Hours:
    """The opening hours of a day; public holidays count."""
    if day.year > max(rules.holidays()).year:
        raise Refused(f"The public holidays of {day.year} aren't known here yet.")
    return Hours(f"{day:%A}", rules.hours(day))


# -- appointments -----------------------------------------------------------------------------


@read
def list_people(customer: Customer, data: DataFolder, now: Now) -> list[Person]:
    """Whom the customer can act for."""
    with connect(data) as db:
        return schedule.people(db, customer.id, local(now).date())


@read
def list_appointments(customer: Customer, data: DataFolder, now: Now) -> list[Appointment]:
    """The coming appointments of the customer and their children, earliest first."""
    with connect(data) as db:
        return schedule.coming(db, customer.id, local(now))


@read
def find_existing(
    customer: Customer, data: DataFolder, now: Now, patient: str, service: str
) -> Existing:
    """The coming appointment of the same kind; there can be only one."""
    moment = local(now)
    with connect(data) as db:
        schedule.require_person(db, customer.id, patient, moment.date())
        return Existing(schedule.active(db, patient, service, moment))


@read
def list_clinicians(data: DataFolder, service: str) -> list[Clinician]:
    """Who offers the service; first "whoever is free first" where there are several."""
    with connect(data) as db:
        rows = db.execute(
            "select id, name from clinicians where instr(' ' || services || ' ', ' ' || ? || ' ')"
            " order by name",
            (service,),
        )
        found = [Clinician(row["id"], row["name"], "") for row in rows]
    also = "anyone anybody either earliest next mind matter preference"
    anybody = [Clinician(schedule.FIRST_FREE, "Whoever is free first", also)]
    return found if len(found) == 1 else anybody + found


@read
def find_times(
    data: DataFolder,
    now: Now,
    service: str,
    clinician: str,
    day: date,
    at: time | None,
    part: Part | None,
) -> Offer:
    """Free times as near as possible to what is wished."""
    with connect(data) as db:
        return schedule.offer(db, service, clinician, day, at, part, local(now))


@write(timeout_s=10)
def book_appointment(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    patient: str,
    service: str,
    clinician: str,
    starts: datetime,
) -> Booked:
    """Books a free time."""
    moment, starts = local(now), local(starts)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        schedule.require_person(db, customer.id, patient, moment.date())
        if existing := schedule.active(db, patient, service, moment):
            raise Refused(f"There is an appointment of this kind already: {existing}.")
        if other := schedule.clashing(db, patient, service, starts):
            raise Refused(f"At that time there is another appointment already: {other}.")
        found = schedule.require_free(db, service, clinician, starts, moment)
        reference = next_reference(db, "appointments", "AP")
        seed.insert(
            db,
            "appointments",
            reference=reference,
            patient_id=patient,
            service=service,
            clinician_id=clinician,
            starts=starts,
            minutes=rules.SERVICES[service].minutes,
            status="booked",
        )
        _mail(db, customer, f"Appointment {reference}", f"{found.code}, {found.clinician}", moment)
        return {"reference": reference}

    return Booked(once(data, key, "book_appointment", act)["reference"])


@write(timeout_s=10)
def move_appointment(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    clinician: str,
    starts: datetime,
) -> Booked:
    """Moves an appointment to a free time, until 24 hours before it begins."""
    moment, starts = local(now), local(starts)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        before = _coming(db, customer, reference, moment)
        if before.notice != "in_time":
            raise Refused(f"{reference} begins too soon to be moved here.")
        found = schedule.require_free(db, before.service, clinician, starts, moment)
        db.execute(
            "update appointments set starts = ?, clinician_id = ? where reference = ?",
            (starts.isoformat(), clinician, reference),
        )
        _mail(db, customer, f"{reference} moved", f"{found.code}, {found.clinician}", moment)
        return {"reference": reference}

    return Booked(once(data, key, "move_appointment", act)["reference"])


@write(timeout_s=10)
def cancel_appointment(
    customer: Customer, data: DataFolder, now: Now, key: IdempotencyKey, reference: str, late: bool
) -> Booked:
    """Cancels an appointment; ``late`` is what the customer was told."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        before = _coming(db, customer, reference, moment)
        if before.notice == "too_late":
            raise Refused(f"{reference} begins too soon to be cancelled here.")
        if (before.notice == "late") != late:
            raise Refused("It is less than 24 hours away by now. Please look at it again.")
        db.execute(
            "update appointments set status = 'cancelled', late = ? where reference = ?",
            (late, reference),
        )
        _mail(db, customer, f"{reference} cancelled", "Your appointment is cancelled.", moment)
        return {"reference": reference}

    return Booked(once(data, key, "cancel_appointment", act)["reference"])


def _coming(
    db: sqlite3.Connection, customer: Customer, reference: str, moment: datetime
) -> Appointment:
    found = schedule.own(db, customer.id, reference, moment)
    if found.status != "booked" or found.phase != "upcoming":
        raise Refused(f"{reference} is {found.status} or past.")
    return found


# -- prescriptions and documents --------------------------------------------------------------


@read
def list_medicines(customer: Customer, data: DataFolder, now: Now) -> list[Medicine]:
    """The repeat prescriptions of the customer and their children."""
    with connect(data) as db:
        return _medicines(db, customer, local(now).date())


def _medicines(db: sqlite3.Connection, customer: Customer, today: date) -> list[Medicine]:
    people = {person.id: person.name for person in schedule.people(db, customer.id, today)}
    rows = db.execute(
        "select m.*, exists (select 1 from prescription_requests r where r.medicine = m.code"
        " and r.status = 'waiting') as waits from medicines m order by code"
    )
    found = []
    for row in rows:
        issued = date.fromisoformat(row["issued_on"])
        due = issued + timedelta(days=rules.DAYS_BETWEEN_PRESCRIPTIONS)
        if row["patient_id"] not in people:
            continue
        if row["waits"]:
            problem = "waiting"
        elif date.fromisoformat(row["review_on"]) < today:
            problem = "review"
        else:
            problem = "too_early" if today < due else "none"
        patient = people[row["patient_id"]]
        found.append(Medicine(row["code"], row["name"], patient, due, problem))
    return found


@write(timeout_s=10)
def request_prescription(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    medicine: str,
    pick_up_at: Place,
) -> Request:
    """Puts a request before a clinician, who approves or declines it."""
    moment = local(now)
    by = rules.open_day(moment.date(), rules.PRESCRIPTION_WORKING_DAYS)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        known = {m.code: m.problem for m in _medicines(db, customer, moment.date())}
        if known.get(medicine) != "none":
            raise Refused(f"{medicine} can't be requested now.")
        reference = next_reference(db, "prescription_requests", "RQ")
        row = (reference, medicine, pick_up_at, "waiting", by.isoformat(), moment.isoformat())
        db.execute("insert into prescription_requests values (?, ?, ?, ?, ?, ?)", row)
        return {"reference": reference}

    return Request(once(data, key, "request_prescription", act)["reference"], by)


@read
def check_document(
    customer: Customer, data: DataFolder, now: Now, patient: str, kind: Kind
) -> Document:
    """Whether there is such a document, and the address for the post."""
    with connect(data) as db:
        schedule.require_person(db, customer.id, patient, local(now).date())
        return _document(db, patient, kind)


def _document(db: sqlite3.Connection, patient: str, kind: Kind) -> Document:
    row = db.execute("select address from patients where id = ?", (patient,)).fetchone()
    note = db.execute("select 1 from sick_notes where patient_id = ?", (patient,)).fetchone()
    return Document(kind != "sick_note" or note is not None, row["address"])


@write(timeout_s=10)
def request_document(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    patient: str,
    kind: Kind,
    delivery: Delivery,
) -> Request:
    """Orders a copy or a form, by post or to pick up."""
    moment = local(now)
    by = rules.open_day(moment.date(), rules.DOCUMENT_WORKING_DAYS[delivery])

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        schedule.require_person(db, customer.id, patient, moment.date())
        if not _document(db, patient, kind).available:
            raise Refused("There is no such document.")
        reference = next_reference(db, "document_requests", "DR")
        row = (reference, patient, kind, delivery, by.isoformat(), moment.isoformat())
        db.execute("insert into document_requests values (?, ?, ?, ?, ?, ?)", row)
        return {"reference": reference}

    return Request(once(data, key, "request_document", act)["reference"], by)


# -- people who aren't signed in --------------------------------------------------------------


@read
def check_age(now: Now, born: date) -> Age:
    """Whether somebody of this age needs a guardian."""
    years = rules.age(born, local(now).date())
    return Age(years, years < rules.OF_AGE)


@write(timeout_s=10)
def register_patient(
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    name: str,
    born: date,
    phone: str,
    guardian: str | None,
) -> Request:
    """Puts somebody on the list of new patients; a colleague calls them."""
    moment = local(now)
    by = rules.open_day(moment.date(), 1)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        years = rules.age(born, moment.date())
        if born > moment.date() or (years < rules.OF_AGE and not guardian):
            raise Refused("Patients under 16 are registered by a parent or guardian.")
        reference = next_reference(db, "registrations", "NP")
        row = (reference, name, born.isoformat(), phone, guardian, moment.isoformat())
        db.execute("insert into registrations values (?, ?, ?, ?, ?, ?)", row)
        return {"reference": reference}

    return Request(once(data, key, "register_patient", act)["reference"], by)


@write(timeout_s=10)
def request_callback(
    data: DataFolder, now: Now, key: IdempotencyKey, name: str, phone: str, topic: str
) -> Request:
    """Notes that somebody wants to be called."""
    moment = local(now)
    by = rules.open_day(moment.date(), 1)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        reference = next_reference(db, "callbacks", "CB")
        row = (reference, name, phone, topic, by.isoformat(), moment.isoformat())
        db.execute("insert into callbacks values (?, ?, ?, ?, ?, ?)", row)
        return {"reference": reference}

    return Request(once(data, key, "request_callback", act)["reference"], by)


# -- contact details --------------------------------------------------------------------------


@read
def contact_details(customer: Customer, data: DataFolder) -> Contact:
    """Where the patient can be reached now."""
    return _contact(customer, data)


@write(timeout_s=10)
def send_code(
    customer: Customer, data: DataFolder, now: Now, key: IdempotencyKey, channel: Channel
) -> CodeSent:
    """Sends a six-digit code to the present e-mail address or phone, good for ten minutes."""
    moment = local(now)
    expires = moment + timedelta(minutes=rules.CODE_MINUTES)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        code = str(100_000 + secrets.randbelow(900_000))
        db.execute(
            "insert into codes (patient_id, channel, code, expires_at) values (?, ?, ?, ?)",
            (customer.id, channel, code, expires.isoformat()),
        )
        query = "select email, phone from patients where id = ?"
        address = db.execute(query, (customer.id,)).fetchone()[channel]
        send(db, address, "Your code", f"Your code is {code}.", moment)
        return {"minutes": rules.CODE_MINUTES}

    return CodeSent(once(data, key, "send_code", act)["minutes"])


@read
def check_code(
    customer: Customer, data: DataFolder, now: Now, channel: Channel, code: str
) -> CodeCheck:
    """Whether the code is the latest one sent, in time and unused."""
    with connect(data) as db:
        return CodeCheck(_open_code(db, customer, channel, code, local(now)) is not None)


def _open_code(
    db: sqlite3.Connection, customer: Customer, channel: Channel, code: str, now: datetime
) -> int | None:
    row = db.execute(
        "select id, code, expires_at, used_at from codes where patient_id = ? and channel = ?"
        " order by id desc limit 1",
        (customer.id, channel),
    ).fetchone()
    if row is None or row["used_at"] or row["expires_at"] < now.isoformat():
        return None
    return int(row["id"]) if secrets.compare_digest(row["code"], code) else None


@write(timeout_s=10)
def change_contact(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    channel: Channel,
    new_value: str,
    code: str,
) -> Contact:
    """Changes the e-mail address or the phone; uses the code up and tells the old address."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        found = _open_code(db, customer, channel, code, moment)
        if found is None:
            raise Refused("The code is wrong, used or too old.")
        _mail(db, customer, f"New {channel}", "If this wasn't you, tell us at once.", moment)
        db.execute("update codes set used_at = ? where id = ?", (moment.isoformat(), found))
        db.execute(CHANGE[channel], (new_value, customer.id))
        return {"changed": channel}

    once(data, key, "change_contact", act)
    return _contact(customer, data)


CHANGE = {
    "email": "update patients set email = ? where id = ?",
    "phone": "update patients set phone = ? where id = ?",
}


def _contact(customer: Customer, data: DataFolder) -> Contact:
    with connect(data) as db:
        query = "select email, phone from patients where id = ?"
        row = db.execute(query, (customer.id,)).fetchone()
    name, _, host = row["email"].partition("@")
    return Contact(row["email"], row["phone"], f"{name[0]}***@{host}", f"*** {row['phone'][-3:]}")


def _mail(
    db: sqlite3.Connection, customer: Customer, subject: str, body: str, now: datetime
) -> None:
    row = db.execute("select email from patients where id = ?", (customer.id,)).fetchone()
    send(db, row["email"], subject, body, now)
