"""The business of the demo desk: its rules, its data, and tools that keep to both."""

from __future__ import annotations

import re
import sqlite3
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import frontmatter
import pytest
import yaml

from frontdesk.tools import Customer, Money, Refused
from frontdesk.tools.load import Toolbox, load

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=ZoneInfo("Europe/Lisbon"))
ANA = Customer("cust-ana", "Ana Sousa", "ana@example.com")
BEN = Customer("cust-ben", "Ben Carter", "ben@example.com")
CHLOE = Customer("cust-chloe", "Chloé Martin", "chloe@example.com")
DAVID = Customer("cust-david", "David Okafor", "david@example.com")
EMMA = Customer("cust-emma", "Emma Lindqvist", "emma@example.com")
FARID = Customer("cust-farid", "Farid Haddad", "farid@example.com")
MAY_20, MAY_24 = date(2026, 5, 20), date(2026, 5, 24)


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


class Shop:
    """The desk's tools over a database of their own."""

    def __init__(self, toolbox: Toolbox, folder: Path, now: datetime = NOW) -> None:
        self.toolbox = toolbox
        self.folder = folder
        self.now = now
        assert toolbox.prepare
        toolbox.prepare.function(data=folder, now=now)

    def call(self, tool: str, customer: Customer, key: str = "key", **arguments: Any) -> Any:
        found = self.toolbox.tools[tool]
        given = {"customer": customer, "data": self.folder, "now": self.now, "key": key}
        injected = {name: given[name] for name in found.injected}
        return found.function(**injected, **arguments)

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            return list(db.iterdump())

    def one(self, query: str) -> Any:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            (value,) = db.execute(query).fetchone()
            return value


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    found = load(DESK)
    assert isinstance(found, Toolbox), found
    return found


@pytest.fixture
def shop(toolbox: Toolbox, tmp_path: Path) -> Shop:
    return Shop(toolbox, tmp_path)


@pytest.fixture(scope="session")
def policies(toolbox: Toolbox) -> ModuleType:
    package = toolbox.tools["list_bookings"].function.__module__.rpartition(".")[0]
    return sys.modules[f"{package}.policies"]


# -- the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "booked_hours_ago", "days_before", "percent"),
    [
        ("flexible", 999, 1, 100),
        ("flexible", 999, 0, 50),
        ("flexible", 999, -1, 0),
        ("moderate", 999, 5, 100),
        ("moderate", 999, 4, 50),
        ("moderate", 999, 1, 50),
        ("moderate", 999, 0, 0),
        ("strict", 48, 14, 100),
        ("strict", 49, 14, 50),
        ("strict", 1, 13, 50),
        ("strict", 999, 7, 50),
        ("strict", 999, 6, 0),
    ],
)
def test_a_policy_gives_back_what_its_article_says(
    policies: ModuleType, policy: str, booked_hours_ago: int, days_before: int, percent: int
) -> None:
    now = NOW.replace(tzinfo=None)
    booked = now - timedelta(hours=booked_hours_ago)
    check_in = now.date() + timedelta(days=days_before)
    assert policies.refund_percent(policy, booked, check_in, now) == percent


def test_nothing_comes_back_after_check_in(policies: ModuleType) -> None:
    at_three = datetime(2026, 5, 4, 15, 0)
    booked = at_three - timedelta(days=30)
    assert policies.refund_percent("flexible", booked, at_three.date(), at_three) == 0
    before = at_three - timedelta(minutes=1)
    assert policies.refund_percent("flexible", booked, at_three.date(), before) == 50


@pytest.mark.parametrize(("nights", "cents"), [(4, 360_00), (6, 520_00), (7, 544_00)])
def test_a_week_is_cheaper_and_the_cleaning_fee_is_not(
    policies: ModuleType, nights: int, cents: int
) -> None:
    assert policies.price(80_00, 40_00, nights) == cents


@pytest.mark.parametrize(
    ("total", "given", "reported", "limit"),
    [
        (375_00, 0, True, 75_00),
        (375_00, 60_00, True, 15_00),
        (900_00, 0, True, 100_00),
        (510_00, 0, False, 50_00),
        (240_00, 0, False, 24_00),
        (145_00, 14_50, False, 0),
        (145_00, 99_00, False, 0),
    ],
)
def test_goodwill_has_a_limit(
    policies: ModuleType, total: int, given: int, reported: bool, limit: int
) -> None:
    assert policies.goodwill_limit(total, given, reported) == limit


