"""What the tools give back, and how it is read from the database.

A reference that is somebody else's is a reference that doesn't exist: :func:`own` is the only way
from a reference to a booking.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from frontdesk.tools import Money, Refused

from . import places, policies
from .business import next_reference


@dataclass
class Booking:
    reference: str
    stay: str
    city: str
    city_es: str
    city_zh: str
    cities: list[str]
    """The city's names in all languages; customers say any of them."""
    host: str
    check_in: date
    check_out: date
    nights: int
    guests: int
    total: Money
    policy: str
    minimum_nights: int
    status: str
    """``confirmed``, ``cancelled`` or ``completed``."""
    phase: str
    """``upcoming``, ``current`` or ``past``; goes by the dates alone."""


@dataclass
class RefundQuote:
    policy: str
    percent: int
    total: Money
    refund: Money


@dataclass
class Period:
    code: str
    direction: str
    """``earlier`` or ``later``."""
    names: list[str]
    """How customers call it, in all languages."""
    check_in: date
    check_out: date


@dataclass
class Availability:
    problem: Literal["none", "same", "minimum", "maximum", "taken"]
    nights: int
    alternatives: list[Period]
    """The nearest free periods of the same length; only when the dates are taken."""


@dataclass
class ChangeQuote:
    check_in: date
    check_out: date
    nights: int
    old_total: Money
    new_total: Money
    to_pay: Money
    to_refund: Money


@dataclass
class Refund:
    reference: str
    amount: Money
    cause: str
    status: Literal["pending", "paid", "overdue"]
    requested_on: date
    due_on: date
    paid_on: date | None


@dataclass
class GoodwillOffer:
    limit: Money
    given: Money
    reported: bool


EARLIER = [
    "earlier",
    "antes",
    "anteriores",
    "más temprano",
    "较早",
    "早一点",
    "早些",
    "之前",
    "前面",
]
LATER = ["later", "después", "posteriores", "más tarde", "较晚", "晚一点", "晚些", "之后", "后面"]

BOOKINGS = """
select b.*, s.name as stay, s.city, s.policy, s.minimum_nights, s.nightly_cents, s.cleaning_cents,
       s.deposit_cents, s.address, s.door_code, s.wifi,
       h.name as host, h.phone as host_phone, h.answers_within_hours
from bookings b join stays s on s.id = b.stay_id join hosts h on h.id = s.host_id
where b.customer_id = :customer and (:reference is null or b.reference = :reference)
order by b.check_in
"""


def all_own(db: sqlite3.Connection, customer_id: str) -> list[sqlite3.Row]:
    """The customer's bookings with their stays and hosts, earliest arrival first."""
    return db.execute(BOOKINGS, {"customer": customer_id, "reference": None}).fetchall()


def own(db: sqlite3.Connection, customer_id: str, reference: str) -> sqlite3.Row:
    """The booking, if it is this customer's.

    Raises:
        Refused: it isn't, whoever's else it may be.
    """
    found = db.execute(BOOKINGS, {"customer": customer_id, "reference": reference}).fetchall()
    if not found:
        raise Refused(f"You have no booking {reference}.")
    row: sqlite3.Row = found[0]
    return row


def booking(row: sqlite3.Row, now: datetime) -> Booking:
    """The row as the procedures see it."""
    check_in, check_out = day(row["check_in"]), day(row["check_out"])
    city = places.CITIES[row["city"]]
    return Booking(
        reference=row["reference"],
        stay=row["stay"],
        city=row["city"],
        city_es=city.es,
        city_zh=city.zh,
        cities=[row["city"], city.es, city.zh],
        host=row["host"],
        check_in=check_in,
        check_out=check_out,
        nights=(check_out - check_in).days,
        guests=row["guests"],
        total=money(row["total_cents"]),
        policy=row["policy"],
        minimum_nights=row["minimum_nights"],
        status=row["status"],
        phase=policies.phase(check_in, check_out, now),
    )


