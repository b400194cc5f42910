"""What the procedures read: a customer's orders with their items, and their refunds.

Every query names the customer; an order of somebody else is not found.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from frontdesk.tools import Money, Refused

from . import policies


@dataclass
class Item:
    line: str
    product: str
    colour: str
    size: str
    label: str
    paid: Money
    status: str
    problem: str
    """Why it can't be sent back; empty when it can."""
    exchangeable: bool


@dataclass
class Order:
    reference: str
    summary: str
    status: str
    ordered_on: date
    expected_on: date | None
    delivered_on: date | None
    return_until: date | None
    is_lost: bool
    address: str
    shipping: Money
    total: Money
    items: list[Item]


@dataclass
class Variant:
    number: str
    colour: str
    size: str
    size_name: str
    label: str
    stock: int


@dataclass
class Refund:
    reference: str
    order: str
    cause: str
    amount: Money
    status: str
    due_on: date
    paid_on: date | None


SIZES = {"S": "small", "M": "medium", "L": "large", "": ""}

LINES = (
    "select l.*, o.customer_id, o.delivered_on, o.status as order_status, p.name, p.kind, p.id as"
    " product_id, v.colour, v.size, v.stock from lines l"
    " join orders o on o.reference = l.order_reference"
    " join variants v on v.id = l.variant_id join products p on p.id = v.product_id"
)


def money(cents: int) -> Money:
    """Cents as money."""
    return Money(Decimal(cents) / 100, "EUR")


def cents(amount: Money) -> int:
    """Money as cents."""
    return int(amount.amount * 100)


def day(text: str | None) -> date | None:
    """A date of the database."""
    return date.fromisoformat(text) if text else None


def orders(db: sqlite3.Connection, customer_id: str, today: date) -> list[Order]:
    """The customer's orders, the latest first."""
    rows = db.execute(
        "select * from orders where customer_id = ? order by ordered_on desc", (customer_id,)
    ).fetchall()
    return [_order(db, row, today) for row in rows]


def own(db: sqlite3.Connection, customer_id: str, reference: str, today: date) -> Order:
    """One order of the customer.

    Raises:
        Refused: there is none of that reference.
    """
    for order in orders(db, customer_id, today):
        if order.reference == reference:
            return order
    raise Refused(f"You have no order {reference}.")


def own_items(order: Order, lines: list[str]) -> list[Item]:
    """The named items of an order, in its order.

    Raises:
        Refused: one of them is not in the order.
    """
    if not lines or not set(lines) <= {item.line for item in order.items}:
        raise Refused(f"These items are not in order {order.reference}.")
    return [item for item in order.items if item.line in lines]


def is_rest(order: Order, items: list[Item]) -> bool:
    """Whether nothing of the order stays with the customer without these items."""
    return {item.line for item in order.items if item.status == "bought"} == {
        item.line for item in items
    } and all(item.status in ("bought", "returned") for item in order.items)


def variants(db: sqlite3.Connection, line: str) -> list[Variant]:
    """The other sizes and colours of an item's product."""
    rows = db.execute(
        "select v.* from variants v join variants mine on mine.product_id = v.product_id"
        " join lines l on l.variant_id = mine.id where l.line = ? and v.id != mine.id",
        (line,),
    ).fetchall()
    return [
        Variant(
            f"V-{row['id']}",
            row["colour"],
            row["size"],
            SIZES[row["size"]],
            _label(row["colour"], row["size"]),
            row["stock"],
        )
        for row in rows
    ]


def refunds(db: sqlite3.Connection, customer_id: str, today: date) -> list[Refund]:
    """The customer's refunds, the latest first."""
    rows = db.execute(
        "select r.* from refunds r join orders o on o.reference = r.order_reference"
        " where o.customer_id = ? order by r.requested_on desc",
        (customer_id,),
    ).fetchall()
    return [_refund(row, today) for row in rows]


def _refund(row: sqlite3.Row, today: date) -> Refund:
    due = date.fromisoformat(row["due_on"])
    status = "paid" if row["paid_on"] else "overdue" if due < today else "pending"
    amount, paid = money(row["amount_cents"]), day(row["paid_on"])
    return Refund(row["reference"], row["order_reference"], row["cause"], amount, status, due, paid)


def _order(db: sqlite3.Connection, row: sqlite3.Row, today: date) -> Order:
    lines = db.execute(
        f"{LINES} where o.reference = ? order by l.line", (row["reference"],)
    ).fetchall()
    items = [_item(line, today) for line in lines]
    shipped, delivered = day(row["shipped_on"]), day(row["delivered_on"])
    expected = shipped + timedelta(days=policies.PARCEL_DAYS) if shipped else None
    lost = expected is not None and delivered is None
    return Order(
        reference=row["reference"],
        summary=", ".join(item.product for item in items),
        status=row["status"],
        ordered_on=date.fromisoformat(row["ordered_on"]),
        expected_on=expected,
        delivered_on=delivered,
        return_until=policies.until(delivered) if delivered else None,
        is_lost=lost and (today - (expected or today)).days >= policies.LOST_DAYS,
        address=row["address"],
        shipping=money(row["shipping_cents"]),
        total=money(row["shipping_cents"] + sum(line["paid_cents"] for line in lines)),
        items=items,
    )


def _item(row: sqlite3.Row, today: date) -> Item:
    problem = policies.return_problem(row["kind"], row["status"], day(row["delivered_on"]), today)
    label = f"{row['name']} ({_label(row['colour'], row['size'])})"
    paid = money(row["paid_cents"])
    can_exchange = not problem and row["kind"] == "clothing"
    named = (row["line"], row["name"], row["colour"], row["size"], label)
    return Item(*named, paid, row["status"], problem, can_exchange)


def _label(colour: str, size: str) -> str:
    return f"{colour}, {size}" if size else colour