@pytest.mark.parametrize(
    ("ordered", "due"),
    [
        (date(2026, 5, 4), date(2026, 5, 18)),
        (date(2026, 5, 8), date(2026, 5, 22)),
        (date(2026, 5, 9), date(2026, 5, 22)),
    ],
)
def test_a_refund_takes_ten_working_days(policies: ModuleType, ordered: date, due: date) -> None:
    assert policies.refund_due(ordered) == due


def test_the_articles_name_the_numbers_of_the_code(policies: ModuleType) -> None:
    said = {
        "changing-dates": [
            f"until {policies.CHANGE_DAYS_BEFORE} days before arrival",
            f"{policies.MAXIMUM_NIGHTS} nights at most",
            f"{policies.WEEK_DISCOUNT_PERCENT}% week discount",
        ],
        "check-in": [f"{policies.CHECK_IN:%H:%M}", f"from {policies.DOOR_CODE_DAYS_BEFORE} days"],
        "check-out": [f"{policies.CHECK_OUT:%H:%M}"],
        "refund-times": [f"{policies.REFUND_WORKING_DAYS} working days at most"],
        "reporting-problems": [f"until {policies.REPORT_DAYS_AFTER} days after check-out"],
        "contacting-hosts": [f"until {policies.REPORT_DAYS_AFTER} days after check-out"],
        "goodwill": [f"until {policies.GOODWILL_DAYS_AFTER} days after", "at most €50", "€100"],
        "account": [f"good for {policies.CODE_MINUTES} minutes"],
    }
    for article, phrases in said.items():
        text = (DESK / "knowledge" / f"{article}.md").read_text(encoding="utf-8")
        for phrase in phrases:
            assert phrase in text, article


# -- the data ---------------------------------------------------------------------------------


def test_the_same_day_gives_the_same_database(toolbox: Toolbox, tmp_path: Path) -> None:
    (one, other) = (tmp_path / "one", tmp_path / "other")
    one.mkdir()
    other.mkdir()
    assert Shop(toolbox, one).dump() == Shop(toolbox, other).dump()


@pytest.mark.parametrize("days", [0, 1, 5, 100, 241, 300])
def test_the_demo_is_as_fresh_on_any_day(toolbox: Toolbox, tmp_path: Path, days: int) -> None:
    """No two bookings of a stay overlap, and each customer's bookings are what they were."""
    shop = Shop(toolbox, tmp_path, NOW + timedelta(days=days))
    overlaps = """
        select count(*) from bookings a join bookings b
        on a.stay_id = b.stay_id and a.reference < b.reference
        and a.check_in < b.check_out and b.check_in < a.check_out
        and a.status <> 'cancelled' and b.status <> 'cancelled'"""
    assert shop.one(overlaps) == 0
    found = shop.call("list_bookings", CHLOE)
    assert [(b.reference, b.phase) for b in found] == [
        ("HB-1008", "current"),
        ("HB-1009", "upcoming"),
    ]
    assert shop.call("quote_refund", CHLOE, reference="HB-1009").refund == euros("242.50")
    assert shop.call("find_refunds", DAVID, reference="HB-1010").overdue
    assert not shop.call("find_refunds", ANA, reference="HB-1003").overdue


def test_the_demo_customers_are_in_the_database(shop: Shop) -> None:
    settings = tomllib.loads((DESK / "desk.toml").read_text(encoding="utf-8"))
    for customer in settings["demo"]["customers"]:
        found = shop.one(
            f"select name || ' ' || email from customers where id = '{customer['id']}'"
        )
        assert found == f"{customer['name']} {customer['email']}"


def test_what_was_paid_is_the_total_and_what_came_back_for_fewer_nights(shop: Shop) -> None:
    different = """
        select count(*) from bookings b where total_cents
        + coalesce((select sum(amount_cents) from refunds where booking = b.reference
                    and cause = 'change of dates'), 0)
        <> (select sum(amount_cents) from payments where booking = b.reference)"""
    assert shop.one(different) == 0


# -- the tools --------------------------------------------------------------------------------

Call = tuple[str, Customer, dict[str, Any]]

