"""The gate: which proposed commands are legal now, with values that somebody really gave.

``admit`` stands behind every engine. It lets a value through only when the customer said it (a run
of the message's words), a record of this customer holds it, or the desk enumerates it; the
:class:`~frontdesk.types.commands.Admitted` carries that origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from frontdesk.errors import OperatorError
from frontdesk.languages.scripts import SPACELESS, is_spaceless
from frontdesk.procedures import records as matching
from frontdesk.procedures import several
from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.mentions import Context, Mention, find, is_filler, option_names
from frontdesk.procedures.scope import procedure_of, records
from frontdesk.types import procedures as p
from frontdesk.types.commands import (
    Admitted,
    Choose,
    Command,
    Foreign,
    Press,
    Refused,
    Set,
    Simple,
    Start,
    YesNo,
)
from frontdesk.types.desk import Desk
from frontdesk.types.state import Frame, State
from frontdesk.types.values import Enumerated, Filled, Said, Value


@dataclass(frozen=True)
class Message:
    """What the customer wrote, and the trigger that brought it."""

    id: str
    text: str


Outcome = Admitted | Refused


def admit(desk: Desk, state: State, message: Message, command: Command, now: datetime) -> Outcome:
    """Lets the command through with its value, or says why not."""
    return _GATES[type(command)](_Gate(desk, state, message, now), command)


def waiting(desk: Desk, state: State) -> p.Node | None:
    """The step whose question the customer has before them."""
    frame = state.top
    if frame is None or not frame.node:
        return None
    node = procedure_of(desk, frame).nodes[frame.node]
    return node if isinstance(node, p.Collect | p.Choose | p.Confirm) else None


def frame_with_slot(desk: Desk, state: State, slot: str) -> Frame | None:
    """The frame that a value for the slot belongs to: the top one, or the one that called it."""
    for frame in reversed(state.stack):
        if slot in procedure_of(desk, frame).slots:
            return frame
        if not frame.called:
            return None
    return None


def choices(desk: Desk, state: State) -> list[p.Choose]:
    """The steps that a choice may belong to: the waiting one, else those made, newest first."""
    frame = state.top
    if frame is None or not frame.node:
        return []
    nodes = procedure_of(desk, frame).nodes
    here = nodes[frame.node]
    if isinstance(here, p.Choose):
        return [here]
    by_name = {node.name: node for node in nodes.values() if isinstance(node, p.Choose)}
    return [by_name[name] for name in list(frame.slots)[::-1] if name in by_name]


def run_of(words: str, text: str) -> tuple[int, int] | None:
    """Where the words stand in the text as whole words, whatever their case and spacing."""
    pieces = words.split()
    if not pieces:
        return None
    pattern = r"\s+".join(map(re.escape, pieces))
    before = "" if is_spaceless(pieces[0][0]) else f"(?<![^\\W_{SPACELESS}])"
    behind = "" if is_spaceless(pieces[-1][-1]) else f"(?![^\\W_{SPACELESS}])"
    found = re.search(before + pattern + behind, text, re.IGNORECASE)
    return found.span() if found else None


@dataclass(frozen=True)
class _Gate:
    desk: Desk
    state: State
    message: Message
    now: datetime

    def context(self) -> Context:
        return Context(self.now, self.state.language, self.desk.currency)

    def context_of(self, frame: Frame, slot: p.Slot) -> Context:
        """A bare day is near the value it corrects, or not before the date said last."""
        old = frame.slots.get(slot.name)
        dates = [f.value for f in frame.slots.values() if type(f.value) is date]
        return replace(
            self.context(),
            near=old.value if old else None,
            since=dates[-1] if dates and old is None else None,
        )

    def said(self, start: int, end: int) -> Said:
        return Said(self.message.id, self.message.text[start:end], start, end)


def _start(gate: _Gate, command: Start) -> Outcome:
    procedure = gate.desk.procedures.get(command.procedure)
    if procedure is None or procedure.internal:
        return Refused(command, "no such procedure")
    if gate.state.customer is None and not procedure.anonymous:
        return Refused(command, "not signed in")
    if any(frame.procedure == procedure.name for frame in gate.state.stack):
        return Refused(command, "already under way")
    return Admitted(command)


def _set(gate: _Gate, command: Set) -> Outcome:
    frame = frame_with_slot(gate.desk, gate.state, command.slot)
    if frame is None:
        return Refused(command, "no such slot here")
    slot = procedure_of(gate.desk, frame).slots[command.slot]
    if slot.name in frame.slots and _has_written(gate.state, frame):
        return Refused(command, "already done")
    filled = _value(gate, slot, command.words, gate.context_of(frame, slot))
    if isinstance(filled, str):
        return Refused(command, filled)
    return Admitted(command, filled, slot.name)


def _has_written(state: State, frame: Frame) -> bool:
    """Whether the frame, or a sub-procedure that it called, has written."""
    return any(one.written for one in state.stack[state.stack.index(frame) :])


def _value(gate: _Gate, slot: p.Slot, words: str, context: Context) -> Filled | str:
    """The slot's value in the words, with its origin, or why there is none."""
    span = run_of(words, gate.message.text)
    if slot.type == "choice":
        return _option(gate, slot, words, span)
    if span is None:
        return "not said"
    if slot.type == "text":
        if span[1] - span[0] > slot.max:
            return "too long"
        return _text(gate, slot, span)
    whole = Mention(words, *span, None)
    found = [m for m in find(slot, gate.message.text, context) if m.overlaps(whole)]
    if not found:
        return f"not a {slot.type}"
    if slot.many:
        start, end = found[0].start, found[-1].end
        return Filled([m.value for m in found], gate.said(start, end))
    exact = [m for m in found if (m.start, m.end) == span]
    if len(found) > 1 and not exact:
        return "more than one value"
    best = exact[0] if exact else found[0]
    return Filled(best.value, gate.said(best.start, best.end))


