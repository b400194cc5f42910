"""The business database of the demo: its tables, connections, and writes that happen once."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Lisbon")

SCHEMA = """
create table customers (
    id text primary key, name text not null, email text not null, phone text not null
) strict;
create table hosts (
    id integer primary key, name text not null, phone text not null,
    answers_within_hours integer not null
) strict;
create table stays (
    id integer primary key, host_id integer not null references hosts,
    name text not null, city text not null, address text not null,
    nightly_cents integer not null, cleaning_cents integer not null,
    deposit_cents integer not null,
    policy text not null check (policy in ('flexible', 'moderate', 'strict')),
    minimum_nights integer not null, most_guests integer not null,
    pets integer not null check (pets in (0, 1)),
    door_code text not null, wifi text not null
) strict;
create table bookings (
    reference text primary key,
    customer_id text not null references customers, stay_id integer not null references stays,
    check_in text not null, check_out text not null, guests integer not null,
    booked_at text not null, total_cents integer not null,
    status text not null check (status in ('confirmed', 'cancelled', 'completed')),
    cancelled_at text, check (check_in < check_out)
) strict;
create index bookings_of_customer on bookings (customer_id);
create index bookings_of_stay on bookings (stay_id, check_in);
create table payments (
    id integer primary key, booking text not null references bookings,
    amount_cents integer not null, card text not null, paid_at text not null
) strict;
create table refunds (
    reference text primary key, booking text not null references bookings,
    amount_cents integer not null check (amount_cents > 0),
    cause text not null check (cause in ('cancellation', 'change of dates', 'goodwill')),
    note text not null default '',
    status text not null check (status in ('pending', 'paid')),
    requested_on text not null, due_on text not null, paid_on text
) strict;
create index refunds_of_booking on refunds (booking);
create table reports (
    reference text primary key, booking text not null references bookings,
    kind text not null, description text not null,
    status text not null check (status in ('open', 'solved')), created_at text not null
) strict;
create table messages (
    id integer primary key, booking text not null references bookings,
    sender text not null check (sender in ('guest', 'host', 'desk')),
    body text not null, sent_at text not null
) strict;
create table invoices (
    number text primary key, booking text not null references bookings,
    kind text not null check (kind in ('invoice', 'payment receipt')),
    company text, vat_number text, total_cents integer not null,
    sent_to text not null, created_at text not null
) strict;
create table codes (
    id integer primary key, customer_id text not null references customers,
    channel text not null check (channel in ('email', 'phone')), code text not null,
    sent_at text not null, expires_at text not null, used_at text
) strict;
create table outbox (
    id integer primary key, customer_id text not null references customers,
    channel text not null check (channel in ('email', 'sms')), recipient text not null,
    subject text not null, body text not null, created_at text not null
) strict;
create table keys (
    key text primary key, tool text not null, result text not null, created_at text not null
) strict;
"""


def local(now: datetime) -> datetime:
    """The moment by the desk's wall clock, without a zone, as the database holds it."""
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
    data: Path,
    key: str,
    tool: str,
    now: datetime,
    act: Callable[[sqlite3.Connection], dict[str, Any]],
) -> dict[str, Any]:
    """Runs ``act`` in one transaction, unless the key was used: then gives its first result.

    The result and the effect are committed together, so a key that is known has had its effect.
    """
    with connect(data) as db:
        # A write lock before the look-up: two calls with one key can't both find nothing.
        db.execute(
            "insert into keys values (?, ?, '', ?) on conflict do nothing",
            (key, tool, local(now).isoformat()),
        )
        known = db.execute("select tool, result from keys where key = ?", (key,)).fetchone()
        if known["tool"] != tool:
            raise ValueError(f"The key of a call of {known['tool']} came with {tool}.")
        if known["result"]:
            return dict(json.loads(known["result"]))
        result = act(db)
        db.execute("update keys set result = ? where key = ?", (json.dumps(result), key))
        return result


def next_reference(db: sqlite3.Connection, table: str, column: str, prefix: str) -> str:
    """The first free reference of a table, such as ``RF-5007``."""
    latest = db.execute(f"select max({column}) from {table}").fetchone()[0]  # noqa: S608
    return f"{prefix}-{int(latest.rpartition('-')[2]) + 1}"


def send(
    db: sqlite3.Connection,
    customer_id: str,
    channel: str,
    recipient: str,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Puts a message to the customer into the outbox; another process would send it."""
    db.execute(
        "insert into outbox (customer_id, channel, recipient, subject, body, created_at)"
        " values (?, ?, ?, ?, ?, ?)",
        (customer_id, channel, recipient, subject, body, local(now).isoformat()),
    )


def tell_host(db: sqlite3.Connection, booking: str, sender: str, body: str, now: datetime) -> None:
    """Adds a message to the booking's conversation with its host."""
    db.execute(
        "insert into messages (booking, sender, body, sent_at) values (?, ?, ?, ?)",
        (booking, sender, body, local(now).isoformat()),
    )
