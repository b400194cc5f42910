"""Reads a conversation's log beside what the tools and the customer really saw.

The audit keeps its own account of frames, slots, results and consents: nothing of the desk's state
is believed. ``business.db`` is asked by SQL whose a record is.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from frontdesk.ports import Tools
from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.expressions import evaluate, names_of
from frontdesk.procedures.mentions import Context, find
from frontdesk.types import events as e
from frontdesk.types import procedures as p
from frontdesk.types.commands import Admitted, Choose, Press, Refused, Set
from frontdesk.types.desk import Customer, Desk
from frontdesk.types.outcome import Outcome
from frontdesk.types.triggers import Trigger
from frontdesk.types.values import Enumerated, Filled, OnRecord, Said, Value, to_json

BOOKING = re.compile(r"HB-\d{4}")


@dataclass(frozen=True)
class Seen:
    """A call as it reached the tools."""

    tool: str
    arguments: Mapping[str, Value]
    customer: Customer | None
    key: str
    outcome: Outcome


class SpyTools:
    """The real tools, with a record of every call."""

    def __init__(self, inner: Tools) -> None:
        self._inner = inner
        self.calls: list[Seen] = []

    async def prepare(self, now: datetime) -> None:
        await self._inner.prepare(now)

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Value],
        *,
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        outcome = await self._inner.call(tool, arguments, customer=customer, key=key, now=now)
        self.calls.append(Seen(tool, dict(arguments), customer, key, outcome))
        return outcome


@dataclass
class _Frame:
    """A procedure under way, by the audit's own account."""

    id: str
    procedure: p.Procedure
    save: str | None
    slots: dict[str, Filled] = field(default_factory=dict)
    results: dict[str, Value] = field(default_factory=dict)
    loops: dict[str, tuple[list[Value], int]] = field(default_factory=dict)
    allowed: Counter[str] = field(default_factory=Counter)


@dataclass
class _Consent:
    seq: int
    frame: str
    node: str
    digest: str
    calls: list[str]


