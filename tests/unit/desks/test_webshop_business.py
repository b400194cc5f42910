"""The business of the webshop desk: its rules, and tools that keep to them."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.tools import Customer, Money, Refused
from frontdesk.tools.load import Toolbox, load

DESK = Path(__file__).parents[3] / "desks" / "webshop"
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=ZoneInfo("Europe/Dublin"))
MIA, NOAH, OLGA, PEDRO = (Customer(f"cust-{name}") for name in ("mia", "noah", "olga", "pedro"))
DUE = date(2026, 5, 18)


def euros(amount: str) -> Money:
    return Money(amount, "EUR")


class Shop:
    """The desk's tools over a database of their own."""

    def __init__(self, toolbox: Toolbox, folder: Path) -> None:
        self.toolbox, self.folder, self.now = toolbox, folder, NOW
        assert toolbox.prepare
        toolbox.prepare.function(data=folder, now=NOW)

    def call(self, tool: str, customer: Customer, key: str = "key", **arguments: Any) -> Any:
        found = self.toolbox.tools[tool]
        given = {"customer": customer, "data": self.folder, "now": self.now, "key": key}
        return found.function(**{name: given[name] for name in found.injected}, **arguments)

    def order(self, customer: Customer, reference: str) -> Any:
        return next(o for o in self.call("list_orders", customer) if o.reference == reference)

    def quote(self, customer: Customer, reference: str, reason: str, *places: int) -> Any:
        items = [self.order(customer, reference).items[place] for place in places]
        given = {"reference": reference, "items": items, "reason": reason}
        return self.call("quote_return", customer, **given)

    def give_back(self, customer: Customer, reference: str, *places: int, key: str = "k") -> Any:
        quote = self.quote(customer, reference, "too_big", *places)
        given = {"lines": quote.lines, "reason": "too_big", "refund": quote.refund}
        return self.call("return_items", customer, key, reference=reference, **given)

    def dump(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            return list(db.iterdump())

    def one(self, query: str) -> Any:
        with closing(sqlite3.connect(self.folder / "business.db")) as db:
            return db.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    loaded = load(DESK)
    assert isinstance(loaded, Toolbox)
    return loaded


@pytest.fixture
def shop(toolbox: Toolbox, tmp_path: Path) -> Shop:
    return Shop(toolbox, tmp_path)


def policies(toolbox: Toolbox) -> Any:
    package = toolbox.tools["list_orders"].function.__module__.rpartition(".")[0]
    return sys.modules[f"{package}.policies"]


@pytest.mark.parametrize(
    ("kind", "status", "days", "problem"),
    [
        ("clothing", "bought", 0, ""),
        ("home", "bought", 30, ""),
        ("home", "bought", 31, "ended on"),
        ("hygiene", "bought", 1, "hygiene"),
        ("clothing", "returned", 1, "returned already"),
        ("clothing", "bought", None, "not been delivered"),
    ],
)
def test_what_can_come_back(
    toolbox: Toolbox, kind: str, status: str, days: int | None, problem: str
) -> None:
    today = date(2026, 5, 4)
    delivered = None if days is None else today - timedelta(days=days)
    said = policies(toolbox).return_problem(kind, status, delivered, today)
    assert problem in said
    assert bool(said) == bool(problem)


@pytest.mark.parametrize(
    ("rest", "fault", "cents"),
    [(False, False, 4650), (True, False, 5140), (False, True, 5000), (True, True, 5490)],
)
def test_what_is_paid_back(toolbox: Toolbox, rest: bool, fault: bool, cents: int) -> None:
    pay = policies(toolbox).return_refund
    assert pay([3800, 1200], 490, is_rest=rest, is_fault=fault) == cents
    assert pay([100], 0, is_rest=False, is_fault=False) == 0


def test_a_customer_sees_only_their_own_orders(shop: Shop) -> None:
    assert {o.reference for o in shop.call("list_orders", MIA)} == {"QF-1001", "QF-1002", "QF-1003"}
    assert shop.call("list_orders", Customer("cust-ruth")) == []


def test_sending_is_free_from_sixty_euros(shop: Shop) -> None:
    assert shop.order(MIA, "QF-1001").shipping == euros("0")
    assert shop.order(MIA, "QF-1002").total == euros("42.90")


def test_a_quote_tells_what_may_not_come_back(shop: Shop) -> None:
    quote = shop.quote(MIA, "QF-1001", "changed_mind", 0, 3)
    assert (quote.lines, quote.refund) == (["LN-301"], euros("45.50"))
    assert [item.label for item in quote.rejected] == ["Pearl earrings (silver)"]
    assert shop.quote(MIA, "QF-1001", "changed_mind", 3).refund == euros("0")


def test_the_cost_of_sending_comes_back_with_the_last_item(shop: Shop) -> None:
    assert shop.quote(PEDRO, "QF-1011", "too_big", 0).shipping == euros("0")
    assert shop.quote(PEDRO, "QF-1011", "too_big", 0, 1).refund == euros("55.40")
    shop.give_back(PEDRO, "QF-1011", 0)
    assert shop.quote(PEDRO, "QF-1011", "too_big", 1).refund == euros("17.40")


def test_what_was_paid_after_a_discount_comes_back(shop: Shop) -> None:
    assert shop.quote(OLGA, "QF-1007", "faulty", 0, 1).refund == euros("84.60")


def test_an_item_is_returned_once(shop: Shop) -> None:
    assert shop.give_back(MIA, "QF-1001", 0, 1).due_on == DUE
    refund = euros("45.50")
    given = {"reference": "QF-1001", "lines": ["LN-301"], "reason": "too_big", "refund": refund}
    with pytest.raises(Refused, match="returned already"):
        shop.call("return_items", MIA, "other", **given)


def test_another_refund_than_was_told_is_refused(shop: Shop) -> None:
    given = {"reference": "QF-1001", "lines": ["LN-301"], "reason": "too_big"}
    before = shop.dump()
    with pytest.raises(Refused, match="has changed"):
        shop.call("return_items", MIA, **given, refund=euros("49"))
    assert shop.dump() == before


def test_stock_is_taken_for_an_exchange(shop: Shop) -> None:
    variants = shop.call("list_variants", MIA, line="LN-301")
    assert variants.sold_out == "blue, L"
    given = {"reference": "QF-1001", "line": "LN-301"}
    with pytest.raises(Refused, match="sold out"):
        shop.call("exchange_item", MIA, "a", **given, variant="V-103")
    with pytest.raises(Refused, match="sold out"):
        shop.call("exchange_item", MIA, "b", **given, variant="V-401")  # another product
    shop.call("exchange_item", MIA, "c", **given, variant="V-105")
    assert shop.one("select stock from variants where id = 105") == 1


def test_only_clothes_can_be_exchanged(shop: Shop) -> None:
    assert not any(item.exchangeable for item in shop.order(PEDRO, "QF-1011").items)
    given = {"reference": "QF-1011", "line": "LN-317", "variant": "V-602"}
    with pytest.raises(Refused, match="can't be exchanged"):
        shop.call("exchange_item", PEDRO, **given)


def test_two_of_a_kind_need_two_in_stock(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.folder / "business.db")) as db, db:
        db.execute("update variants set stock = 1 where id = 701")
    items = shop.order(NOAH, "QF-1005").items
    remedies = shop.call("quote_remedies", NOAH, reference="QF-1005", items=items)
    assert [item.line for item in remedies.sold_out] == ["LN-309"]


