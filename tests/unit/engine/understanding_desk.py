"""A small desk, moments of its conversations, and examples that say what a test wants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.intents.intents import Intents
from frontdesk.types.desk import Customer, Desk, ModelChoice
from frontdesk.types.hint import Hint
from frontdesk.types.procedures import (
    Choose,
    Collect,
    Confirm,
    End,
    Example,
    Option,
    Procedure,
    Slot,
)
from frontdesk.types.state import Frame, State
from frontdesk.types.values import Enumerated, Filled, OnRecord, Said, Value

ZONE = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=ZONE)
ANA = Customer("cust-ana")
BOOKINGS: list[Value] = [
    {"reference": "HB-1042", "city": "Porto"},
    {"reference": "HB-1043", "city": "Évora"},
]


def _procedure(name: str, *nodes: Any, slots: tuple[Slot, ...] = (), **more: Any) -> Procedure:
    return Procedure(
        name,
        {"en": name},
        f"The customer wants to {name}.",
        (Example(f"please {name}"),),
        {slot.name: slot for slot in slots},
        {node.id: node for node in (*nodes, End("end"))},
        nodes[0].id,
        **more,
    )


_AGREE = Confirm("agree", {"en": "Shall I?"}, "end", "end")
_KIND = Slot(
    "kind",
    "choice",
    options=(Option("heating", {"en": "Heating"}), Option("noise", {"en": "Noise"})),
)
_PROCEDURES = (
    _procedure(
        "cancel",
        Choose("pick", "booking", "bookings", None, "reference", ("city",), {}, {}, "agree", "end"),
        _AGREE,
    ),
    _procedure("move", Collect("when", "day", "agree"), _AGREE, slots=(Slot("day", "date"),)),
    _procedure(
        "report",
        Collect("what", "kind", "how"),
        Collect("how", "details", "agree"),
        _AGREE,
        slots=(_KIND, Slot("details", "text")),
    ),
    _procedure("stay", _AGREE, slots=(Slot("day", "date"), Slot("until", "date"))),
    _procedure("secret", Collect("what", "kind", "end"), slots=(_KIND,), internal=True),
)
DESK = Desk(
    id="small",
    name="Small",
    digest="d",
    languages=("en",),
    timezone=ZONE,
    currency="EUR",
    model=ModelChoice("none"),
    procedures={one.name: one for one in _PROCEDURES},
    tools={},
)


def _at(procedure: str, node: str, **slots: Filled) -> State:
    frame = Frame("f1", procedure, node, slots=slots, results={"bookings": BOOKINGS})
    return State(customer=ANA, stack=(frame,))


REST = State(customer=ANA)
PICKING = _at("cancel", "pick")
CANCELLING = _at("cancel", "agree", booking=Filled(BOOKINGS[0], OnRecord("bookings", "HB-1042")))
DATING = _at("move", "when")
_DAYS = {
    "day": Filled(date(2026, 5, 14), Said("t1", "14 May", 0, 6)),
    "until": Filled(date(2026, 5, 20), Said("t2", "20 May", 0, 6)),
}
MOVING = _at("move", "agree", day=_DAYS["day"])
STAYING = _at("stay", "agree", **_DAYS)
_HEATING = Filled("heating", Enumerated("kind", "heating"))
KIND = _at("report", "what")
DESCRIBING = _at("report", "how", kind=_HEATING)
REPORTING = _at(
    "report", "agree", kind=_HEATING, details=Filled("it is cold", Said("t1", "it is cold", 0, 10))
)


class Says(Intents):
    """Examples that say the same of every message."""

    def __init__(self, hint: Hint) -> None:
        self.said = hint

    async def hint(self, text: str, language: str = "") -> Hint:
        return self.said
