"""The demo's data. Days are counted from today, so that the demo stays fresh.

The files in ``demo/`` hold what is told by hand; appointments lie on open days. The crowd, which
takes about a third of the other times, is drawn from a fixed seed: the same day gives the same
database.
"""

import csv
import random
import sqlite3
from datetime import date, datetime, time, timedelta
from pathlib import Path

from . import rules
from .business import SCHEMA

DEMO = Path(__file__).parent / "demo"
CROWD = "pat-crowd"
FULL_DAY = 3
"""The open day from today on which the doctors have no time left."""


def make(db: sqlite3.Connection, today: date) -> None:
    """Makes the tables and fills them."""
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    for table in ("patients", "clinicians"):
        for row in rows(table):
            insert(db, table, **{name: value or None for name, value in row.items()})
    for row in rows("appointments"):
        day, clock = rules.open_day(today, int(row.pop("open_day"))), row.pop("clock")
        starts = datetime.combine(day, time.fromisoformat(clock))
        insert(db, "appointments", **row, starts=starts, minutes=minutes(row["service"]))
    for row in rows("medicines"):
        for name in ("issued", "review"):
            row[f"{name}_on"] = str(today + timedelta(days=int(row.pop(name))))
        insert(db, "medicines", **row)
    insert(db, "sick_notes", patient_id="pat-bram", issued_on=today - timedelta(days=12))
    crowd(db, today)


def rows(table: str) -> list[dict[str, str]]:
    """A file of ``demo/``."""
    with (DEMO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def insert(db: sqlite3.Connection, table: str, **values: object) -> None:
    """Adds a row; dates are written as ISO 8601."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    plain = [value.isoformat() if isinstance(value, date) else value for value in values.values()]
    db.execute(f"insert into {table} ({names}) values ({marks})", plain)  # noqa: S608


def minutes(service: str) -> int:
    """How long such an appointment takes."""
    return rules.SERVICES[service].minutes


def crowd(db: sqlite3.Connection, today: date) -> None:
    """Everybody else's appointments of the next weeks, around those told by hand."""
    draw, number = random.Random(1001), 2001
    for steps in range(1, 25):
        day = rules.open_day(today, steps)
        for row in rows("clinicians"):
            service = row["services"].split()[0]
            share = 1.0 if steps == FULL_DAY and service == "doctor" else 0.35
            for starts in rules.beginnings(day, minutes(service)):
                is_taken = draw.random() < share and str(day.weekday()) in row["weekdays"]
                if not is_taken or by_hand(db, row["id"], starts):
                    continue
                insert(
                    db,
                    "appointments",
                    reference=f"AP-{number}",
                    patient_id=CROWD,
                    service=service,
                    clinician_id=row["id"],
                    starts=starts,
                    minutes=minutes(service),
                    status="booked",
                )
                number += 1


def by_hand(db: sqlite3.Connection, clinician: str, starts: datetime) -> bool:
    """Whether the clinician has an appointment then."""
    query = "select 1 from appointments where clinician_id = ? and starts = ? and status = 'booked'"
    return db.execute(query, (clinician, starts.isoformat())).fetchone() is not None