@dataclass
class Audit:
    """Checks one conversation; raises ``AssertionError`` with what is wrong."""

    desk: Desk
    customer: Customer | None
    now: datetime
    sent: Mapping[str, Trigger]
    """What the customer really sent, by trigger."""
    calls: Sequence[Seen]
    own: frozenset[str]
    """References of the customer's bookings, by SQL."""
    counts: Counter[str] = field(default_factory=Counter)
    _stack: list[_Frame] = field(default_factory=list)
    _last: _Consent | None = None
    """The consent that was asked, while it is the last thing asked."""
    _turn: Trigger | None = None
    _seen: int = 0
    """The last event that the customer can have seen when they sent it."""
    _buttons: set[str] = field(default_factory=set)
    """What the last reply offered to press."""
    _pending: e.ToolCalled | None = None
    _made: int = 0
    _last_event: int = 0

    def check(self, history: Sequence[e.Recorded]) -> None:
        """Goes through the log from the first event to the last."""
        ended: set[str] = set()
        for recorded in history:
            self._event(recorded.seq, recorded.event)
            self._last_event = recorded.seq
            if isinstance(recorded.event, e.TurnEnded):
                ended.add(recorded.event.trigger)
        assert ended == set(self.sent), "a trigger did not end"
        assert self._pending is None
        assert self._made == len(self.calls), "the tools were called behind the log's back"
        keys = [call.key for call in self.calls]
        assert len(keys) == len(set(keys)), "an idempotency key was used twice"

    def _frame(self, frame: str) -> _Frame:
        return next(one for one in self._stack if one.id == frame)

    def _event(self, seq: int, event: e.Event) -> None:
        match event:
            case e.TurnStarted(trigger=trigger, text=text, cause=cause, seen=seen):
                self._turn = self.sent[trigger]
                self._seen = self._last_event if seen is None else seen
                assert self._turn.seen is None or self._seen <= self._turn.seen
                assert (self._turn.text, self._turn.kind) == (text, cause)
            case e.Decided(outcomes=outcomes):
                self._decided(outcomes)
            case e.FrameOpened(frame=frame, procedure=name, save=save, called=called):
                procedure = self.desk.procedures[name]
                assert called or not procedure.internal
                assert self.customer is not None or procedure.anonymous
                self._stack.append(_Frame(frame, procedure, save))
            case e.FrameClosed():
                self._closed(event)
            case e.Rewound(frame=frame):
                one = self._frame(frame)
                one.results, one.loops, one.allowed = {}, {}, Counter()
                self._last = None
            case e.Looped(frame=frame, node=node, index=index, items=items):
                loops = self._frame(frame).loops
                if index is None:
                    loops.pop(node)
                else:
                    known = loops[node][0] if node in loops else list(items)
                    loops[node] = (known, index)
            case e.SlotFilled():
                self._filled(event)
            case e.SlotCleared(frame=frame, slot=slot):
                self._frame(frame).slots.pop(slot, None)
            case e.Asked(frame=frame, node=node):
                if self._last and (self._last.frame, self._last.node) != (frame, node):
                    self._last = None
            case e.ConsentAsked():
                self._consent_asked(seq, event)
            case e.ConsentGiven():
                self._consent_given(event)
            case e.ToolCalled():
                self._called(event)
            case e.ToolReturned():
                self._returned(event)
            case e.Replied(said=said, text=text, buttons=buttons):
                self._buttons = {button.does for button in buttons}
                assert said != "problem", "the procedure could not go on"
                assert text.strip(), "an empty reply"
                if said in ("offer", "clarify", "model_failed"):
                    self._last = None
            case e.HandedOver(reason=reason):
                assert "in the procedure" not in reason
                self._stack, self._last = [], None
                self.counts["handed over"] += 1

    def _closed(self, event: e.FrameClosed) -> None:
        closed = self._stack.pop()
        assert closed.id == event.frame
        self._last = None
        if closed.save and self._stack and event.result is not None:
            result = dict.fromkeys(closed.procedure.slots) | {
                name: filled.value for name, filled in closed.slots.items()
            }
            assert event.result == result | {"outcome": event.outcome}
        if closed.save and self._stack:
            self._stack[-1].results[closed.save] = event.result

    def _decided(self, outcomes: Sequence[Admitted | Refused]) -> None:
        """A value or a choice that was let through stands in the message, or was on a button."""
        assert self._turn is not None
        for outcome in outcomes:
            if isinstance(outcome, Refused):
                self.counts["refused commands"] += 1
                continue
            match outcome.command:
                case Choose(words=words):
                    assert _plain(words) in _plain(self._turn.text), f"{words!r} was not said"
                case Set(words=words) if not isinstance(_origin(outcome), Enumerated):
                    assert _plain(words) in _plain(self._turn.text), f"{words!r} was not said"
                case Press(does=does):
                    assert does in {*self._buttons, "human"}, f"{does!r} was not on offer"

    # -- values -------------------------------------------------------------------------------

    def _scope(self, frame: _Frame) -> dict[str, Value]:
        who = self.customer or Customer("")
        scope: dict[str, Value] = {
            "customer": {"id": who.id, "name": who.name, "email": who.email},
            "desk": {"name": self.desk.name, "id": self.desk.id},
            "today": self.now.date(),
            "now": self.now,
        }
        scope |= dict.fromkeys(frame.procedure.slots)
        scope |= {name: filled.value for name, filled in frame.slots.items()}
        scope |= frame.results
        for node_id, (items, index) in frame.loops.items():
            node = frame.procedure.nodes[node_id]
            assert isinstance(node, p.Each)
            scope[node.name] = items[index]
        return scope

    def _filled(self, event: e.SlotFilled) -> None:
        frame, filled = self._frame(event.frame), event.filled
        chooses = [
            node
            for node in frame.procedure.nodes.values()
            if isinstance(node, p.Choose) and node.name == event.slot
        ]
        match filled.origin:
            case OnRecord() if chooses:
                self._chosen(frame, chooses[0], filled, filled.origin)
            case OnRecord(source=source, key=key):
                self._handed_down(event, source, key, filled.value)
            case Enumerated(slot=slot, option=option):
                assert slot == event.slot
                assert option in {o.name for o in frame.procedure.slots[slot].options}
                assert filled.value == option
                self.counts["enumerated"] += 1
            case Said() as said:
                self._said(frame.procedure.slots[event.slot], filled.value, said)
                self.counts[f"said {frame.procedure.slots[event.slot].type}"] += 1
        frame.slots[event.slot] = filled

    def _chosen(self, frame: _Frame, node: p.Choose, filled: Filled, origin: OnRecord) -> None:
        """The record stands, as it is, in what a tool gave this customer."""
        assert origin.source == node.source
        rows = evaluate(node.source, self._scope(frame))
        assert isinstance(rows, list)
        assert filled.value in rows, "a record that no tool returned"
        assert filled.value[node.key] == origin.key
        if BOOKING.fullmatch(origin.key):
            assert origin.key in self.own, f"chose {origin.key}, which is somebody else's"
        self.counts["chosen"] += 1

    def _handed_down(self, event: e.SlotFilled, source: str, key: str, value: Value) -> None:
        """A sub-procedure's slot holds what its caller computed."""
        assert key == event.slot
        caller = self._stack[-2]
        node = caller.procedure.nodes[source]
        assert isinstance(node, p.Call)
        assert value == evaluate(node.arguments[key], self._scope(caller))

    def _said(self, slot: p.Slot, value: Value, said: Said) -> None:
        trigger = self.sent[said.message]
        assert trigger.kind == "message"
        assert trigger.text[said.start : said.end] == said.words, "words that don't stand there"
        assert said.words.strip()
        context = Context(self.now, self.desk.language, self.desk.currency)
        means = _MEANS.get(slot.type)
        assert means is not None, f"no check for {slot.type}"
        assert means(slot, said.words, value), f"{said.words!r} as {slot.type} is not {value!r}"
        if slot.type not in ("text", "choice"):
            places = {(m.start, m.end): m.value for m in find(slot, trigger.text, context)}
            assert (said.start, said.end) in places
            ordinal = re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)?", said.words)
            assert ordinal or places[said.start, said.end] == value

    # -- calls --------------------------------------------------------------------------------

    def _called(self, event: e.ToolCalled) -> None:
        assert self._pending is None
        assert self._made < len(self.calls), "recorded, but not called"
        seen, frame = self.calls[self._made], self._frame(event.frame)
        node = frame.procedure.nodes[event.node]
        assert isinstance(node, p.Tool)
        assert (node.tool, dict(event.arguments)) == (event.tool, seen.arguments)
        assert (seen.tool, seen.key.partition(":")[2]) == (event.tool, event.call)
        assert seen.customer == self.customer, "called for somebody else"
        assert self.customer is not None
        self._arguments(event, node, frame)
        if event.mode == "write":
            call = digest(event.tool, event.arguments)
            assert frame.allowed[call] > 0, f"{event.tool} without consent to this very call"
            frame.allowed[call] -= 1
            self.counts["written"] += 1
            self.counts[f"wrote {event.tool}"] += 1
        assert self.desk.tools[event.tool].mode == event.mode
        self._pending = event
        self._made += 1

    def _arguments(self, event: e.ToolCalled, node: p.Tool, frame: _Frame) -> None:
        """Each argument is its expression over values whose origin was checked."""
        assert set(event.arguments) == set(node.arguments) == set(event.origins)
        scope = self._scope(frame)
        for name, text in node.arguments.items():
            given = event.arguments[name]
            assert given == evaluate(text, scope), f"{name} comes from nowhere"
            named = {origin["name"]: origin for origin in event.origins[name]}
            for read in names_of(text):
                assert read in named or scope.get(read) is None, f"{name}: {read} has no origin"
            for read, origin in named.items():
                self._origin(frame, read, origin)
        if "reference" in event.arguments:
            reference = str(event.arguments["reference"])
            assert reference in self.own, f"{event.tool} for {reference}, somebody else's"

    def _origin(self, frame: _Frame, name: str, origin: Mapping[str, Any]) -> None:
        if name in frame.slots:
            known = dict(vars(frame.slots[name].origin))
            assert {k: v for k, v in origin.items() if k != "name"} == known
        else:
            assert origin["kind"] == "record"

    def _returned(self, event: e.ToolReturned) -> None:
        assert self._pending is not None
        assert self._pending.call == event.call
        outcome = self.calls[self._made - 1].outcome
        assert (event.status, event.value) == (outcome.status, outcome.value)
        assert event.status in ("ok", "refused"), f"{self._pending.tool}: {outcome}"
        frame = self._frame(self._pending.frame)
        if event.status == "ok" and self._pending.save:
            frame.results[self._pending.save] = event.value
        elif event.status == "refused":
            frame.results["refusal"] = event.message
            self.counts["refused"] += 1
        if self._pending.tool == "list_bookings":
            assert {row["reference"] for row in event.value} == self.own
        self._pending = None

    # -- consent ------------------------------------------------------------------------------

    def _consent_asked(self, seq: int, event: e.ConsentAsked) -> None:
        calls = [digest(call["tool"], call["arguments"]) for call in event.calls]
        joined = hashlib.sha256("\n".join(calls).encode()).hexdigest()
        assert event.digest == joined, "the digest is not that of the calls"
        assert self._stack[-1].id == event.frame
        self._last = _Consent(seq, event.frame, event.node, event.digest, calls)
        self._stack[-1].allowed = Counter()

    def _consent_given(self, event: e.ConsentGiven) -> None:
        asked, turn = self._last, self._turn
        assert turn is not None
        assert asked is not None, "a yes to something that was not the last question"
        assert (asked.frame, asked.digest) == (event.frame, event.digest)
        if event.by == "button":
            assert (turn.kind, turn.text) == ("button", f"yes:{asked.digest}")
        else:
            assert turn.kind == "message"
            assert answer_of(turn.text) == "yes", f"{turn.text!r} is no yes"
            assert self._seen >= asked.seq, "they had not seen the question"
        self._frame(event.frame).allowed = Counter(asked.calls)
        self._last = None
        self.counts[f"agreed by {event.by}"] += 1


