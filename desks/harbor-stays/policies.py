"""The rules of Harbor Stays that are arithmetic: prices, refunds, limits.

Nothing here reads or writes anything. Money is a whole number of cents. The articles
``cancellation-policies``, ``changing-dates``, ``goodwill`` and ``refund-times`` say the same
in words; whoever changes a number changes it in both.
"""

from datetime import date, datetime, time, timedelta
from typing import Literal

CHECK_IN = time(15, 0)
CHECK_OUT = time(11, 0)

FLEXIBLE, MODERATE, STRICT = "flexible", "moderate", "strict"

WEEK_DISCOUNT_PERCENT = 10
"""Taken off the nights of a stay of seven nights or more; never off the cleaning fee."""
MAXIMUM_NIGHTS = 28
CHANGE_DAYS_BEFORE = 2
DOOR_CODE_DAYS_BEFORE = 2
REFUND_WORKING_DAYS = 10
REPORT_DAYS_AFTER = 14
"""A problem can be reported, and the host be written to, until then after check-out."""
GOODWILL_DAYS_AFTER = 60
CODE_MINUTES = 10


def price(nightly: int, cleaning: int, nights: int) -> int:
    """What a stay costs."""
    room = nightly * nights
    if nights >= 7:
        room = room * (100 - WEEK_DISCOUNT_PERCENT) // 100
    return room + cleaning


def phase(check_in: date, check_out: date, now: datetime) -> str:
    """``upcoming``, ``current`` or ``past``."""
    if now < datetime.combine(check_in, CHECK_IN):
        return "upcoming"
    return "current" if now < datetime.combine(check_out, CHECK_OUT) else "past"


def refund_percent(policy: str, booked_at: datetime, check_in: date, now: datetime) -> int:
    """How much of the total comes back to a customer who cancels now."""
    if now >= datetime.combine(check_in, CHECK_IN):
        return 0
    days = (check_in - now.date()).days
    if policy == FLEXIBLE:
        return 100 if days >= 1 else 50
    if policy == MODERATE:
        return 100 if days >= 5 else 50 if days >= 1 else 0
    if days >= 14 and now - booked_at <= timedelta(hours=48):
        return 100
    return 50 if days >= 7 else 0


def goodwill_possible(status: str, check_in: date, check_out: date, now: datetime) -> bool:
    """Whether the stay has begun or was cancelled, and isn't long past."""
    begun = phase(check_in, check_out, now) != "upcoming"
    recent = (now.date() - check_out).days <= GOODWILL_DAYS_AFTER
    return recent and (begun or status == "cancelled")


def goodwill_limit(total: int, given: int, reported: bool) -> int:
    """What the desk may pay back beyond the policy without asking a person.

    10 % of the total and at most €50; 20 % and at most €100 when a problem was reported; less
    what was given for the booking already.
    """
    percent, most = (20, 100_00) if reported else (10, 50_00)
    return max(0, min(total * percent // 100, most) - given)


def refund_due(requested: date) -> date:
    """The day by which a refund must have arrived: ten working days later."""
    day, left = requested, REFUND_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def report_hours(phase: str) -> int:
    """How long a host has to answer a report: shorter while the guest is there."""
    return 2 if phase == "current" else 24


def document(check_out: date, today: date) -> Literal["invoice", "payment receipt"]:
    """An invoice is written from the day of check-out, a receipt before."""
    return "invoice" if today >= check_out else "payment receipt"
