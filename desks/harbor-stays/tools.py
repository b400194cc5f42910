"""What the procedures of Harbor Stays can look up and do.

Every statement names ``customer.id``. Every write checks again by itself what the procedure told
the customer, and happens once for a key.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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

from . import policies, records, seed
from .business import connect, local, next_reference, once, send, tell_host
from .records import Availability, Booking, ChangeQuote, GoodwillOffer, Refund, RefundQuote

Channel = Literal["email", "phone"]


@dataclass
class Cancellation:
    reference: str
    refund: Money
    due_on: date | None


@dataclass
class Change:
    reference: str
    check_in: date
    check_out: date
    total: Money


@dataclass
class Arrival:
    address: str
    host: str
    host_phone: str
    opens: str
    leave_by: str
    deposit: Money
    code_from: date
    door_code: str | None
    """None until two days before arrival."""
    wifi: str


@dataclass
class Report:
    reference: str
    answer_hours: int


@dataclass
class HostMessage:
    host: str
    answer_hours: int


@dataclass
class InvoiceDraft:
    kind: Literal["invoice", "payment receipt"]
    total: Money
    available_on: date
    sent_to: str


@dataclass
class Invoice:
    number: str
    sent_to: str


@dataclass
class RefundOverview:
    refunds: list[Refund]
    overdue: bool


@dataclass
class Goodwill:
    reference: str
    due_on: date


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
        seed.make(db, local(now))


# -- bookings ---------------------------------------------------------------------------------


@read
def list_bookings(customer: Customer, data: DataFolder, now: Now) -> list[Booking]:
    """The customer's bookings, earliest arrival first."""
    with connect(data) as db:
        return [records.booking(row, local(now)) for row in records.all_own(db, customer.id)]


@read
def quote_refund(customer: Customer, data: DataFolder, now: Now, reference: str) -> RefundQuote:
    """What the policy gives back when the booking is cancelled now."""
    with connect(data) as db:
        return records.refund_quote(records.own(db, customer.id, reference), local(now))


@write(timeout_s=10)
def cancel_booking(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    refund: Money,
) -> Cancellation:
    """Cancels a booking and pays back what the policy gives, which must be ``refund``."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = records.own(db, customer.id, reference)
        if row["status"] != "confirmed":
            raise Refused(f"Booking {reference} is {row['status']} already.")
        if records.booking(row, moment).phase != "upcoming":
            raise Refused(f"The stay of booking {reference} has begun.")
        if records.refund_quote(row, moment).refund != refund:
            raise Refused("The refund has changed in the meantime. Please look at it again.")
        db.execute(
            "update bookings set status = 'cancelled', cancelled_at = ?"
            " where reference = ? and customer_id = ?",
            (moment.isoformat(), reference, customer.id),
        )
        back = records.cents(refund)
        due = records.order_refund(db, reference, back, "cancellation", "", moment)
        tell_host(db, reference, "desk", "The guest cancelled this booking.", moment)
        _mail(
            db,
            customer,
            f"Booking {reference} is cancelled",
            f"Refund: {records.written(refund)}",
            moment,
        )
        return {"due_on": due and due.isoformat()}

    done = once(data, key, "cancel_booking", moment, act)
    return Cancellation(reference, refund, done["due_on"] and records.day(done["due_on"]))


@read
def check_dates(
    customer: Customer,
    data: DataFolder,
    now: Now,
    reference: str,
    check_in: date,
    check_out: date,
) -> Availability:
    """Whether a booking can be moved to these dates."""
    with connect(data) as db:
        row = records.own(db, customer.id, reference)
        return records.availability(db, row, check_in, check_out, local(now).date())


@read
def quote_change(
    customer: Customer, data: DataFolder, reference: str, check_in: date, check_out: date
) -> ChangeQuote:
    """What the booking would cost on other dates."""
    with connect(data) as db:
        return records.change_quote(records.own(db, customer.id, reference), check_in, check_out)


@write(timeout_s=10)
def change_dates(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    check_in: date,
    check_out: date,
    total: Money,
) -> Change:
    """Moves a booking, and charges or refunds the difference to the new ``total``."""
    moment = local(now)
    change = Change(reference, check_in, check_out, total)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = records.own(db, customer.id, reference)
        _check_change(db, row, change, moment)
        quote = records.change_quote(row, check_in, check_out)
        db.execute(
            "update bookings set check_in = ?, check_out = ?, total_cents = ?"
            " where reference = ? and customer_id = ?",
            (str(check_in), str(check_out), records.cents(total), reference, customer.id),
        )
        if quote.to_pay.amount > 0:
            db.execute(
                "insert into payments (booking, amount_cents, card, paid_at)"
                " select booking, ?, card, ? from payments where booking = ? order by id limit 1",
                (records.cents(quote.to_pay), moment.isoformat(), reference),
            )
        back = records.cents(quote.to_refund)
        records.order_refund(db, reference, back, "change of dates", "", moment)
        news = f"New dates of {reference}: {check_in} to {check_out}, {records.written(total)}"
        tell_host(db, reference, "desk", news, moment)
        _mail(db, customer, f"New dates of {reference}", news, moment)
        return {"total": records.cents(total)}

    once(data, key, "change_dates", moment, act)
    return change


def _check_change(
    db: sqlite3.Connection, row: sqlite3.Row, change: Change, moment: datetime
) -> None:
    """Refuses what the procedure wouldn't have offered."""
    days = (records.day(row["check_in"]) - moment.date()).days
    if row["status"] != "confirmed" or days < policies.CHANGE_DAYS_BEFORE:
        raise Refused(f"The dates of booking {change.reference} can't be changed any more.")
    dates = (change.check_in, change.check_out)
    if records.availability(db, row, *dates, moment.date()).problem != "none":
        raise Refused("These dates aren't free any more.")
    if records.change_quote(row, *dates).new_total != change.total:
        raise Refused("The price has changed in the meantime. Please look at it again.")


