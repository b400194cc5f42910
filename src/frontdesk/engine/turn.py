"""Handles one trigger: understand, decide, act and answer, until it is the customer's turn.

Only this module appends. It reads the state from the log and goes on from there, so handling a
trigger a second time after a crash continues where the first time stopped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from frontdesk.engine.act import act
from frontdesk.engine.answer import answer
from frontdesk.engine.understand import understand
from frontdesk.errors import InternalError, OperatorError
from frontdesk.intents.intents import Intents
from frontdesk.ports import Clock, LanguageModel, Retriever, Store, Tools
from frontdesk.procedures.admit import Message
from frontdesk.procedures.advance import AnswerQuestion, CallTool, advance
from frontdesk.procedures.builtin import message
from frontdesk.procedures.decide import decide
from frontdesk.procedures.fold import fold, replay
from frontdesk.procedures.language import changed
from frontdesk.types import events as e
from frontdesk.types.desk import Desk
from frontdesk.types.state import State
from frontdesk.types.triggers import Trigger

log = logging.getLogger(__name__)

MOST_STEPS = 400
"""Steps in one turn; a procedure that needs more goes round in a circle."""


@dataclass(frozen=True)
class Parts:
    """What a turn works with."""

    desk: Desk
    store: Store
    model: LanguageModel
    tools: Tools
    retriever: Retriever
    clock: Clock
    intents: Intents | None = None
    """What the desk's examples teach; without them the model understands alone."""


class History:
    """The log of one conversation, and the state behind its last event."""

    def __init__(self, store: Store, trigger: Trigger, state: State) -> None:
        self._store = store
        self._fence = trigger.fence
        self.conversation = trigger.conversation
        self.state = state

    @classmethod
    async def read(cls, store: Store, trigger: Trigger) -> History:
        """The history of the trigger's conversation, written under the trigger's lease."""
        return cls(store, trigger, replay(await store.history(trigger.conversation)))

    async def append(self, *events: e.Event, done: str | None = None) -> None:
        """Appends and goes on; an event that doesn't fit is refused before it is stored."""
        state = self.state
        for event in events:
            state = fold(state, event)
        await self._store.append(
            self.conversation, self.state.seq, events, fence=self._fence, done=done
        )
        self.state = state


async def handle(parts: Parts, trigger: Trigger) -> None:
    """Handles the trigger to its end.

    Raises:
        ConversationMoved: somebody else handles this conversation.
        StoreError: the database can't be used; the trigger stays in the inbox.
    """
    started = time.perf_counter()
    history = await History.read(parts.store, trigger)
    if trigger.kind == "operator":
        events = _operator(parts.desk, history.state, trigger)
        await history.append(*events, done=trigger.id)
        return
    if history.state.turn is None:
        begun = e.TurnStarted(trigger.id, trigger.kind, trigger.text, trigger.seen)
        await history.append(begun)
    if history.state.holder == "desk":
        try:
            await _run(parts, history)
        except (OperatorError, InternalError) as error:
            log.exception("the procedure can't go on")
            await history.append(*_problem(parts.desk, history.state, error))
    spent = (time.perf_counter() - started) * 1000
    await history.append(e.TurnEnded(trigger.id, spent), done=trigger.id)


async def _run(parts: Parts, history: History) -> None:
    """From understanding to the point where nothing is left to do.

    A timer brings no words to understand: the procedure just goes on.
    """
    turn = history.state.turn
    assert turn is not None
    said = Message(turn.trigger, turn.text)
    _same_desk(parts.desk, history.state)
    if turn.understanding is None and turn.cause == "message":
        other = changed(parts.desk, history.state, turn.text)
        if other is not None:
            await history.append(e.LanguageChanged(other))
    if turn.understanding is None and turn.cause != "timer":
        now = _now(parts)
        understood = await understand(
            parts.model, parts.intents, parts.desk, history.state, said, now
        )
        await history.append(understood)
        turn = history.state.turn
    assert turn is not None
    if not turn.decided and turn.understanding is not None:
        decided = decide(parts.desk, history.state, said, turn.understanding, _now(parts))
        await history.append(*decided)
    for _ in range(MOST_STEPS):
        effect = advance(parts.desk, history.state, _now(parts))
        match effect:
            case None:
                return
            case CallTool():
                await _call(parts, history, effect)
            case AnswerQuestion(question=question):
                replied = await answer(parts.retriever, parts.desk, history.state, question)
                await history.append(*replied)
            case _:
                await history.append(*effect)
    raise InternalError("the procedure goes round in a circle")


def _now(parts: Parts) -> datetime:
    return parts.clock.now().astimezone(parts.desk.timezone)


async def _call(parts: Parts, history: History, effect: CallTool) -> None:
    if not effect.again:
        await history.append(effect.called)
    returned = await act(parts.tools, history.state, history.conversation, effect, _now(parts))
    await history.append(returned)


def _same_desk(desk: Desk, state: State) -> None:
    """A conversation goes on with a changed desk only where its steps still exist."""
    for frame in state.stack:
        procedure = desk.procedures.get(frame.procedure)
        if procedure is None or (frame.node and frame.node not in procedure.nodes):
            raise InternalError(f"{frame.procedure} was changed under a running conversation")


def _problem(desk: Desk, state: State, error: Exception) -> Sequence[e.Event]:
    said = e.Replied(message(desk, "problem", state.language), said="problem")
    return (said, e.HandedOver(f"{type(error).__name__} in the procedure"))


def _operator(desk: Desk, state: State, trigger: Trigger) -> Sequence[e.Event]:
    """What a person does; what doesn't fit the state any more does nothing."""
    match trigger.action:
        case "claim" if state.holder != "person":
            return (e.PersonClaimed(trigger.person),)
        case "reply" if state.holder == "person" and state.person == trigger.person:
            return (e.PersonReplied(trigger.person, trigger.text),)
        case "release" if state.holder == "person" and state.person == trigger.person:
            said = e.Replied(message(desk, "released", state.language), said="released")
            return (e.PersonReleased(trigger.person, trigger.text), said)
    return ()
