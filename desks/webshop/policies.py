"""The rules of the shop that are arithmetic: limits, days, what comes back.

Nothing here reads or writes anything. Money is a whole number of cents. The articles say the same
in words; whoever changes a number changes it in both.
"""

from collections.abc import Sequence
from datetime import date, timedelta

SHIPPING = 490
FREE_SHIPPING_FROM = 6000
RETURN_LABEL = 350
RETURN_DAYS = 30
REPORT_DAYS = 30
REFUND_DAYS = 14
PARCEL_DAYS = 4
"""A parcel arrives so many days after it was shipped at the latest."""
LOST_DAYS = 5
"""A parcel so many days late is looked for by a colleague."""


def refund_due(asked: date) -> date:
    """The day on which a refund is there at the latest."""
    return asked + timedelta(days=REFUND_DAYS)


def return_problem(kind: str, status: str, delivered: date | None, today: date) -> str:
    """Why an item can't be sent back or exchanged; empty when it can."""
    if status != "bought":
        return f"it was {status} already"
    if delivered is None:
        return "it has not been delivered yet"
    if (today - delivered).days > RETURN_DAYS:
        return f"the {RETURN_DAYS} days for returns ended on {until(delivered):%-d %B %Y}"
    if kind == "hygiene":
        return "for hygiene reasons earrings and underwear can't come back"
    return ""


def until(delivered: date) -> date:
    """The last day for a return."""
    return delivered + timedelta(days=RETURN_DAYS)


def return_refund(paid: Sequence[int], shipping: int, *, is_rest: bool, is_fault: bool) -> int:
    """What comes back for items.

    The cost of sending is paid back when nothing of the order stays with the customer; the label
    for the way back is free when the fault is ours.
    """
    total = sum(paid) + (shipping if is_rest else 0)
    return max(total - (0 if is_fault else RETURN_LABEL), 0)