def digest(tool: str, arguments: Mapping[str, Value]) -> str:
    """SHA-256 of a call, computed here."""
    text = json.dumps([tool, to_json(dict(arguments))], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# -- what words mean, told without the desk's own finders -----------------------------------------


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _origin(outcome: Admitted) -> object:
    return outcome.filled.origin if outcome.filled else None


def _digits(text: object) -> str:
    return re.sub(r"\D", "", str(text))


def _means_text(slot: p.Slot, words: str, value: Value) -> bool:
    return value == words and len(words) <= slot.max


def _means_choice(slot: p.Slot, words: str, value: Value) -> bool:
    (option,) = [option for option in slot.options if option.name == value]
    plain = " ".join(words.split()).casefold()
    titles = option.title.values()
    names = {option.name, option.name.replace("_", " "), *titles, *option.synonyms}
    return any(plain == n.casefold() or fuzz.ratio(plain, n.casefold()) >= 87 for n in names)


def _means_date(slot: p.Slot, words: str, value: Value) -> bool:
    assert type(value) is date
    numbers = {int(n) for n in re.findall(r"\d+", words)}
    relative = re.search(r"\bin\b|\bnext\b|today|tonight|tomorrow|day\b", words, re.IGNORECASE)
    return bool(relative) or value.day in numbers


def _means_money(slot: p.Slot, words: str, value: Value) -> bool:
    amount: Decimal = value.amount
    if not _digits(words):
        return bool(words.isalpha())
    return _digits(words).strip("0") == _digits(abs(amount).normalize().__format__("f")).strip("0")


def _means_email(slot: p.Slot, words: str, value: Value) -> bool:
    return str(value).casefold() == words.casefold()


def _means_phone(slot: p.Slot, words: str, value: Value) -> bool:
    return _digits(value).endswith(_digits(words).removeprefix("00").removeprefix("351"))


def _means_reference(slot: p.Slot, words: str, value: Value) -> bool:
    return re.sub(r"[-–‑\s_]", "", words).upper() == re.sub(r"[-–‑\s_]", "", str(value))


_MEANS = {
    "text": _means_text,
    "choice": _means_choice,
    "date": _means_date,
    "money": _means_money,
    "email": _means_email,
    "phone": _means_phone,
    "reference": _means_reference,
}


# -- the business database ------------------------------------------------------------------------

# For each table, the customer that a row belongs to.
_OWNERS = {
    "customers": "id",
    "bookings": "customer_id",
    "codes": "customer_id",
    "outbox": "customer_id",
    **dict.fromkeys(
        ("payments", "refunds", "reports", "messages", "invoices"),
        "(select customer_id from bookings b where b.reference = booking)",
    ),
}


def rows_of_others(database: Path, customer: str) -> dict[str, list[Any]]:
    """Everything in the database that isn't the customer's."""
    with sqlite3.connect(database) as db:
        found = {
            table: db.execute(
                f"select * from {table} where {owner} is not ? order by 1", (customer,)
            ).fetchall()
            for table, owner in _OWNERS.items()
        }
    db.close()
    return found


def references_of(database: Path, customer: str) -> frozenset[str]:
    """The customer's bookings."""
    db = sqlite3.connect(database)
    found = db.execute("select reference from bookings where customer_id = ?", (customer,))
    references = frozenset(row[0] for row in found)
    db.close()
    return references