@read
def arrival_info(customer: Customer, data: DataFolder, now: Now, reference: str) -> Arrival:
    """How to get in; the door code only from two days before arrival."""
    with connect(data) as db:
        row = records.own(db, customer.id, reference)
    if row["status"] != "confirmed":
        raise Refused(f"Booking {reference} is {row['status']}.")
    ahead = timedelta(days=policies.DOOR_CODE_DAYS_BEFORE)
    code_from = records.day(row["check_in"]) - ahead
    return Arrival(
        address=row["address"],
        host=row["host"],
        host_phone=row["host_phone"],
        opens=f"{policies.CHECK_IN:%H:%M}",
        leave_by=f"{policies.CHECK_OUT:%H:%M}",
        deposit=records.money(row["deposit_cents"]),
        code_from=code_from,
        door_code=row["door_code"] if local(now).date() >= code_from else None,
        wifi=row["wifi"],
    )


# -- problems, hosts, invoices ----------------------------------------------------------------


@write(timeout_s=10)
def report_problem(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    kind: str,
    description: str,
) -> Report:
    """Files a report and sends it to the host."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = _reachable(db, customer, reference, moment)
        number = next_reference(db, "reports", "reference", "PR")
        db.execute(
            "insert into reports values (?, ?, ?, ?, 'open', ?)",
            (number, reference, kind, description, moment.isoformat()),
        )
        tell_host(db, reference, "guest", f"{number} ({kind}): {description}", moment)
        _mail(db, customer, f"Your report {number}", description, moment)
        return {"number": number, "phase": records.booking(row, moment).phase}

    done = once(data, key, "report_problem", moment, act)
    return Report(done["number"], policies.report_hours(done["phase"]))


@write(timeout_s=10)
def message_host(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    message: str,
) -> HostMessage:
    """Sends the customer's words to the host of a booking."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = _reachable(db, customer, reference, moment)
        tell_host(db, reference, "guest", message, moment)
        return {"host": row["host"], "hours": row["answers_within_hours"]}

    done = once(data, key, "message_host", moment, act)
    return HostMessage(done["host"], done["hours"])


def _reachable(
    db: sqlite3.Connection, customer: Customer, reference: str, moment: datetime
) -> sqlite3.Row:
    """The booking; refuses when its host has nothing to do with it any more."""
    row = records.own(db, customer.id, reference)
    since = (moment.date() - records.day(row["check_out"])).days
    if row["status"] == "cancelled" or since > policies.REPORT_DAYS_AFTER:
        raise Refused(f"Booking {reference} is closed.")
    return row


@read
def draft_invoice(customer: Customer, data: DataFolder, now: Now, reference: str) -> InvoiceDraft:
    """What document there can be: an invoice from the day of check-out, a receipt before."""
    with connect(data) as db:
        row = records.own(db, customer.id, reference)
        address = records.contact(db, customer.id)["email"]
    leaves = records.day(row["check_out"])
    kind = policies.document(leaves, local(now).date())
    return InvoiceDraft(kind, records.money(row["total_cents"]), leaves, address)


