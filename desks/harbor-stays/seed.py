"""The demo's data: six customers whose bookings are easy to remember, and a crowd.

The files in ``demo/`` hold the bookings by hand; their dates are days from today, so that the
demo stays fresh. The crowd is drawn from a fixed seed. The same day gives the same database.
"""

import csv
import random
import sqlite3
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from .business import SCHEMA
from .policies import price, refund_due

DEMO = Path(__file__).parent / "demo"

FIRST = "Alba Bruno Carla Dieter Elif Filipa Gorka Hana Ivo Julia Kofi Lena Milan Nora Olga Tara"
LAST = "Almeida Berger Costa Dubois Evans Fischer Garcia Horvat Ito Jensen Kaya Lopes"
NAMES = "Oliveira Mirante Azulejo Figueira Cais Serra Mar Jardim Fonte Pinhal Sol Ilha"
CITIES = ("Porto", "Lisbon", "Lagos", "Faro", "Funchal", "Coimbra", "Sintra", "Tavira")


def make(db: sqlite3.Connection, now: datetime) -> None:
    """Makes the tables and fills them; ``now`` is the desk's wall clock."""
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    draw = random.Random(1001)
    by_hand(db, "customers")
    by_hand(db, "hosts")
    others(db, draw)
    stays(db, draw)
    bookings(db, now.date())
    afterwards(db, now.date())
    crowd(db, draw, now.date())


