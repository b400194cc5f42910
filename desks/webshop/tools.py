"""What the procedures of Quillfern can look up and do.

Every read and write names ``customer.id``. Every write checks again by itself what the procedure
told the customer, and happens once for a key.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from frontdesk.tools import (
    Customer,
    DataFolder,
    IdempotencyKey,
    Money,
    Now,
    Refused,
    prepare,
    read,
    write,
)

from . import policies, records
from .business import connect, insert, mail, make, next_reference, once
from .records import Item, Order, Refund, Variant

Reason = Literal["too_small", "too_big", "changed_mind", "faulty"]
Damage = Literal["damaged", "missing", "wrong"]
Remedy = Literal["replacement", "refund"]


@dataclass
class ReturnQuote:
    accepted: list[Item]
    rejected: list[Item]
    """Each with its ``problem``."""
    lines: list[str]
    """Of the accepted ones."""
    label_fee: Money
    shipping: Money
    """What of the cost of sending comes back."""
    refund: Money


@dataclass
class Variants:
    in_stock: list[Variant]
    sold_out: str


@dataclass
class Remedies:
    lines: list[str]
    sold_out: list[Item]
    refund: Money


@dataclass
class Done:
    number: str
    due_on: date | None = None


@dataclass
class Account:
    email: str
    newsletter: bool


@prepare
def build(data: DataFolder, now: Now) -> None:
    """Makes the demo's database."""
    with connect(data) as db:
        make(db, now.date())


@read
def list_orders(customer: Customer, data: DataFolder, now: Now) -> list[Order]:
    """The customer's orders with their items, the latest first."""
    with connect(data) as db:
        return records.orders(db, customer.id, now.date())


# -- before an order is shipped -------------------------------------------------------------------


@write
def cancel_order(
    customer: Customer, data: DataFolder, now: Now, key: IdempotencyKey, reference: str
) -> Done:
    """Cancels an order that was not packed yet, and pays everything back."""
    today = now.date()

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        order = _open(db, customer, reference, today)
        db.execute("update orders set status = 'cancelled' where reference = ?", (reference,))
        _restock(db, order.items)
        number = _refund(db, reference, "cancellation", order.total, today)
        mail(db, customer.id, f"Order {reference} is cancelled", f"Refund {number}")
        return {"number": number}

    return Done(once(data, key, act)["number"], policies.refund_due(today))


@write
def change_address(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    address: str,
) -> Done:
    """Sends an order that was not packed yet to another address."""

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        _open(db, customer, reference, now.date())
        db.execute("update orders set address = ? where reference = ?", (address, reference))
        mail(db, customer.id, f"New address of {reference}", address)
        return {"number": reference}

    return Done(once(data, key, act)["number"])


def _open(db: sqlite3.Connection, customer: Customer, reference: str, today: date) -> Order:
    order = records.own(db, customer.id, reference, today)
    if order.status != "open":
        raise Refused(f"Order {reference} is {order.status} already.")
    return order


# -- returns and exchanges ------------------------------------------------------------------------


@read
def quote_return(
    customer: Customer,
    data: DataFolder,
    now: Now,
    reference: str,
    items: list[Item],
    reason: Reason,
) -> ReturnQuote:
    """Which of the items can come back, and what is paid for them."""
    with connect(data) as db:
        order = records.own(db, customer.id, reference, now.date())
    return _quote(order, records.own_items(order, [item.line for item in items]), reason)


def _quote(order: Order, items: list[Item], reason: str) -> ReturnQuote:
    accepted = [item for item in items if not item.problem]
    rest, fault = records.is_rest(order, accepted), reason == "faulty"
    paid = [records.cents(item.paid) for item in accepted]
    shipping = records.cents(order.shipping)
    refund = policies.return_refund(paid, shipping, is_rest=rest, is_fault=fault)
    return ReturnQuote(
        accepted=accepted,
        rejected=[item for item in items if item.problem],
        lines=[item.line for item in accepted],
        label_fee=records.money(0 if fault else policies.RETURN_LABEL),
        shipping=order.shipping if rest else records.money(0),
        refund=records.money(refund if accepted else 0),
    )