WRITES: list[Call] = [
    ("cancel_booking", ANA, {"reference": "HB-1001", "refund": euros("360")}),
    (
        "change_dates",
        ANA,
        {
            "reference": "HB-1002",
            "check_in": MAY_20,
            "check_out": MAY_24,
            "total": euros("530"),
        },
    ),
    (
        "report_problem",
        CHLOE,
        {"reference": "HB-1008", "kind": "noise", "description": "Dogs"},
    ),
    ("message_host", CHLOE, {"reference": "HB-1009", "message": "Is there a cot?"}),
    ("send_invoice", ANA, {"reference": "HB-1004", "company": "Sousa Lda", "vat_number": None}),
    (
        "grant_goodwill",
        FARID,
        {"reference": "HB-1016", "amount": euros("75"), "reason": "Cold"},
    ),
    ("send_code", ANA, {"channel": "email"}),
]
READS: list[Call] = [
    ("quote_refund", ANA, {"reference": "HB-1001"}),
    ("check_dates", ANA, {"reference": "HB-1002", "check_in": MAY_20, "check_out": MAY_24}),
    ("quote_change", ANA, {"reference": "HB-1002", "check_in": MAY_20, "check_out": MAY_24}),
    ("arrival_info", CHLOE, {"reference": "HB-1008"}),
    ("draft_invoice", ANA, {"reference": "HB-1004"}),
    ("goodwill_offer", FARID, {"reference": "HB-1016"}),
]


def by_tool(calls: list[Call]) -> Any:
    return pytest.mark.parametrize(
        ("tool", "customer", "arguments"), calls, ids=[call[0] for call in calls]
    )


@by_tool(WRITES)
def test_a_write_happens_once_for_a_key(
    shop: Shop, tool: str, customer: Customer, arguments: dict[str, Any]
) -> None:
    before = shop.dump()
    first = shop.call(tool, customer, **arguments)
    after = shop.dump()
    assert after != before
    assert shop.call(tool, customer, **arguments) == first
    assert shop.dump() == after


def test_two_calls_at_once_with_one_key_have_one_effect(shop: Shop) -> None:
    def write(_: int) -> Any:
        return shop.call("message_host", CHLOE, reference="HB-1009", message="Hello")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(write, range(8)))
    assert len({result.host for result in results}) == 1
    assert shop.one("select count(*) from messages where booking = 'HB-1009'") == 1


def test_a_key_belongs_to_one_tool(shop: Shop) -> None:
    shop.call("send_code", ANA, key="one", channel="email")
    with pytest.raises(ValueError, match="send_code"):
        shop.call("message_host", CHLOE, key="one", reference="HB-1009", message="Hello")


@by_tool([call for call in READS + WRITES if "reference" in call[2]])
def test_somebody_elses_booking_does_not_exist(
    shop: Shop, tool: str, customer: Customer, arguments: dict[str, Any]
) -> None:
    before = shop.dump()
    shop.call(tool, customer, key="mine", **arguments)
    assert (shop.dump() != before) == (shop.toolbox.tools[tool].signature.mode == "write")
    before = shop.dump()
    stranger = BEN
    with pytest.raises(Refused, match=f"no booking {arguments['reference']}"):
        shop.call(tool, stranger, key="theirs", **arguments)
    assert shop.dump() == before


def test_somebody_elses_refunds_are_not_found(shop: Shop) -> None:
    assert shop.call("find_refunds", DAVID, reference="HB-1010").refunds
    assert shop.call("find_refunds", ANA, reference="HB-1010").refunds == []


@pytest.mark.parametrize(
    ("tool", "customer", "arguments", "why"),
    [
        ("cancel_booking", ANA, {"reference": "HB-1001", "refund": euros("1")}, "changed"),
        ("cancel_booking", ANA, {"reference": "HB-1003", "refund": euros("0")}, "cancelled"),
        ("cancel_booking", CHLOE, {"reference": "HB-1008", "refund": euros("0")}, "begun"),
        (
            "change_dates",
            ANA,
            {
                "reference": "HB-1001",
                "check_in": MAY_20,
                "check_out": MAY_24,
                "total": euros("360"),
            },
            "free",
        ),
        (
            "change_dates",
            ANA,
            {
                "reference": "HB-1002",
                "check_in": MAY_20,
                "check_out": MAY_24,
                "total": euros("1"),
            },
            "price",
        ),
        (
            "change_dates",
            DAVID,
            {
                "reference": "HB-1011",
                "check_in": MAY_20,
                "check_out": MAY_24,
                "total": euros("375"),
            },
            "any more",
        ),
        ("message_host", ANA, {"reference": "HB-1004", "message": "Hello"}, "closed"),
        (
            "report_problem",
            ANA,
            {"reference": "HB-1003", "kind": "noise", "description": "Dogs"},
            "closed",
        ),
        (
            "send_invoice",
            ANA,
            {"reference": "HB-1003", "company": None, "vat_number": None},
            "no invoice",
        ),
        (
            "grant_goodwill",
            FARID,
            {"reference": "HB-1016", "amount": euros("75.01"), "reason": ""},
            "more than",
        ),
        (
            "grant_goodwill",
            FARID,
            {"reference": "HB-1016", "amount": euros("-1"), "reason": ""},
            "more than",
        ),
        (
            "grant_goodwill",
            ANA,
            {"reference": "HB-1001", "amount": euros("1"), "reason": ""},
            "no goodwill",
        ),
        (
            "change_contact",
            ANA,
            {"channel": "email", "new_value": "a@example.org", "code": "123456"},
            "code is wrong",
        ),
    ],
)
def test_a_write_that_the_procedure_would_not_offer_is_refused_and_leaves_nothing(
    shop: Shop, tool: str, customer: Customer, arguments: dict[str, Any], why: str
) -> None:
    before = shop.dump()
    with pytest.raises(Refused, match=why):
        shop.call(tool, customer, **arguments)
    assert shop.dump() == before


