"""The transition function: from where a conversation stands to what happens next.

``advance`` is called until it answers ``None``. Each time it names either events to append, or one
thing to do outside (call a tool, answer a question) whose outcome is appended before it is called
again. It decides everything from the desk, the state and the clock, so a turn that was cut off
goes on from its last event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from frontdesk.errors import IllegalMove
from frontdesk.procedures import records as matching
from frontdesk.procedures import several
from frontdesk.procedures.builtin import message, yes_no
from frontdesk.procedures.consent import preview
from frontdesk.procedures.fold import call_digest, calls_digest, was_said
from frontdesk.procedures.mentions import Context
from frontdesk.procedures.scope import compute, names, origins, procedure_of, records, write
from frontdesk.procedures.templates import pick, render
from frontdesk.types import events as e
from frontdesk.types import procedures as p
from frontdesk.types.desk import Desk
from frontdesk.types.state import Frame, State
from frontdesk.types.values import Filled, OnRecord, Value


@dataclass(frozen=True)
class CallTool:
    """Call the tool, and append what it returned."""

    called: e.ToolCalled
    again: bool = False
    """The call was recorded before, and its outcome was not."""


@dataclass(frozen=True)
class AnswerQuestion:
    """Answer the turn's message from the knowledge."""

    question: str


Effect: TypeAlias = CallTool | AnswerQuestion
Events: TypeAlias = tuple[e.Event, ...]
Next: TypeAlias = Events | Effect | None


def advance(desk: Desk, state: State, now: datetime) -> Next:
    """What happens next, or ``None`` when it is the customer's or a person's turn.

    Raises:
        ExpressionError, BadTemplate: the procedure computes something that can't be computed.
    """
    if state.turn is None or state.turn.clarifying or state.holder != "desk":
        return None
    if state.turn.question:
        return AnswerQuestion(state.turn.question)
    frame = state.top
    if frame is None:
        return None
    procedure = procedure_of(desk, frame)
    if not frame.node:
        return (e.Moved(frame.id, procedure.first),)
    at = _At(desk, state, frame, now)
    node = procedure.nodes[frame.node]
    return _STEPS[type(node)](at, node)


@dataclass(frozen=True)
class _At:
    """Where the conversation stands."""

    desk: Desk
    state: State
    frame: Frame
    now: datetime

    @property
    def was_asked(self) -> bool:
        """Whether the node's question was put in this turn."""
        return self.state.turn is not None and self.frame.asked == self.state.turn.trigger

    @property
    def place(self) -> str:
        """How a reply names the node that it comes from."""
        return f"{self.frame.procedure}.{self.frame.node}"

    @property
    def context(self) -> Context:
        """For values in the customer's words."""
        return Context(self.now, self.state.language, self.desk.currency)

    def moved(self, node: str) -> e.Moved:
        return e.Moved(self.frame.id, node)

    def compute(self, expression: str) -> Value:
        return compute(self.desk, self.state, self.frame, expression, self.now)

    def write(self, text: p.Text, **more: Value) -> str:
        return write(self.desk, self.state, self.frame, text, self.now, **more)

    def built_in(self, name: str, **values: Value) -> e.Replied:
        text = message(self.desk, name, self.state.language, **values)
        return e.Replied(text, said=name)

    def ask(self, text: str, buttons: tuple[e.Button, ...] = ()) -> Events:
        """The node's question; on the way back from something else, it says so."""
        question = (
            e.Replied(text, buttons, said=self.place),
            e.Asked(self.frame.id, self.frame.node),
        )
        if self.state.turn and self.state.turn.interrupted:
            title = pick(procedure_of(self.desk, self.frame).title, self.state.language)
            return (self.built_in("back", title=title), *question) if title else question
        return question


def _collect(at: _At, node: p.Collect) -> Next:
    slot = procedure_of(at.desk, at.frame).slots[node.slot]
    if slot.name in at.frame.slots:
        if slot.valid is None or at.compute(slot.valid):
            return (at.moved(node.next),)
        said = at.write(slot.invalid) if slot.invalid else at.built_in("not_a_value").text
        return (e.Replied(said, said="invalid"), e.SlotCleared(at.frame.id, slot.name))
    if slot.optional:
        return (at.moved(node.next),)
    if at.was_asked:
        return None
    buttons: tuple[e.Button, ...] = tuple(
        e.Button(pick(option.title, at.state.language), f"option:{option.name}")
        for option in slot.options
    )
    if slot.type == "boolean":
        buttons = yes_no(at.desk, at.state.language, "option:yes", "option:no")
    return at.ask(at.write(slot.ask), buttons)