def _text(gate: _Gate, slot: p.Slot, span: tuple[int, int]) -> Filled | str:
    """A run of words; beside the question for it, none that is another slot's value."""
    frame, node = gate.state.top, waiting(gate.desk, gate.state)
    is_asked = isinstance(node, p.Collect) and node.slot == slot.name
    if frame is not None and slot.name in frame.slots and not is_asked:
        span = _introduced(gate.message.text, span)
    said = gate.said(*span)
    if is_filler(said.words) or answer_of(gate.message.text) in ("yes", "hesitation"):
        return "says nothing"
    if frame is not None and not is_asked:
        if is_filler(re.sub(r"\S*\d\S*", " ", said.words)):
            return "says nothing"
        run = Mention(said.words, *span, None)
        for other in procedure_of(gate.desk, frame).slots.values():
            if other.type in _MARKED and any(
                mention.overlaps(run) for mention in find(other, gate.message.text, gate.context())
            ):
                return f"says {other.name}"
    return Filled(said.words, said)


_INTRODUCTION = re.compile(r"(?:[^\s:]+\s+){0,14}[^\s:]+:\s+")


def _introduced(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """What comes behind the colon of "better put it like this: we arrive at nine"."""
    start, end = span
    found = _INTRODUCTION.match(text, start, end)
    return (found.end(), end) if found and found.end() < end else span


_MARKED = frozenset({"money", "date", "datetime", "email", "phone", "reference"})
"""Types whose values can't be mistaken for something else."""


def _option(gate: _Gate, slot: p.Slot, words: str, span: tuple[int, int] | None) -> Filled | str:
    plain = " ".join(words.split()).casefold()
    for option in slot.options:
        if plain in {name.casefold() for name in option_names(option)}:
            value: Value = [option.name] if slot.many else option.name
            origin = gate.said(*span) if span else Enumerated(slot.name, option.name)
            return Filled(value, origin)
    return "not an option"


def _choose(gate: _Gate, command: Choose) -> Outcome:
    nodes, frame = choices(gate.desk, gate.state), gate.state.top
    if not nodes or frame is None:
        return Refused(command, "nothing to choose from")
    if frame.written:
        return Refused(command, "already done")
    span = run_of(command.words, gate.message.text)
    if span is None:
        return Refused(command, "not said")
    if matching.is_excepted(gate.message.text[: span[0]]):
        return Refused(command, "names no record")
    absent = ""
    for node in nodes:
        rows = _rows(gate, frame, node)
        match several.match(node, rows, command.words, gate.context(), listed=True):
            case matching.Found() | several.Several() as found:
                return Admitted(command, matching.picked(node, found.records), node.name)
            case matching.Absent(words=words):
                absent = absent or words
    return Refused(command, f"absent: {absent}" if absent else "names no record")


def rows_read(
    desk: Desk, state: State, frame: Frame, node: p.Choose, now: datetime
) -> list[dict[str, Value]]:
    """The records to choose from; none while their list was not read in this run."""
    try:
        return records(desk, state, frame, node, now)
    except OperatorError:
        return []


def _rows(gate: _Gate, frame: Frame, node: p.Choose) -> list[dict[str, Value]]:
    return rows_read(gate.desk, gate.state, frame, node, gate.now)


def _simple(gate: _Gate, command: Simple) -> Outcome:
    if command.verb == "answer":
        return _whole_answer(gate, command)
    if command.verb == "cancel" and not gate.state.stack:
        return Refused(command, "nothing to cancel")
    return Admitted(command)


def _whole_answer(gate: _Gate, command: Simple) -> Outcome:
    """The value or the choice that was asked for, found by code in the whole message."""
    frame, node = gate.state.top, waiting(gate.desk, gate.state)
    if isinstance(node, p.Choose):
        inner = _choose(gate, Choose(gate.message.text))
    elif isinstance(node, p.Collect) and frame is not None:
        slot = procedure_of(gate.desk, frame).slots[node.slot]
        found = find(slot, gate.message.text, gate.context())
        only = found[0] if len(found) == 1 and slot.type != "text" else None
        if only and matching.is_excepted(gate.message.text[: only.start]):
            return Refused(command, f"excepts the {slot.type}")
        inner = _set(gate, Set(slot.name, only.words if only else gate.message.text))
    else:
        return Refused(command, "nothing was asked")
    return replace(inner, command=command)


def _answer(gate: _Gate, command: YesNo) -> Outcome:
    frame = gate.state.top
    if gate.state.offer:
        return Admitted(command)
    if frame is None or not isinstance(waiting(gate.desk, gate.state), p.Confirm):
        return Refused(command, "no question to answer")
    if frame.consent_asked is None:
        return Refused(command, "stale")
    seen = gate.state.turn.seen if gate.state.turn else None
    if seen is not None and seen < frame.consent_seq:
        return Refused(command, "stale")
    return Admitted(command)


def _foreign(_gate: _Gate, command: Foreign) -> Outcome:
    return Admitted(command)


def _press(gate: _Gate, command: Press) -> Outcome:
    """A button counts only while it is on offer; the one for a person always is."""
    if command.does != "human" and command.does not in {b.does for b in gate.state.buttons}:
        return Refused(command, "stale")
    kind, _, value = command.does.partition(":")
    frame, node = gate.state.top, waiting(gate.desk, gate.state)
    if kind in ("yes", "no") and (frame is None or frame.consent_asked != value):
        return Refused(command, "stale")
    if kind == "start":
        inner = _start(gate, Start(value))
        return Admitted(command) if isinstance(inner, Admitted) else replace(inner, command=command)
    if kind == "option" and isinstance(node, p.Collect) and frame:
        return _pressed_option(
            gate, command, procedure_of(gate.desk, frame).slots[node.slot], value
        )
    if kind == "pick" and isinstance(node, p.Choose) and frame:
        rows = [row for row in _rows(gate, frame, node) if str(row[node.key]) == value]
        return _picked(command, node, rows)
    if kind == "pick_all" and isinstance(node, p.Choose) and frame:
        return _picked(command, node, _rows(gate, frame, node))
    return Admitted(command)


def _picked(command: Press, node: p.Choose, rows: list[dict[str, Value]]) -> Outcome:
    if not rows:
        return Refused(command, "absent")
    return Admitted(command, matching.picked(node, rows), node.name)


def _pressed_option(gate: _Gate, command: Press, slot: p.Slot, value: str) -> Outcome:
    origin = Enumerated(slot.name, value)
    if slot.type == "boolean":
        return Admitted(command, Filled(value == "yes", origin), slot.name)
    if value not in {option.name for option in slot.options}:
        return Refused(command, "not an option")
    return Admitted(command, Filled([value] if slot.many else value, origin), slot.name)


_GATES: Mapping[type, Callable[[_Gate, Any], Outcome]] = {
    Start: _start,
    Set: _set,
    Choose: _choose,
    Simple: _simple,
    YesNo: _answer,
    Foreign: _foreign,
    Press: _press,
}
