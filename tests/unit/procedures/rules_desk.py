"""A small desk, and a conversation on it that runs the pure rules without a model or a store."""

from __future__ import annotations

import tempfile
import textwrap
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from moneyed import Money

from frontdesk.desk.check import check
from frontdesk.desk.compile import Compiled, compile_procedure
from frontdesk.desk.located import Located, read
from frontdesk.procedures.admit import Message
from frontdesk.procedures.advance import AnswerQuestion, CallTool, advance
from frontdesk.procedures.decide import decide
from frontdesk.procedures.fold import fold
from frontdesk.procedures.recognise import recognise
from frontdesk.prompts.commands import parse
from frontdesk.types import events as e
from frontdesk.types.commands import Admitted, Reading, Refused, Understanding
from frontdesk.types.desk import Customer, Desk, ModelChoice
from frontdesk.types.outcome import Outcome
from frontdesk.types.procedures import Procedure, ToolSignature
from frontdesk.types.state import Frame, State
from frontdesk.types.values import Value

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=LISBON)
ANA = Customer("cust-ana", "Ana Sousa", "ana@example.com")

BOOKINGS: list[Value] = [
    {
        "reference": "HB-1042",
        "city": "Porto",
        "check_in": date(2026, 5, 20),
        "total": Money("100", "EUR"),
        "status": "confirmed",
    },
    {
        "reference": "HB-1043",
        "city": "Évora",
        "check_in": date(2026, 6, 3),
        "total": Money("80", "EUR"),
        "status": "confirmed",
    },
    {
        "reference": "HB-1044",
        "city": "Faro",
        "check_in": date(2026, 7, 1),
        "total": Money("60", "EUR"),
        "status": "cancelled",
    },
]

TOOLS = {
    "list_bookings": ToolSignature("list_bookings", "read", "", {}),
    "quote": ToolSignature("quote", "read", "", {"reference": True}),
    "cancel_booking": ToolSignature(
        "cancel_booking", "write", "", {"reference": True, "refund": True}
    ),
    "move_booking": ToolSignature(
        "move_booking", "write", "", {"reference": True, "check_in": True}
    ),
    "report": ToolSignature("report", "write", "", {"text": True, "kind": False}),
    "tag": ToolSignature("tag", "write", "", {"name": True}),
}

CANCEL = """
    procedure: cancel
    title: Cancel a booking
    description: cancels
    steps:
      - {tool: list_bookings, save: bookings}
      - choose: booking
        id: pick
        from: bookings
        where: booking.status == 'confirmed'
        key: reference
        match: [city, check_in]
        show: "{{ booking.reference }} in {{ booking.city }}"
        ask: Which one?
        none:
          - say: You have none.
          - end: nothing
      - {tool: quote, with: {reference: booking.reference}, save: quote, id: quoting}
      - confirm: Cancel {{ booking.reference }} for {{ quote.refund }}?
        id: agree
        no:
          - say: It stays.
          - end: kept
      - tool: cancel_booking
        id: cancelling
        with: {reference: booking.reference, refund: quote.refund}
        save: done
        refused:
          - say: "Not possible: {{ refusal }}"
          - end: refused
      - say: Done.
"""
MOVE = """
    procedure: move
    title: Change the dates
    description: moves
    slots:
      check_in:
        type: date
        ask: When do you arrive?
        valid: check_in > today
        invalid: "{{ check_in }} is not in the future."
    steps:
      - {tool: list_bookings, save: bookings}
      - {collect: check_in, id: arrival}
      - confirm: Move it to {{ check_in }}?
        id: agree
      - {tool: move_booking, id: moving, with: {reference: "'HB-1042'", check_in: check_in}}
      - say: Moved.
      - {collect: check_in, id: after}
"""
REPORT = """
    procedure: report
    title: Report a problem
    description: reports
    anonymous: true
    slots:
      kind:
        type: choice
        ask: What is it?
        options:
          heating: {title: Heating, synonyms: [cold]}
          noise: {title: Noise}
      details: {type: text, ask: Please describe it., max: 40}
      urgent: {type: boolean, ask: "Is it urgent?"}
      guests: {type: integer, optional: true}
    steps:
      - {collect: kind, id: what}
      - {collect: details, id: how}
      - {collect: urgent, id: hurry}
      - {collect: guests, id: many}
      - confirm: Report {{ kind }}?
        id: agree
      - {tool: report, id: reporting, with: {text: details, kind: kind}}
      - say: Reported.
"""
STAY = """
    procedure: stay
    title: Ask for other dates
    description: dates
    slots:
      check_in: {type: date, ask: "From when?"}
      check_out: {type: date, ask: "Until when?"}
      contact: {type: email, ask: "Which address?"}
    steps:
      - {collect: check_in, id: first}
      - {collect: check_out, id: last}
      - {collect: contact, id: who}
      - say: From {{ check_in }} to {{ check_out }}.
      - {handoff: dates wanted, say: "A colleague will see to it."}
"""