@write
def return_items(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    lines: list[str],
    reason: Reason,
    refund: Money,
) -> Done:
    """Registers a return of items and orders the refund, which must be ``refund``."""
    today = now.date()

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        order = records.own(db, customer.id, reference, today)
        quote = _quote(order, records.own_items(order, lines), reason)
        if quote.rejected:
            label, problem = quote.rejected[0].label, quote.rejected[0].problem
            raise Refused(f"{label} can't be sent back: {problem}.")
        if quote.refund != refund:
            raise Refused("The refund has changed in the meantime. Please look at it again.")
        _mark(db, lines, "returned")
        number = _case(db, "RT", reference, "return", lines, reason, today)
        _refund(db, reference, "return", refund, today)
        mail(db, customer.id, f"Your return label {number}", ", ".join(lines))
        return {"number": number}

    return Done(once(data, key, act)["number"], policies.refund_due(today))


@read
def list_variants(customer: Customer, data: DataFolder, now: Now, line: str) -> Variants:
    """The other sizes and colours of an item that the customer has."""
    with connect(data) as db:
        if not any(
            line == i.line for o in records.orders(db, customer.id, now.date()) for i in o.items
        ):
            raise Refused("You have no such item.")
        every = records.variants(db, line)
    sold_out = "; ".join(variant.label for variant in every if not variant.stock)
    return Variants([variant for variant in every if variant.stock], sold_out)


@write
def exchange_item(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    line: str,
    variant: str,
) -> Done:
    """Takes an item back and sends another size or colour of it."""

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        order = records.own(db, customer.id, reference, now.date())
        (item,) = records.own_items(order, [line])
        if not item.exchangeable:
            raise Refused(f"{item.label} can't be exchanged: {item.problem or 'it has one size'}.")
        wanted = next((v for v in records.variants(db, line) if v.number == variant), None)
        if wanted is None or not wanted.stock:
            raise Refused("That size or colour has just been sold out.")
        db.execute("update variants set stock = stock - 1 where id = ?", (variant[2:],))
        _mark(db, [line], "exchanged")
        number = _case(db, "EX", reference, "exchange", [line], wanted.label, now.date())
        mail(db, customer.id, f"Your exchange {number}", f"{item.label} for {wanted.label}")
        return {"number": number}

    return Done(once(data, key, act)["number"])


# -- damaged, missing, wrong ----------------------------------------------------------------------


@read
def quote_remedies(
    customer: Customer, data: DataFolder, now: Now, reference: str, items: list[Item]
) -> Remedies:
    """What can be done for items that arrived damaged, wrong or not at all."""
    with connect(data) as db:
        order = records.own(db, customer.id, reference, now.date())
        return _remedies(db, order, records.own_items(order, [item.line for item in items]))


def _remedies(db: sqlite3.Connection, order: Order, items: list[Item]) -> Remedies:
    paid = [records.cents(item.paid) for item in items]
    shipping, rest = records.cents(order.shipping), records.is_rest(order, items)
    refund = policies.return_refund(paid, shipping, is_rest=rest, is_fault=True)
    lines = [item.line for item in items]
    return Remedies(lines, _sold_out(db, items), records.money(refund))


def _sold_out(db: sqlite3.Connection, items: list[Item]) -> list[Item]:
    """The items of which the stock doesn't suffice for every one that is wanted."""
    wanted: dict[int, int] = {}
    missing = []
    for item in items:
        variant, stock = db.execute(
            "select v.id, v.stock from variants v join lines l on l.variant_id = v.id"
            " where l.line = ?",
            (item.line,),
        ).fetchone()
        wanted[variant] = wanted.get(variant, 0) + 1
        if wanted[variant] > stock:
            missing.append(item)
    return missing