@write(timeout_s=10)
def send_invoice(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    company: str | None,
    vat_number: str | None,
) -> Invoice:
    """Writes the invoice (or the receipt) and e-mails it to the customer."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = records.own(db, customer.id, reference)
        if row["status"] == "cancelled":
            raise Refused(f"Booking {reference} is cancelled; there is no invoice for it.")
        address = records.contact(db, customer.id)["email"]
        kind = policies.document(records.day(row["check_out"]), moment.date())
        number, total = next_reference(db, "invoices", "number", "HI"), row["total_cents"]
        made = (number, reference, kind, company, vat_number, total, address, moment.isoformat())
        db.execute("insert into invoices values (?, ?, ?, ?, ?, ?, ?, ?)", made)
        price = records.written(records.money(total))
        body = f"{reference}, {price}, {company or customer.name}"
        _mail(db, customer, f"Your {kind} {number}", body, moment)
        return {"number": number, "sent_to": address}

    done = once(data, key, "send_invoice", moment, act)
    return Invoice(done["number"], done["sent_to"])


# -- refunds ----------------------------------------------------------------------------------


@read
def find_refunds(customer: Customer, data: DataFolder, now: Now, reference: str) -> RefundOverview:
    """The refunds of a booking."""
    with connect(data) as db:
        found = records.refunds(db, customer.id, reference, local(now).date())
    return RefundOverview(found, any(refund.status == "overdue" for refund in found))


@read
def goodwill_offer(customer: Customer, data: DataFolder, reference: str) -> GoodwillOffer:
    """How much the desk may pay back beyond the policy by itself."""
    with connect(data) as db:
        return records.goodwill_offer(db, records.own(db, customer.id, reference))


@write(timeout_s=10)
def grant_goodwill(
    customer: Customer,
    data: DataFolder,
    now: Now,
    key: IdempotencyKey,
    reference: str,
    amount: Money,
    reason: str,
) -> Goodwill:
    """Pays back an amount within the limit."""
    moment = local(now)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        row = records.own(db, customer.id, reference)
        if not policies.goodwill_possible(
            row["status"], records.day(row["check_in"]), records.day(row["check_out"]), moment
        ):
            raise Refused(f"There can be no goodwill for booking {reference}.")
        if not records.money(0) < amount <= records.goodwill_offer(db, row).limit:
            raise Refused("That is more than the desk may pay back by itself.")
        back = records.cents(amount)
        due = records.order_refund(db, reference, back, "goodwill", reason, moment)
        body = f"{records.written(amount)}, by {due}"
        _mail(db, customer, f"A refund for {reference}", body, moment)
        return {"due_on": str(due)}

    done = once(data, key, "grant_goodwill", moment, act)
    return Goodwill(reference, records.day(done["due_on"]))


# -- contact details --------------------------------------------------------------------------


@read
def contact_details(customer: Customer, data: DataFolder) -> Contact:
    """Where the customer can be reached now."""
    return _contact(customer, data)


@write(timeout_s=10)
def send_code(
    customer: Customer, data: DataFolder, now: Now, key: IdempotencyKey, channel: Channel
) -> CodeSent:
    """Sends a six-digit code to the present e-mail address or phone, good for ten minutes."""
    moment = local(now)
    expires = moment + timedelta(minutes=policies.CODE_MINUTES)

    def act(db: sqlite3.Connection) -> dict[str, Any]:
        code = str(100_000 + secrets.randbelow(900_000))
        db.execute(
            "insert into codes (customer_id, channel, code, sent_at, expires_at)"
            " values (?, ?, ?, ?, ?)",
            (customer.id, channel, code, moment.isoformat(), expires.isoformat()),
        )
        by, address = _way(channel), records.contact(db, customer.id)[channel]
        send(db, customer.id, by, address, "Your code", f"Your code is {code}.", moment)
        return {"minutes": policies.CODE_MINUTES}

    return CodeSent(once(data, key, "send_code", moment, act)["minutes"])


@read
def check_code(
    customer: Customer, data: DataFolder, now: Now, channel: Channel, code: str
) -> CodeCheck:
    """Whether the code is the latest one sent, in time and unused."""
    with connect(data) as db:
        found = records.open_code(db, customer.id, channel, code, local(now))
    return CodeCheck(found is not None)


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
        found = records.open_code(db, customer.id, channel, code, moment)
        if found is None:
            raise Refused("The code is wrong, used or too old.")
        _mail(db, customer, f"New {channel}", "If this wasn't you, write to us at once.", moment)
        db.execute("update codes set used_at = ? where id = ?", (moment.isoformat(), found))
        db.execute(CHANGE[channel], (new_value, customer.id))
        return {"changed": channel}

    once(data, key, "change_contact", moment, act)
    return _contact(customer, data)


CHANGE = {
    "email": "update customers set email = ? where id = ?",
    "phone": "update customers set phone = ? where id = ?",
}


def _contact(customer: Customer, data: DataFolder) -> Contact:
    with connect(data) as db:
        row = records.contact(db, customer.id)
    name, _, host = row["email"].partition("@")
    return Contact(row["email"], row["phone"], f"{name[0]}***@{host}", f"*** {row['phone'][-3:]}")


def _way(channel: Channel) -> str:
    return "email" if channel == "email" else "sms"


def _mail(
    db: sqlite3.Connection, customer: Customer, subject: str, body: str, now: datetime
) -> None:
    address = records.contact(db, customer.id)["email"]
    send(db, customer.id, "email", address, subject, body, now)
