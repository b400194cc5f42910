"""How the desk reaches your systems: typed functions that the procedures call.

This demo keeps its appointments in a small SQLite database. Change first: what a `Visit` is, then
the bodies of the two tools, so that they read and write where your company keeps its own. The
types of parameters and results are explained in frontdesk's docs/desk.md.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, time, timedelta

from frontdesk.tools import Customer, DataFolder, IdempotencyKey, Now, Refused, prepare, read, write


@dataclass
class Visit:
    """An appointment, as procedures see it: `visit.day` and so on."""

    reference: str
    service: str
    day: date
    starts: time
    status: str


# `prepare` runs once for a new data folder, and before each test. A company with a database of its
# own needs none.
@prepare
def build(data: DataFolder, now: Now) -> None:
    """Makes the demo's database; days count from today, so that the demo stays fresh."""
    today = now.date()
    with sqlite3.connect(data / "business.db") as db:
        db.execute(
            "create table visits (reference, customer, service, day, starts, status, key, reason)"
        )
        rows = [
            ("AP-1001", "cust-ana", "Consultation", today + timedelta(days=3), "09:30"),
            ("AP-1002", "cust-ana", "Follow-up", today + timedelta(days=17), "14:00"),
            ("AP-1003", "cust-ben", "Consultation", today, "16:00"),
        ]
        for reference, customer, service, day, starts in rows:
            row = (reference, customer, service, day.isoformat(), starts)
            db.execute("insert into visits values (?, ?, ?, ?, ?, 'booked', null, null)", row)


# `customer` is who signed in. Name `customer.id` in every statement: that alone keeps customers
# apart. The desk gives `customer`, `data`, `key` and `now`; all else comes from the step's `with`.
@read
def list_visits(customer: Customer, data: DataFolder, now: Now) -> list[Visit]:
    """The customer's coming appointments, earliest first."""
    with sqlite3.connect(data / "business.db") as db:
        rows = db.execute(
            "select reference, service, day, starts, status from visits"
            " where customer = ? and status = 'booked' and day >= ? order by day",
            (customer.id, now.date().isoformat()),
        ).fetchall()
    return [
        Visit(reference, service, date.fromisoformat(day), time.fromisoformat(starts), status)
        for reference, service, day, starts, status in rows
    ]


# A write is called only with the customer's consent. Two things are worth copying: it checks again
# by itself what may be done, and it keeps `key`, so that the same write is never done twice.
@write
def cancel_visit(
    customer: Customer,
    data: DataFolder,
    key: IdempotencyKey,
    now: Now,
    reference: str,
    reason: str | None = None,
) -> str:
    """Cancels an appointment."""
    with sqlite3.connect(data / "business.db") as db:
        done = db.execute(
            "update visits set status = 'cancelled', key = ?, reason = ?"
            " where reference = ? and customer = ?"
            " and (key = ? or (status = 'booked' and day > ?))",
            (key, reason, reference, customer.id, key, now.date().isoformat()),
        )
    if not done.rowcount:
        raise Refused("On the day itself only a colleague can cancel.")  # the customer reads this
    return reference
