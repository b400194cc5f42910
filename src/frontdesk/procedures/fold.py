"""State from history: ``fold`` applies one event; an event that doesn't fit raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from frontdesk.errors import IllegalMove
from frontdesk.types import events as e
from frontdesk.types.state import Frame, Loop, State, Turn
from frontdesk.types.values import Value, to_json


def call_digest(tool: str, arguments: Mapping[str, Value]) -> str:
    """SHA-256 of a call: the same tool with the same arguments, however they were computed."""
    text = json.dumps([tool, to_json(dict(arguments))], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def calls_digest(calls: Iterable[tuple[str, Mapping[str, Value]]]) -> str:
    """SHA-256 of a list of calls in their order."""
    text = "\n".join(call_digest(tool, arguments) for tool, arguments in calls)
    return hashlib.sha256(text.encode()).hexdigest()


def replay(events: Iterable[e.Recorded]) -> State:
    """The state after a whole history."""
    return reduce(lambda state, recorded: fold(state, recorded.event), events, State())


def fold(state: State, event: e.Event) -> State:
    """The state after one more event.

    Raises:
        IllegalMove: the event doesn't fit the state.
    """
    return _FOLDS[type(event)](replace(state, seq=state.seq + 1), event)


def _frame(state: State, frame: str, **changes: Any) -> State:
    for index, one in enumerate(state.stack):
        if one.id == frame:
            changed = replace(one, **changes)
            return replace(state, stack=(*state.stack[:index], changed, *state.stack[index + 1 :]))
    raise IllegalMove(f"frame {frame} is not on the stack")


def _get(state: State, frame: str) -> Frame:
    for one in state.stack:
        if one.id == frame:
            return one
    raise IllegalMove(f"frame {frame} is not on the stack")


def _turn(state: State, **changes: Any) -> State:
    if state.turn is None:
        raise IllegalMove("no turn is under way")
    return replace(state, turn=replace(state.turn, **changes))


def _conversation_started(state: State, event: e.ConversationStarted) -> State:
    return replace(
        state,
        desk=event.desk,
        digest=event.digest,
        language=event.language,
        customer=event.customer,
    )


def _desk_changed(state: State, event: e.DeskChanged) -> State:
    if state.turn is not None:
        raise IllegalMove("a turn finishes on the version of the desk that it began with")
    return replace(state, digest=event.digest)


def _language_changed(state: State, event: e.LanguageChanged) -> State:
    return replace(state, language=event.language)


def _turn_started(state: State, event: e.TurnStarted) -> State:
    if state.turn is not None:
        raise IllegalMove(f"turn {state.turn.trigger} is still under way")
    return replace(state, turn=Turn(event.trigger, event.cause, event.text, event.seen))


def _understood(state: State, event: e.Understood) -> State:
    return _turn(state, understanding=event.understanding)


def _decided(state: State, event: e.Decided) -> State:
    return _turn(replace(state, offer=False), decided=True, question=event.question)


def _frame_opened(state: State, event: e.FrameOpened) -> State:
    frame = Frame(event.frame, event.procedure, "", event.called, event.save)
    return replace(
        state,
        stack=(*state.stack, frame),
        frames=state.frames + 1,
        misunderstood=0,
        unclear=None,
    )


def _frame_closed(state: State, event: e.FrameClosed) -> State:
    top = state.top
    if top is None or top.id != event.frame:
        raise IllegalMove(f"frame {event.frame} is not the top of the stack")
    stack = state.stack[:-1]
    if top.called and stack:
        results = stack[-1].results
        if top.save is not None:
            results = {**results, top.save: event.result}
        # What the sub-procedure wrote, its caller wrote.
        written = stack[-1].written + top.written
        caller = replace(stack[-1], results=results, written=written)
        stack = (*stack[:-1], caller)
    finished = state.finished if top.called else top.procedure
    closed = replace(state, stack=stack, buttons=(), finished=finished)
    return _turn(closed, interrupted=True) if state.turn and not top.called else closed


def _rewound(state: State, event: e.Rewound) -> State:
    return _frame(
        state,
        event.frame,
        node="",
        results={},
        loops=(),
        asked=None,
        consent_asked=None,
        consent_calls=(),
        allowed=(),
        returned=None,
    )


def _heard(state: State, event: e.Heard) -> State:
    frame = _get(state, event.frame)
    return _frame(state, event.frame, heard=(*frame.heard, (event.message, event.text)))


def _moved(state: State, event: e.Moved) -> State:
    return _frame(state, event.frame, node=event.node, asked=None, returned=None)


def _looped(state: State, event: e.Looped) -> State:
    frame = _get(state, event.frame)
    others = tuple(loop for loop in frame.loops if loop.node != event.node)
    if event.index is None:
        return _frame(state, event.frame, loops=others)
    running = next((loop for loop in frame.loops if loop.node == event.node), None)
    items = running.items if running else tuple(event.items)
    return _frame(state, event.frame, loops=(*others, Loop(event.node, items, event.index)))


def _slot_filled(state: State, event: e.SlotFilled) -> State:
    others = {k: v for k, v in _get(state, event.frame).slots.items() if k != event.slot}
    slots = others | {event.slot: event.filled}  # the newest stands last
    return replace(_frame(state, event.frame, slots=slots), misunderstood=0)


def _slot_cleared(state: State, event: e.SlotCleared) -> State:
    slots = {k: v for k, v in _get(state, event.frame).slots.items() if k != event.slot}
    return _frame(state, event.frame, slots=slots)


def _asked(state: State, event: e.Asked) -> State:
    return _frame(state, event.frame, asked=state.turn.trigger if state.turn else "")


def _consent_asked(state: State, event: e.ConsentAsked) -> State:
    calls = tuple(call_digest(call["tool"], call["arguments"]) for call in event.calls)
    return _frame(
        state,
        event.frame,
        consent_asked=event.digest,
        consent_calls=calls,
        consent_seq=state.seq,
        consent_node=event.node,
        allowed=(),
    )


def _consent_given(state: State, event: e.ConsentGiven) -> State:
    frame = _get(state, event.frame)
    if frame.consent_asked != event.digest:
        raise IllegalMove("consent to something that was not asked")
    return _frame(state, event.frame, allowed=frame.consent_calls, consent_asked=None)


def _tool_called(state: State, event: e.ToolCalled) -> State:
    frame = _get(state, event.frame)
    if frame.pending is not None:
        raise IllegalMove(f"{frame.pending.tool} has not returned yet")
    if event.mode == "read":
        return _frame(state, event.frame, pending=event, returned=None)
    digest = call_digest(event.tool, event.arguments)
    if digest not in frame.allowed:
        raise IllegalMove(f"{event.tool} without consent to this very call")
    allowed = list(frame.allowed)
    allowed.remove(digest)
    return _frame(
        state,
        event.frame,
        pending=event,
        returned=None,
        allowed=tuple(allowed),
        written=frame.written + 1,
    )


def _tool_returned(state: State, event: e.ToolReturned) -> State:
    frame = state.top
    if frame is None or frame.pending is None or frame.pending.call != event.call:
        raise IllegalMove(f"no call {event.call} is under way")
    results = dict(frame.results)
    if event.status == "ok" and frame.pending.save:
        results[frame.pending.save] = event.value
    elif event.status == "refused":
        results["refusal"] = event.message
    return _frame(state, frame.id, pending=None, returned=event, results=results)


_OFFERS = ("offer", "model_failed")
"""Built-in replies that offer a colleague."""


def _replied(state: State, event: e.Replied) -> State:
    said = replace(state, last_reply=event.text, buttons=event.buttons, offer=event.said in _OFFERS)
    if event.said == "other_language":
        said = replace(said, told_languages=True)
    if event.said == "not_understood":
        said = replace(said, misunderstood=state.misunderstood + 1)
    if event.said == "clarify" and state.turn:
        said = _turn(said, clarifying=True)
        said = replace(said, unclear=(state.turn.trigger, state.turn.text))
        if state.top:  # a yes would answer this question, not the one before
            said = _frame(said, state.top.id, consent_asked=None)
    top = state.top
    if top and event.said == f"{top.procedure}.{top.node}":
        said = _frame(said, top.id, said=top.said | {_remembered(event.said, event.text)})
    return said


def _remembered(said: str, text: str) -> str:
    return hashlib.sha256(f"{said}\n{text}".encode()).hexdigest()[:16]


def was_said(frame: Frame, said: str, text: str) -> bool:
    """Whether the frame has already said this text at this node."""
    return _remembered(said, text) in frame.said


def _answered(state: State, _event: e.Answered) -> State:
    return _turn(state, question="", interrupted=bool(state.stack))


def _handed_over(state: State, _event: e.HandedOver) -> State:
    return replace(state, holder="queue", stack=(), buttons=(), offer=False)


def _claimed(state: State, event: e.PersonClaimed) -> State:
    return replace(state, holder="person", person=event.person)


def _person_replied(state: State, event: e.PersonReplied) -> State:
    return replace(state, last_reply=event.text)


def _released(state: State, _event: e.PersonReleased) -> State:
    return replace(state, holder="desk", person=None)


def _turn_ended(state: State, _event: e.TurnEnded) -> State:
    return replace(state, turn=None)


_FOLDS: Mapping[type, Callable[[State, Any], State]] = {
    e.ConversationStarted: _conversation_started,
    e.DeskChanged: _desk_changed,
    e.LanguageChanged: _language_changed,
    e.TurnStarted: _turn_started,
    e.Understood: _understood,
    e.Decided: _decided,
    e.FrameOpened: _frame_opened,
    e.FrameClosed: _frame_closed,
    e.Rewound: _rewound,
    e.Heard: _heard,
    e.Moved: _moved,
    e.Looped: _looped,
    e.SlotFilled: _slot_filled,
    e.SlotCleared: _slot_cleared,
    e.Asked: _asked,
    e.ConsentAsked: _consent_asked,
    e.ConsentGiven: _consent_given,
    e.ToolCalled: _tool_called,
    e.ToolReturned: _tool_returned,
    e.Replied: _replied,
    e.Answered: _answered,
    e.HandedOver: _handed_over,
    e.PersonClaimed: _claimed,
    e.PersonReplied: _person_replied,
    e.PersonReleased: _released,
    e.TurnEnded: _turn_ended,
}