def _choose(at: _At, node: p.Choose) -> Next:
    rows = records(at.desk, at.state, at.frame, node, at.now)
    if not rows:
        return (at.moved(node.none),)
    if node.name in at.frame.slots:
        return _chosen(at, node, rows)
    absent: Events = ()
    if at.frame.asked is None:
        for _, text in reversed(at.frame.heard):
            match several.match(node, rows, text, at.context, listed=False):
                case matching.Found() | several.Several() as found:
                    return (_pick(at, node, found.records),)
                case _:
                    absent = _named_elsewhere(at, node, text)
        if len(rows) == 1 and not absent:
            return (_pick(at, node, rows),)
    if at.was_asked:
        return None
    return (*absent, *at.ask(at.write(node.ask), _rows_as_buttons(at, node, rows)))


def _chosen(at: _At, node: p.Choose, rows: list[dict[str, Value]]) -> Events:
    """The choice stands if its records are still there; they are read afresh."""
    value = at.frame.slots[node.name].value
    chosen = [one for one in (value if node.many else [value]) if isinstance(one, dict)]
    by_key = {row.get(node.key): row for row in rows}
    gone = [str(one.get(node.key)) for one in chosen if one.get(node.key) not in by_key]
    if gone or not chosen:
        said = at.built_in("not_available", words=", ".join(gone))
        return (said, e.SlotCleared(at.frame.id, node.name))
    fresh = [by_key[one.get(node.key)] for one in chosen]
    changed = [(new, old) for new, old in zip(fresh, chosen, strict=True) if new != old]
    if any(_shown(at, node, new) != _shown(at, node, old) for new, old in changed):
        return (e.SlotCleared(at.frame.id, node.name),)  # another record under an old key
    if changed:
        return (_pick(at, node, fresh), at.moved(node.next))
    return (at.moved(node.next),)


def _named_elsewhere(at: _At, node: p.Choose, text: str) -> Events:
    """Says so when the text names a record that isn't this customer's, or doesn't fit here."""
    every = records(at.desk, at.state, at.frame, replace(node, where=None), at.now)
    match several.match(node, every, text, at.context, listed=False):
        case matching.Found(words=words) | several.Several(words=words):
            said = at.built_in("not_available", words=words)
        case matching.Absent(words=words):
            said = at.built_in("not_found", words=words)
        case None:
            return ()
    reply = e.Replied(said.text, said=at.place)
    return () if was_said(at.frame, at.place, said.text) else (reply,)


def _pick(at: _At, node: p.Choose, rows: Sequence[Mapping[str, Value]]) -> e.SlotFilled:
    return e.SlotFilled(at.frame.id, node.name, matching.picked(node, rows))


def _rows_as_buttons(at: _At, node: p.Choose, rows: list[dict[str, Value]]) -> tuple[e.Button, ...]:
    buttons = tuple(e.Button(_shown(at, node, row), f"pick:{row[node.key]}") for row in rows)
    if not node.many:
        return buttons
    return (*buttons, e.Button(message(at.desk, "all", at.state.language), "pick_all"))


def _shown(at: _At, node: p.Choose, row: Value) -> str:
    scope = names(at.desk, at.state, at.frame, at.now) | {node.name: row}
    return render(pick(node.show, at.state.language), scope, at.state.language)


def _tool(at: _At, node: p.Tool) -> Next:
    if at.frame.pending is not None:
        return CallTool(at.frame.pending, again=True)
    if at.frame.returned is not None:
        return _returned(at, node, at.frame.returned)
    arguments = {name: at.compute(text) for name, text in node.arguments.items()}
    mode = at.desk.tools[node.tool].mode
    if mode == "write" and call_digest(node.tool, arguments) not in at.frame.allowed:
        return _ask_again(at)
    called = e.ToolCalled(
        call=f"{at.frame.id}-{at.state.seq}",
        frame=at.frame.id,
        node=node.id,
        tool=node.tool,
        mode=mode,
        save=node.save,
        arguments=arguments,
        origins={name: origins(at.desk, at.frame, text) for name, text in node.arguments.items()},
    )
    return CallTool(called)