def test_a_report_on_what_was_not_delivered_is_refused(shop: Shop) -> None:
    given = {"problem": "damaged", "remedy": "refund", "refund": euros("59")}
    with pytest.raises(Refused, match="can't be reported"):
        shop.call("report_items", NOAH, reference="QF-1004", lines=["LN-307"], **given)


@pytest.mark.parametrize("reference", ["QF-1004", "QF-1005"])
def test_what_is_packed_is_neither_cancelled_nor_redirected(shop: Shop, reference: str) -> None:
    with pytest.raises(Refused, match="already"):
        shop.call("cancel_order", NOAH, reference=reference)
    with pytest.raises(Refused, match="already"):
        shop.call("change_address", NOAH, reference=reference, address="elsewhere")


def test_a_cancelled_order_goes_back_into_stock(shop: Shop) -> None:
    assert shop.call("cancel_order", MIA, reference="QF-1002").due_on == DUE
    assert shop.one("select stock from variants where id = 601") == 4
    assert [r.amount for r in shop.call("list_refunds", MIA)] == [euros("42.90")]


def test_a_refund_that_is_late_is_overdue(shop: Shop) -> None:
    assert [r.status for r in shop.call("list_refunds", PEDRO)] == ["overdue"]
    assert [r.status for r in shop.call("list_refunds", OLGA)] == ["pending"]


WRITES: dict[str, Callable[[Shop, Customer], Any]] = {
    "cancel_order": lambda s, c: s.call("cancel_order", c, reference="QF-1002"),
    "change_address": lambda s, c: s.call("change_address", c, reference="QF-1002", address="x"),
    "return_items": lambda s, c: s.call(
        "return_items", c, reference="QF-1001", lines=["LN-301", "LN-302"], reason="too_big",
        refund=euros("57.50"),
    ),
    "exchange_item": lambda s, c: s.call(
        "exchange_item", c, reference="QF-1001", line="LN-301", variant="V-105"
    ),
    "report_items": lambda s, c: s.call(
        "report_items", c, reference="QF-1001", lines=["LN-304"], problem="missing",
        remedy="replacement", refund=euros("0"),
    ),
    "send_invoice": lambda s, c: s.call("send_invoice", c, reference="QF-1001"),
    "set_newsletter": lambda s, c: s.call("set_newsletter", c, subscribed=False),
}  # fmt: skip


@pytest.mark.parametrize("tool", WRITES)
def test_a_write_happens_once_for_a_key(shop: Shop, tool: str) -> None:
    before = shop.dump()
    first = WRITES[tool](shop, MIA)
    after = shop.dump()
    assert before != after
    assert WRITES[tool](shop, MIA) == first
    assert shop.dump() == after


@pytest.mark.parametrize("tool", [tool for tool in WRITES if tool != "set_newsletter"])
def test_nobody_writes_to_somebody_elses_order(shop: Shop, tool: str) -> None:
    before = shop.dump()
    with pytest.raises(Refused, match="You have no order"):
        WRITES[tool](shop, NOAH)
    assert shop.dump() == before


def test_every_write_is_among_those_tested(toolbox: Toolbox) -> None:
    assert {name for name, tool in toolbox.tools.items() if tool.signature.mode == "write"} == set(
        WRITES
    )


def test_no_item_of_another_order_is_taken_along(shop: Shop) -> None:
    given = {"reference": "QF-1001", "lines": ["LN-301", "LN-311"], "reason": "faulty"}
    with pytest.raises(Refused, match="not in order"):
        shop.call("return_items", MIA, **given, refund=euros("93.10"))
    with pytest.raises(Refused, match="no such item"):
        shop.call("list_variants", MIA, line="LN-311")