def compiled(text: str, language: str = "en") -> Compiled:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "procedure.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        located = read(file)
    assert isinstance(located, Located), str(located)
    found = compile_procedure(located, language)
    assert isinstance(found, Compiled), [str(problem) for problem in found]
    return found


def procedures(*texts: str) -> dict[str, Procedure]:
    """The procedures, which the desk's own checks accept."""
    every = [compiled(text) for text in texts]
    errors = [one for one in check(every, TOOLS) if one.severity == "error"]
    assert errors == [], list(map(str, errors))
    return {one.procedure.name: one.procedure for one in every}


def desk_of(*texts: str, **changes: Any) -> Desk:
    settings: dict[str, Any] = {
        "id": "small",
        "name": "Small",
        "digest": "d",
        "languages": ("en",),
        "timezone": LISBON,
        "currency": "EUR",
        "model": ModelChoice("none"),
        "procedures": procedures(*texts),
        "tools": TOOLS,
    }
    return Desk(**settings | changes)


Answer = Callable[[Mapping[str, Value]], Outcome]


class Talk:
    """A conversation: what is said goes through the rules until it is the customer's turn."""

    def __init__(self, desk: Desk, customer: Customer | None = ANA) -> None:
        self.desk = desk
        self.now = NOW
        self.state = State()
        self.events: list[e.Event] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {
            "list_bookings": lambda _: Outcome("ok", list(BOOKINGS)),
            "quote": lambda _: Outcome("ok", {"refund": Money("50", "EUR")}),
        }
        self._turns = 0
        self._before = 0
        self.add(e.ConversationStarted(desk.id, desk.digest, desk.language, customer))

    # -- what happens --------------------------------------------------------------------------

    def add(self, *events: e.Event) -> None:
        for event in events:
            self.state = fold(self.state, event)
            self.events.append(event)

    def say(
        self, text: str, means: str = "", *, seen: int | None = None, sure: float = 1.0
    ) -> Talk:
        """A message; ``means`` is what the model says, asked where code doesn't know."""
        understanding = None
        if means:
            understanding = Understanding("model", (Reading(parse(means), sure),))
        return self.turn("message", text, understanding, seen)

    def press(self, label_or_does: str, *, seen: int | None = None) -> Talk:
        does = next((b.does for b in self.state.buttons if b.label == label_or_does), label_or_does)
        return self.turn("button", does, None, seen)

    def turn(
        self, cause: Any, text: str, understanding: Understanding | None, seen: int | None = None
    ) -> Talk:
        self._turns += 1
        self._before = len(self.events)
        message = Message(f"t{self._turns}", text)
        self.add(e.TurnStarted(message.id, cause, text, seen))
        found = recognise(self.desk, self.state, message, self.now) or understanding
        assert found is not None, f"code does not understand {text!r}; say what it means"
        self.add(e.Understood(found))
        self.add(*decide(self.desk, self.state, message, found, self.now))
        self.run()
        self.add(e.TurnEnded(message.id))
        return self

    def run(self) -> None:
        for _ in range(200):
            match advance(self.desk, self.state, self.now):
                case None:
                    return
                case CallTool(called=called, again=again):
                    if not again:
                        self.add(called)
                    self.calls.append((called.tool, called.arguments))
                    self.add(self._returned(called))
                case AnswerQuestion():
                    self.add(e.Replied("From the knowledge.", said="knowledge"), e.Answered(True))
                case events:
                    self.add(*events)
        raise AssertionError("it goes round in a circle")

    def _returned(self, called: e.ToolCalled) -> e.ToolReturned:
        answer = self.answers.get(called.tool, lambda _: Outcome("ok", {}))
        outcome = answer(called.arguments)
        return e.ToolReturned(called.call, outcome.status, 0.0, outcome.value, outcome.message)

    # -- what came of it -----------------------------------------------------------------------

    @property
    def latest(self) -> list[e.Event]:
        """The events of the last turn."""
        return self.events[self._before :]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.latest if isinstance(event, kind)]

    @property
    def replies(self) -> list[str]:
        return [event.text for event in self.of(e.Replied)]

    @property
    def outcomes(self) -> list[Admitted | Refused]:
        return list(self.of(e.Decided)[0].outcomes)

    @property
    def reasons(self) -> list[str]:
        """Why commands of the last turn were refused."""
        return [o.reason for o in self.outcomes if isinstance(o, Refused)]

    @property
    def writes(self) -> list[tuple[str, dict[str, Any]]]:
        return [(name, given) for name, given in self.calls if TOOLS[name].mode == "write"]

    @property
    def top(self) -> Frame:
        assert self.state.top is not None
        return self.state.top

    @property
    def node(self) -> str:
        """Where the procedure on top stands; empty without one."""
        return self.state.top.node if self.state.top else ""

    @property
    def does(self) -> list[str]:
        """What the buttons do."""
        return [button.does for button in self.state.buttons]

    def value(self, slot: str) -> Any:
        return self.top.slots[slot].value