def rows(table: str) -> list[dict[str, Any]]:
    """A file of ``demo/``."""
    with (DEMO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def insert(db: sqlite3.Connection, table: str, **values: object) -> None:
    """Adds a row; dates are written as ISO 8601."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    plain = [value.isoformat() if isinstance(value, date) else value for value in values.values()]
    db.execute(f"insert into {table} ({names}) values ({marks})", plain)  # noqa: S608


def by_hand(db: sqlite3.Connection, table: str) -> None:
    """Adds the rows of a file as they are."""
    for row in rows(table):
        insert(db, table, **row)


def others(db: sqlite3.Connection, draw: random.Random) -> None:
    """Customers and hosts of the crowd."""

    def name() -> str:
        return f"{draw.choice(FIRST.split())} {draw.choice(LAST.split())}"

    for i in range(101, 161):
        email, phone = f"guest{i}@example.org", f"+351912346{i}"
        insert(db, "customers", id=f"cust-{i}", name=name(), email=email, phone=phone)
    for i in range(7, 15):
        hours = draw.choice([2, 4, 8, 12])
        phone = f"+351912347{100 + i}"
        insert(db, "hosts", id=i, name=name(), phone=phone, answers_within_hours=hours)


def stays(db: sqlite3.Connection, draw: random.Random) -> None:
    """The demo customers' stays, and as many for the crowd."""
    drawn = []
    for i, word in enumerate(NAMES.split(), start=13):
        city = draw.choice(CITIES)
        stay = {"id": i, "host_id": draw.randint(7, 14), "city": city, "deposit": 100}
        stay |= {"name": f"{draw.choice(['Casa', 'Villa'])} {word}"}
        stay |= {"address": f"Rua {word} {i}, {city}", "nightly": draw.randrange(55, 180, 5)}
        stay |= {"cleaning": draw.randrange(25, 80, 5), "minimum_nights": draw.randint(1, 3)}
        stay |= {"policy": draw.choice(["flexible", "moderate", "strict"])}
        stay |= {"most_guests": draw.randint(2, 6), "pets": draw.randint(0, 1)}
        drawn.append(stay)
    for row in rows("stays") + drawn:
        for name in ("nightly", "cleaning", "deposit"):
            row[f"{name}_cents"] = int(row.pop(name)) * 100
        number = int(row["id"])
        insert(db, "stays", **row, door_code=str(4000 + 37 * number), wifi=f"harbor-{number:02d}")


def moment(today: date, days: str, clock: time) -> datetime | None:
    """A number of days from today, or None for an empty field."""
    return datetime.combine(today + timedelta(days=int(days)), clock) if days else None


def bookings(db: sqlite3.Connection, today: date) -> None:
    """What the demo customers booked, and their neighbours in the calendar."""
    for row in rows("bookings"):
        book(
            db,
            reference=row["reference"],
            customer_id=row["customer_id"],
            stay_id=int(row["stay_id"]),
            check_in=today + timedelta(days=int(row["check_in"])),
            nights=int(row["nights"]),
            guests=int(row["guests"]),
            booked_at=moment(today, row["booked"], time(18, 0)),
            status=row["status"],
            cancelled_at=moment(today, row["cancelled"], time(9, 0)),
        )


def afterwards(db: sqlite3.Connection, today: date) -> None:
    """What the demo customers got back, reported, wrote and had invoiced."""
    for row in rows("refunds"):
        asked = today + timedelta(days=int(row.pop("requested")))
        paid = row.pop("paid")
        row["paid_on"] = today + timedelta(days=int(paid)) if paid else None
        refund(db, asked, cents=int(Decimal(row.pop("amount")) * 100), **row)
    # What came back because a stay became shorter had been paid on top of today's total.
    db.execute(
        "update payments set amount_cents = amount_cents + coalesce((select sum(amount_cents)"
        " from refunds r where r.booking = payments.booking and cause = 'change of dates'), 0)"
    )
    for row in rows("reports"):
        created = moment(today, row.pop("created"), time(20, 30))
        insert(db, "reports", **row, created_at=created)
    for row in rows("messages"):
        sent = moment(today, row.pop("sent"), time(11, 15))
        insert(db, "messages", **row, sent_at=sent)
    for row in rows("invoices"):
        row["created_at"] = moment(today, row.pop("created"), time(12, 0))
        insert(db, "invoices", **row)


def crowd(db: sqlite3.Connection, draw: random.Random, today: date) -> None:
    """Everybody else's bookings; long past ones only at the stays of the demo customers."""
    number = 2003
    for stay in range(1, 25):
        day = today - timedelta(days=200)
        last = today + timedelta(days=-60 if stay <= 12 else 90)
        while (day := day + timedelta(days=draw.randint(3, 18))) < last:
            nights = draw.randint(3, 9)
            before = timedelta(days=draw.randint(5, 60))
            booked = datetime.combine(min(day, today) - before, time(draw.randint(8, 22), 15))
            dropped = booked + timedelta(days=2) if draw.random() < 0.15 else None
            leave = day + timedelta(days=nights)
            status = "cancelled" if dropped else "completed" if leave <= today else "confirmed"
            total = book(
                db,
                reference=f"HB-{number}",
                customer_id=f"cust-{draw.randint(101, 160)}",
                stay_id=stay,
                check_in=day,
                nights=nights,
                guests=draw.randint(1, 2),
                booked_at=booked,
                status=status,
                cancelled_at=dropped,
            )
            if dropped:
                crowd_refund(db, number, total // 2, dropped.date(), today)
            number, day = number + 1, leave


def crowd_refund(db: sqlite3.Connection, number: int, cents: int, asked: date, today: date) -> None:
    """Half of a cancelled booking, paid three days before it was due."""
    paid = refund_due(asked) - timedelta(days=3)
    refund(
        db,
        asked,
        cents=cents,
        reference=f"RF-{4000 + number}",
        booking=f"HB-{number}",
        cause="cancellation",
        status="paid" if paid <= today else "pending",
        paid_on=paid if paid <= today else None,
    )


def book(
    db: sqlite3.Connection, *, stay_id: int, check_in: date, nights: int, **booking: Any
) -> int:
    """Adds a booking with its payment; gives its total in cents."""
    nightly, cleaning = db.execute(
        "select nightly_cents, cleaning_cents from stays where id = ?", (stay_id,)
    ).fetchone()
    total = price(nightly, cleaning, nights)
    leave = check_in + timedelta(days=nights)
    booking |= {"stay_id": stay_id, "check_in": check_in, "check_out": leave}
    insert(db, "bookings", **booking, total_cents=total)
    reference = booking["reference"]
    card = f"Visa ending {1000 + int(reference[3:]) % 9000}"
    paid_at = booking["booked_at"]
    insert(db, "payments", booking=reference, amount_cents=total, card=card, paid_at=paid_at)
    return total


def refund(db: sqlite3.Connection, asked: date, *, cents: int, **values: Any) -> None:
    """Adds a refund; it is due ten working days after it was asked for."""
    values |= {"requested_on": asked, "due_on": refund_due(asked)}
    insert(db, "refunds", amount_cents=cents, **values)
