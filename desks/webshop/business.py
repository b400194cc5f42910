"""The shop's database: its tables, connections, the demo's data, and writes that happen once."""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from . import policies

DEMO = Path(__file__).parent / "demo"

SCHEMA = """
create table customers (
    id text primary key, name text not null, email text not null,
    newsletter integer not null check (newsletter in (0, 1))
) strict;
create table products (
    id integer primary key, name text not null, price_cents integer not null,
    kind text not null check (kind in ('clothing', 'home', 'hygiene'))
) strict;
create table variants (
    id integer primary key, product_id integer not null references products,
    colour text not null, size text not null, stock integer not null check (stock >= 0)
) strict;
create table orders (
    reference text primary key, customer_id text not null references customers,
    status text not null
        check (status in ('open', 'packed', 'shipped', 'delivered', 'cancelled')),
    address text not null, shipping_cents integer not null,
    ordered_on text not null, shipped_on text, delivered_on text
) strict;
create table lines (
    line text primary key, order_reference text not null references orders,
    variant_id integer not null references variants, paid_cents integer not null,
    status text not null
        check (status in ('bought', 'returned', 'exchanged', 'replaced', 'refunded'))
) strict;
create table cases (
    reference text primary key, order_reference text not null references orders,
    kind text not null, lines text not null, note text not null, created_on text not null
) strict;
create table refunds (
    reference text primary key, order_reference text not null references orders,
    cause text not null, amount_cents integer not null check (amount_cents > 0),
    requested_on text not null, due_on text not null, paid_on text
) strict;
create table outbox (
    id integer primary key, customer_id text not null references customers,
    subject text not null, body text not null
) strict;
create table keys (key text primary key, result text not null) strict;
"""


@contextmanager
def connect(data: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one call. What is written is kept only when the block ends well."""
    db = sqlite3.connect(data / "business.db", timeout=5, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        db.execute("pragma foreign_keys = on")
        db.execute("begin")
        yield db
        db.execute("commit")
    finally:
        db.close()


def once(
    data: Path, key: str, act: Callable[[sqlite3.Connection], dict[str, Any]]
) -> dict[str, Any]:
    """Runs ``act`` in one transaction, unless the key was used: then gives its first result."""
    with connect(data) as db:
        # A write lock before the look-up: two calls with one key can't both find nothing.
        db.execute("insert into keys values (?, '') on conflict do nothing", (key,))
        known = db.execute("select result from keys where key = ?", (key,)).fetchone()["result"]
        if known:
            return dict(json.loads(known))
        result = act(db)
        db.execute("update keys set result = ? where key = ?", (json.dumps(result), key))
        return result


def insert(db: sqlite3.Connection, table: str, **values: object) -> None:
    """Adds a row."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"insert into {table} ({names}) values ({marks})", [*values.values()])  # noqa: S608


def next_reference(db: sqlite3.Connection, table: str, prefix: str) -> str:
    """The next free reference of a table, such as ``RF-5003``."""
    count = db.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
    return f"{prefix}-{5001 + count}"


def mail(db: sqlite3.Connection, customer_id: str, subject: str, body: str) -> None:
    """Puts an e-mail into the outbox; another process would send it."""
    insert(db, "outbox", customer_id=customer_id, subject=subject, body=body)


# -- the demo's data: its dates are days before today, so that it stays fresh ---------------------


def make(db: sqlite3.Connection, today: date) -> None:
    """Makes the tables and fills them from ``demo/``."""
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    for table in ("customers", "products", "variants"):
        for row in _rows(table):
            insert(db, table, **row)
    discounts = {row["reference"]: int(row.pop("discount_percent")) for row in _orders(db, today)}
    for row in _rows("lines"):
        price = db.execute(
            "select price_cents from variants v join products p on p.id = v.product_id"
            " where v.id = ?",
            (row["variant_id"],),
        ).fetchone()[0]
        insert(
            db, "lines", **row, paid_cents=price * (100 - discounts[row["order_reference"]]) // 100
        )
    db.execute(
        "update orders set shipping_cents = case when (select sum(paid_cents) from lines"
        " where order_reference = reference) >= ? then 0 else ? end",
        (policies.FREE_SHIPPING_FROM, policies.SHIPPING),
    )
    for row in _rows("refunds"):
        asked = today - timedelta(days=int(row.pop("requested")))
        paid = _ago(today, row.pop("paid"))
        due = str(policies.refund_due(asked))
        insert(db, "refunds", **row, requested_on=str(asked), due_on=due, paid_on=paid)


def _orders(db: sqlite3.Connection, today: date) -> list[dict[str, Any]]:
    rows = _rows("orders")
    for row in rows:
        days = {
            f"{step}_on": _ago(today, row[step]) for step in ("ordered", "shipped", "delivered")
        }
        plain = {name: row[name] for name in ("reference", "customer_id", "status", "address")}
        insert(db, "orders", **plain, **days, shipping_cents=0)
    return rows


def _rows(table: str) -> list[dict[str, Any]]:
    with (DEMO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _ago(today: date, days: str) -> str | None:
    return str(today - timedelta(days=int(days))) if days else None