def refund_quote(row: sqlite3.Row, now: datetime) -> RefundQuote:
    """What comes back when the booking is cancelled now."""
    policy, total, check_in = row["policy"], row["total_cents"], day(row["check_in"])
    booked = datetime.fromisoformat(row["booked_at"])
    percent = policies.refund_percent(policy, booked, check_in, now)
    return RefundQuote(policy, percent, money(total), money(total * percent // 100))


def availability(
    db: sqlite3.Connection, row: sqlite3.Row, check_in: date, check_out: date, today: date
) -> Availability:
    """Whether the booking can be moved to these dates, and what is free near them if not."""
    nights = (check_out - check_in).days
    if (check_in, check_out) == (day(row["check_in"]), day(row["check_out"])):
        return Availability("same", nights, [])
    if nights < row["minimum_nights"]:
        return Availability("minimum", nights, [])
    if nights > policies.MAXIMUM_NIGHTS:
        return Availability("maximum", nights, [])
    if free(db, row, check_in, nights):
        return Availability("none", nights, [])
    found = []
    for code, direction, names, step in (("D1", "earlier", EARLIER, -1), ("D2", "later", LATER, 1)):
        for offset in range(1, 22):
            start = check_in + timedelta(days=step * offset)
            period = Period(code, direction, names, start, start + timedelta(days=nights))
            present = (start, period.check_out) == (day(row["check_in"]), day(row["check_out"]))
            if start > today and not present and free(db, row, start, nights):
                found.append(period)
                break
    return Availability("taken", nights, found)


def free(db: sqlite3.Connection, row: sqlite3.Row, start: date, nights: int) -> bool:
    """Whether no other booking of the stay overlaps; one may begin on the day another ends."""
    end = start + timedelta(days=nights)
    other = db.execute(
        "select 1 from bookings where stay_id = ? and reference <> ? and status = 'confirmed'"
        " and check_in < ? and check_out > ?",
        (row["stay_id"], row["reference"], end.isoformat(), start.isoformat()),
    ).fetchone()
    return other is None


def change_quote(row: sqlite3.Row, check_in: date, check_out: date) -> ChangeQuote:
    """What the booking costs on other dates; the strict policy pays nothing back."""
    nights, old = (check_out - check_in).days, row["total_cents"]
    new = policies.price(row["nightly_cents"], row["cleaning_cents"], nights)
    back = 0 if row["policy"] == policies.STRICT else max(0, old - new)
    amounts = map(money, (old, new, max(0, new - old), back))
    return ChangeQuote(check_in, check_out, nights, *amounts)


def refunds(db: sqlite3.Connection, customer_id: str, reference: str, today: date) -> list[Refund]:
    """The refunds of a booking of this customer, oldest first."""
    found = db.execute(
        "select r.* from refunds r join bookings b on b.reference = r.booking"
        " where b.customer_id = ? and b.reference = ? order by r.requested_on, r.reference",
        (customer_id, reference),
    )
    return [_refund(row, today) for row in found]


def _refund(row: sqlite3.Row, today: date) -> Refund:
    late = row["status"] == "pending" and day(row["due_on"]) < today
    return Refund(
        reference=row["reference"],
        amount=money(row["amount_cents"]),
        cause=row["cause"],
        status="overdue" if late else row["status"],
        requested_on=day(row["requested_on"]),
        due_on=day(row["due_on"]),
        paid_on=day(row["paid_on"]) if row["paid_on"] else None,
    )


def order_refund(
    db: sqlite3.Connection, reference: str, cents: int, cause: str, note: str, now: datetime
) -> date | None:
    """Orders a refund and gives the day by which it arrives; nothing to order gives None."""
    if not cents:
        return None
    number = next_reference(db, "refunds", "reference", "RF")
    asked, due = now.date(), policies.refund_due(now.date())
    db.execute(
        "insert into refunds values (?, ?, ?, ?, ?, 'pending', ?, ?, null)",
        (number, reference, cents, cause, note, asked.isoformat(), due.isoformat()),
    )
    return due


def goodwill_offer(db: sqlite3.Connection, row: sqlite3.Row) -> GoodwillOffer:
    """How much may still be paid back beyond the policy."""
    (given,) = db.execute(
        "select coalesce(sum(amount_cents), 0) from refunds"
        " where booking = ? and cause = 'goodwill'",
        (row["reference"],),
    ).fetchone()
    (reports,) = db.execute(
        "select count(*) from reports where booking = ?", (row["reference"],)
    ).fetchone()
    limit = policies.goodwill_limit(row["total_cents"], given, reports > 0)
    return GoodwillOffer(money(limit), money(given), reports > 0)


def contact(db: sqlite3.Connection, customer_id: str) -> sqlite3.Row:
    """The customer's e-mail address and phone number."""
    row: sqlite3.Row = db.execute(
        "select email, phone from customers where id = ?", (customer_id,)
    ).fetchone()
    return row


def open_code(
    db: sqlite3.Connection, customer_id: str, channel: str, code: str, now: datetime
) -> int | None:
    """The id of the customer's latest code for the channel, if it is this one and still good."""
    row = db.execute(
        "select * from codes where customer_id = ? and channel = ? order by id desc limit 1",
        (customer_id, channel),
    ).fetchone()
    if row is None or row["used_at"] or now.isoformat() > row["expires_at"]:
        return None
    return row["id"] if secrets.compare_digest(row["code"], code) else None


def money(cents: int) -> Money:
    """Cents of the database as money."""
    return Money(Decimal(cents) / 100, "EUR")


def cents(amount: Money) -> int:
    """Money as the database holds it."""
    return int(amount.amount * 100)


def written(amount: Money) -> str:
    """Money as e-mails to customers show it."""
    return f"€{amount.amount:,.2f}"


def day(text: str) -> date:
    """A date of the database."""
    return date.fromisoformat(text)
