"""The business database of the clinic: its tables, connections, and writes that happen once."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Dublin")

SCHEMA = """
create table patients (
    id text primary key, name text not null, born text not null,
    email text not null, phone text not null, address text not null,
    guardian_id text references patients
) strict;
create table clinicians (
    id text primary key, name text not null, services text not null, weekdays text not null
) strict;
create table appointments (
    reference text primary key, patient_id text not null references patients,
    service text not null, clinician_id text not null references clinicians,
    starts text not null, minutes integer not null,
    status text not null check (status in ('booked', 'cancelled', 'attended')),
    late integer not null default 0 check (late in (0, 1))
) strict;
create index appointments_of_patient on appointments (patient_id);
create unique index one_patient_at_a_time on appointments (clinician_id, starts)
    where status = 'booked';
create table medicines (
    code text primary key, patient_id text not null references patients,
    name text not null, issued_on text not null, review_on text not null
) strict;
create table sick_notes (
    id integer primary key, patient_id text not null references patients, issued_on text not null
) strict;
create table prescription_requests (
    reference text primary key, medicine text not null references medicines,
    pick_up_at text not null check (pick_up_at in ('clinic', 'pharmacy')),
    status text not null check (status in ('waiting', 'approved', 'declined')),
    answer_by text not null, created_at text not null
) strict;
create table document_requests (
    reference text primary key, patient_id text not null references patients,
    kind text not null, delivery text not null check (delivery in ('post', 'pick_up')),
    ready_on text not null, created_at text not null
) strict;
create table registrations (
    reference text primary key, name text not null, born text not null, phone text not null,
    guardian text, created_at text not null
) strict;
create table callbacks (
    reference text primary key, name text not null, phone text not null, topic text not null,
    call_on text not null, created_at text not null
) strict;
create table codes (
    id integer primary key, patient_id text not null references patients,
    channel text not null check (channel in ('email', 'phone')), code text not null,
    expires_at text not null, used_at text
) strict;
create table outbox (
    id integer primary key, recipient text not null, subject text not null, body text not null,
    created_at text not null
) strict;
create table keys (
    key text primary key, tool text not null, result text not null
) strict;
"""


def local(now: datetime) -> datetime:
    """The moment by the clinic's wall clock, without a zone, as the database holds it."""
    if now.tzinfo is not None:
        now = now.astimezone(ZONE)
    return now.replace(tzinfo=None, microsecond=0)


@contextmanager
def connect(data: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one call. What is written is kept only when the block ends well."""
    db = sqlite3.connect(Path(data) / "business.db", timeout=5, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("pragma foreign_keys = on")
        db.execute("begin")
        yield db
        db.execute("commit")
    finally:
        db.close()


def once(
    data: Path, key: str, tool: str, act: Callable[[sqlite3.Connection], dict[str, Any]]
) -> dict[str, Any]:
    """Runs ``act`` in one transaction, unless the key was used: then gives its first result."""
    with connect(data) as db:
        # A write first, so that two calls with one key wait for each other.
        db.execute("insert into keys values (?, ?, '') on conflict do nothing", (key, tool))
        known = db.execute("select tool, result from keys where key = ?", (key,)).fetchone()
        if known["tool"] != tool:
            raise ValueError(f"The key of a call of {known['tool']} came with {tool}.")
        if known["result"]:
            return dict(json.loads(known["result"]))
        result = act(db)
        db.execute("update keys set result = ? where key = ?", (json.dumps(result), key))
        return result


def next_reference(db: sqlite3.Connection, table: str, prefix: str) -> str:
    """The first free reference of a table, such as ``AP-5001``."""
    latest = db.execute(f"select max(reference) from {table}").fetchone()[0]  # noqa: S608
    return f"{prefix}-{int(latest.rpartition('-')[2]) + 1 if latest else 5001}"


def send(db: sqlite3.Connection, recipient: str, subject: str, body: str, now: datetime) -> None:
    """Puts a message into the outbox; another process would send it."""
    db.execute(
        "insert into outbox (recipient, subject, body, created_at) values (?, ?, ?, ?)",
        (recipient, subject, body, now.isoformat()),
    )