def _ask_again(at: _At) -> Events:
    """What would be done is no longer what the customer agreed to."""
    if not at.frame.consent_node:
        raise IllegalMove(f"{at.place} writes, and no step before it asks for consent")
    return (at.moved(at.frame.consent_node),)


def _returned(at: _At, node: p.Tool, returned: e.ToolReturned) -> Events:
    match returned.status:
        case "ok":
            return (at.moved(node.next),)
        case "refused" if node.refused:
            return (at.moved(node.refused),)
        case "refused":
            said = e.Replied(returned.message, said=at.place)
            return (said, at.built_in("handed_over"), e.HandedOver(f"{node.tool} refused"))
        case "failed" if node.failed:
            return (at.moved(node.failed),)
        case "failed":
            return (at.built_in("tool_failed"), e.HandedOver(f"{node.tool} failed"))
        case "unknown":
            reason = f"outcome of {node.tool} unknown"
            return (at.built_in("outcome_unknown"), e.HandedOver(reason))


def _branch(at: _At, node: p.Branch) -> Next:
    for condition, target in node.cases:
        if at.compute(condition):
            return (at.moved(target),)
    return (at.moved(node.otherwise),)


def _each(at: _At, node: p.Each) -> Next:
    running = next((loop for loop in at.frame.loops if loop.node == node.id), None)
    if running is None:
        items = at.compute(node.source)
        if not isinstance(items, list) or not items:
            return (at.moved(node.next),)
        return (e.Looped(at.frame.id, node.id, 0, items), at.moved(node.body))
    if running.index + 1 < len(running.items):
        return (e.Looped(at.frame.id, node.id, running.index + 1), at.moved(node.body))
    return (e.Looped(at.frame.id, node.id, None), at.moved(node.next))


def _confirm(at: _At, node: p.Confirm) -> Next:
    if at.was_asked:
        return None
    calls = preview(at.desk, at.state, at.frame, node.yes, at.now)
    digest = calls_digest(calls)
    shown = [{"tool": tool, "arguments": arguments} for tool, arguments in calls]
    buttons = yes_no(at.desk, at.state.language, f"yes:{digest}", f"no:{digest}")
    asked = at.ask(at.write(node.text), buttons)
    return (e.ConsentAsked(at.frame.id, node.id, digest, shown), *asked)


def _say(at: _At, node: p.Say) -> Next:
    text = at.write(node.text)
    if was_said(at.frame, at.place, text) and not at.frame.loops:
        return (at.moved(node.next),)
    return (e.Replied(text, said=at.place), at.moved(node.next))


def _handoff(at: _At, node: p.Handoff) -> Next:
    said = e.Replied(at.write(node.text), said=at.place) if node.text else None
    return (said or at.built_in("handed_over"), e.HandedOver(node.reason))


def _call(at: _At, node: p.Call) -> Next:
    frame = f"f{at.state.frames + 1}"
    filled = tuple(
        e.SlotFilled(frame, slot, Filled(value, OnRecord(node.id, slot)))
        for slot, text in node.arguments.items()
        if (value := at.compute(text)) is not None
    )
    return (e.FrameOpened(frame, node.procedure, called=True, save=node.save), *filled)


def _end(at: _At, node: p.End) -> Next:
    if not at.frame.called:
        return (e.FrameClosed(at.frame.id, node.outcome),)
    result: dict[str, Value] = dict.fromkeys(procedure_of(at.desk, at.frame).slots)
    result |= {slot: filled.value for slot, filled in at.frame.slots.items()}
    closed = e.FrameClosed(at.frame.id, node.outcome, result | {"outcome": node.outcome})
    caller = at.state.stack[-2]
    call = procedure_of(at.desk, caller).nodes[caller.node]
    if not isinstance(call, p.Call):
        raise IllegalMove(f"{caller.procedure}.{caller.node} called nothing")
    return (closed, e.Moved(caller.id, call.next))


_STEPS: Mapping[type, Callable[[_At, Any], Next]] = {
    p.Collect: _collect,
    p.Choose: _choose,
    p.Tool: _tool,
    p.Branch: _branch,
    p.Each: _each,
    p.Confirm: _confirm,
    p.Say: _say,
    p.Handoff: _handoff,
    p.Call: _call,
    p.End: _end,
}