@write
def report_items(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    lines: list[str],
    problem: Damage,
    remedy: Remedy,
    refund: Money,
) -> Done:
    """Files a report on items, and sends them again or pays them back."""
    today = now.date()

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        order = records.own(db, customer.id, reference, today)
        items = records.own_items(order, lines)
        _check_report(order, items, today)
        remedies = _remedies(db, order, items)
        if remedy == "refund" and remedies.refund != refund:
            raise Refused("The refund has changed in the meantime. Please look at it again.")
        if remedy == "replacement":
            if remedies.sold_out:
                raise Refused(f"{remedies.sold_out[0].label} has just been sold out.")
            _restock(db, items, -1)
        else:
            _refund(db, reference, problem, refund, today)
        _mark(db, lines, "replaced" if remedy == "replacement" else "refunded")
        number = _case(db, "DR", reference, problem, lines, remedy, today)
        mail(db, customer.id, f"Your report {number}", ", ".join(item.label for item in items))
        return {"number": number}

    due = policies.refund_due(today) if remedy == "refund" else None
    return Done(once(data, key, act)["number"], due)


def _check_report(order: Order, items: list[Item], today: date) -> None:
    if order.delivered_on is None or (today - order.delivered_on).days > policies.REPORT_DAYS:
        raise Refused(f"Order {order.reference} can't be reported here any more.")
    for item in items:
        if item.status != "bought":
            raise Refused(f"{item.label} was {item.status} already.")


# -- refunds, invoices, newsletter ----------------------------------------------------------------


@read
def list_refunds(customer: Customer, data: DataFolder, now: Now) -> list[Refund]:
    """The customer's refunds, the latest first."""
    with connect(data) as db:
        return records.refunds(db, customer.id, now.date())


@read
def account(customer: Customer, data: DataFolder) -> Account:
    """The address that e-mails go to, and whether the newsletter does."""
    with connect(data) as db:
        row = db.execute("select * from customers where id = ?", (customer.id,)).fetchone()
    return Account(row["email"], bool(row["newsletter"]))


@write
def send_invoice(
    customer: Customer, data: DataFolder, now: Now, key: IdempotencyKey, reference: str
) -> Done:
    """E-mails a copy of an order's invoice."""

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        order = records.own(db, customer.id, reference, now.date())
        if order.status in ("open", "packed", "cancelled"):
            raise Refused(f"Order {reference} is {order.status}; it has no invoice.")
        number = f"IN-{reference[3:]}"
        mail(db, customer.id, f"Your invoice {number}", str(order.total))
        return {"number": number}

    return Done(once(data, key, act)["number"])


@write
def set_newsletter(
    customer: Customer, data: DataFolder, key: IdempotencyKey, subscribed: bool
) -> Done:
    """Subscribes the customer to the newsletter, or takes them off."""

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        db.execute("update customers set newsletter = ? where id = ?", (subscribed, customer.id))
        return {"number": ""}

    return Done(once(data, key, act)["number"])


# -- what several writes do -----------------------------------------------------------------------


def _mark(db: sqlite3.Connection, lines: Iterable[str], status: str) -> None:
    db.executemany("update lines set status = ? where line = ?", [(status, line) for line in lines])


def _restock(db: sqlite3.Connection, items: Iterable[Item], count: int = 1) -> None:
    db.executemany(
        "update variants set stock = stock + ?"
        " where id = (select variant_id from lines where line = ?)",
        [(count, item.line) for item in items],
    )


def _refund(db: sqlite3.Connection, reference: str, cause: str, amount: Money, today: date) -> str:
    number = next_reference(db, "refunds", "RF")
    if records.cents(amount):
        insert(
            db,
            "refunds",
            reference=number,
            order_reference=reference,
            cause=cause,
            amount_cents=records.cents(amount),
            requested_on=str(today),
            due_on=str(policies.refund_due(today)),
        )
    return number


def _case(
    db: sqlite3.Connection,
    prefix: str,
    reference: str,
    kind: str,
    lines: list[str],
    note: str,
    today: date,
) -> str:
    number = next_reference(db, "cases", prefix)
    insert(
        db,
        "cases",
        reference=number,
        order_reference=reference,
        kind=kind,
        lines=" ".join(lines),
        note=note,
        created_on=str(today),
    )
    return number