def test_a_write_that_breaks_off_leaves_nothing_and_can_be_made_again(shop: Shop) -> None:
    """The effect and the key are committed together or not at all."""
    with closing(sqlite3.connect(shop.folder / "business.db")) as db:
        db.execute("alter table outbox rename to broken")
    before = shop.dump()
    with pytest.raises(sqlite3.OperationalError):
        shop.call("cancel_booking", ANA, reference="HB-1001", refund=euros("360"))
    assert shop.dump() == before
    with closing(sqlite3.connect(shop.folder / "business.db")) as db:
        db.execute("alter table broken rename to outbox")
    shop.call("cancel_booking", ANA, reference="HB-1001", refund=euros("360"))
    assert shop.one("select status from bookings where reference = 'HB-1001'") == "cancelled"


def test_taken_dates_come_with_the_nearest_free_ones(shop: Shop) -> None:
    found = shop.call(
        "check_dates",
        ANA,
        reference="HB-1001",
        check_in=date(2026, 5, 19),
        check_out=date(2026, 5, 23),
    )
    assert found.problem == "taken"
    assert [(p.direction, p.check_in, p.check_out) for p in found.alternatives] == [
        ("earlier", date(2026, 5, 16), MAY_20),
        ("later", MAY_24, date(2026, 5, 28)),
    ]


def test_the_present_dates_are_no_alternative(shop: Shop) -> None:
    now_from_16 = {"check_in": date(2026, 5, 16), "check_out": MAY_20, "total": euros("360")}
    shop.call("change_dates", ANA, reference="HB-1001", **now_from_16)
    wish = {"check_in": date(2026, 5, 18), "check_out": date(2026, 5, 22)}
    found = shop.call("check_dates", ANA, reference="HB-1001", **wish)
    assert [p.check_in for p in found.alternatives] == [date(2026, 5, 15), MAY_24]


@pytest.mark.parametrize(
    ("customer", "reference", "days", "problem"),
    [
        (EMMA, "HB-1014", (8, 15), "same"),
        (EMMA, "HB-1014", (8, 9), "minimum"),
        (EMMA, "HB-1014", (1, 29), "none"),
        (EMMA, "HB-1014", (1, 30), "maximum"),
    ],
)
def test_dates_are_checked(
    shop: Shop, customer: Customer, reference: str, days: tuple[int, int], problem: str
) -> None:
    check_in, check_out = (date(2026, 6, day) for day in days)
    found = shop.call(
        "check_dates", customer, reference=reference, check_in=check_in, check_out=check_out
    )
    assert found.problem == problem


def test_a_longer_stay_is_charged_and_a_shorter_one_paid_back(shop: Shop) -> None:
    longer = {"check_in": MAY_20, "check_out": MAY_24, "total": euros("530")}
    shop.call("change_dates", ANA, key="a", reference="HB-1002", **longer)
    paid = "select sum(amount_cents) from payments where booking = 'HB-1002'"
    assert shop.one(paid) == 530_00
    shorter = longer | {"check_out": date(2026, 5, 22), "total": euros("290")}
    shop.call("change_dates", ANA, key="b", reference="HB-1002", **shorter)
    refunds = shop.call("find_refunds", ANA, reference="HB-1002").refunds
    assert [(r.amount, r.status) for r in refunds] == [(euros("240"), "pending")]


def test_the_strict_policy_pays_nothing_back_for_fewer_nights(shop: Shop) -> None:
    dates = {"check_in": date(2026, 5, 14), "check_out": date(2026, 5, 18)}
    quote = shop.call("quote_change", BEN, reference="HB-1005", **dates)
    assert (quote.new_total, quote.to_refund, quote.to_pay) == (
        euros("900"),
        euros("0"),
        euros("0"),
    )


def test_the_door_code_is_kept_until_two_days_before(shop: Shop) -> None:
    assert shop.call("arrival_info", CHLOE, reference="HB-1008").door_code == "4074"
    assert shop.call("arrival_info", CHLOE, reference="HB-1009").door_code is None
    shop.now += timedelta(days=1)
    assert shop.call("arrival_info", CHLOE, reference="HB-1009").door_code == "4296"


LATEST = "select code from codes order by id desc limit 1"


def changed(shop: Shop) -> str:
    return str(shop.one("select email from customers where id = 'cust-ana'"))


@pytest.mark.parametrize(
    ("spoil", "good"),
    [
        (lambda _shop: None, True),
        (lambda shop: setattr(shop, "now", NOW + timedelta(minutes=10)), True),
        (lambda shop: setattr(shop, "now", NOW + timedelta(minutes=11)), False),
        (lambda shop: shop.call("send_code", ANA, key="newer", channel="email"), False),
    ],
    ids=["fresh", "after ten minutes", "after eleven minutes", "a newer one was sent"],
)
def test_a_code_is_good_for_ten_minutes_and_until_the_next(
    shop: Shop, spoil: Callable[[Shop], object], good: bool
) -> None:
    shop.call("send_code", ANA, key="send", channel="email")
    code = shop.one(LATEST)
    spoil(shop)
    assert shop.call("check_code", ANA, channel="email", code=code).right is good


def test_a_code_is_good_for_its_customer_and_channel_and_once(shop: Shop) -> None:
    shop.call("send_code", ANA, key="send", channel="email")
    code = shop.one(LATEST)
    assert not shop.call("check_code", BEN, channel="email", code=code).right
    assert not shop.call("check_code", ANA, channel="phone", code=code).right
    new = {"channel": "email", "new_value": "ana.sousa@example.com", "code": code}
    shop.call("change_contact", ANA, key="change", **new)
    assert changed(shop) == "ana.sousa@example.com"
    shop.call("change_contact", ANA, key="change", **new)
    with pytest.raises(Refused):
        shop.call("change_contact", ANA, key="again", **new | {"new_value": "x@example.com"})
    assert changed(shop) == "ana.sousa@example.com"


def test_the_old_address_is_told_of_the_new_one(shop: Shop) -> None:
    shop.call("send_code", ANA, key="send", channel="email")
    new = {"channel": "email", "new_value": "ana.sousa@example.com", "code": shop.one(LATEST)}
    shop.call("change_contact", ANA, key="change", **new)
    assert shop.one("select recipient from outbox where subject like 'New%'") == ANA.email


# -- the files --------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(DESK.glob("procedures/*.yaml")), ids=lambda f: f.stem)
def test_a_procedure_is_short_in_a_prompt_and_has_examples(file: Path) -> None:
    procedure = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert procedure["procedure"] == file.stem
    if not procedure.get("internal"):
        assert len(procedure["description"].split()) <= 14
        counts = {language: len(said) for language, said in procedure["examples"].items()}
        assert counts["en"] >= 30
        assert min(counts["es"], counts["zh"]) >= 12


@pytest.mark.parametrize("file", sorted(DESK.glob("knowledge/*.md")), ids=lambda f: f.stem)
def test_an_article_is_neither_a_note_nor_a_book(file: Path) -> None:
    article = frontmatter.loads(file.read_text(encoding="utf-8"))
    words = re.findall(r"[\u4e00-\u9fff]{1,2}|[^\s\u4e00-\u9fff]+", article.content)
    longest = 220 if "." in file.stem else 200  # Spanish takes more words, and parts % and € off.
    assert 60 <= len(words) <= longest
    assert len(article.metadata["questions"]) >= 8


@pytest.mark.parametrize("file", sorted(DESK.glob("knowledge/*.*.md")), ids=lambda f: f.stem)
def test_a_translated_article_has_the_figures_of_the_first(file: Path) -> None:
    """Section by section: a wrong deadline would be a promise in one language only."""
    first = file.with_name(f"{file.name.partition('.')[0]}.md")
    assert _figures(file) == _figures(first)


def _figures(file: Path) -> list[list[str]]:
    sections = frontmatter.loads(file.read_text(encoding="utf-8")).content.split("\n## ")
    found = (re.findall(r"[0-9]+(?:[.,:][0-9]+)*", section) for section in sections)
    return [sorted(one.replace(",", ".") for one in figures) for figures in found]
