"""Chooses the version of the desk that a trigger is handled with.

A conversation goes on with the version that it is on. Before a turn it is moved to the newest one
if it is at rest, or if what changed can't matter to it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from frontdesk.engine.turn import History, Parts
from frontdesk.procedures.builtin import message
from frontdesk.procedures.moving import can_move
from frontdesk.types import events as e
from frontdesk.types.desk import Desk
from frontdesk.types.state import State
from frontdesk.types.triggers import Trigger

log = logging.getLogger(__name__)


class Versions(Protocol):
    """The versions of one desk, all on one store."""

    @property
    def newest(self) -> Parts:
        """What new conversations begin with."""
        ...

    def lend(self, digest: str) -> AbstractAsyncContextManager[Parts | None]:
        """A version, open for as long as it is lent; ``None`` if it can't be loaded any more."""
        ...


@contextlib.asynccontextmanager
async def version_for(versions: Versions, trigger: Trigger) -> AsyncIterator[Parts | None]:
    """What the trigger is to be handled with; ``None`` when it was handled here.

    Raises:
        ConversationMoved: somebody else handles this conversation.
        StoreError: the database can't be used.
    """
    newest = versions.newest
    store = newest.store
    found = await store.conversation(trigger.conversation)
    on = found.digest if found else newest.desk.digest
    newest = versions.newest  # Nothing waits from here until it is lent.
    async with versions.lend(newest.desk.digest) as parts:
        assert parts is not None
        if on == newest.desk.digest or trigger.kind == "operator":
            yield parts
            return
        history = await History.read(store, trigger)
        if history.state.holder != "desk" or await _moved(history, None, parts.desk):
            yield parts
            return
        async with versions.lend(on) as own:
            if own is None:
                await history.append(*_lost(parts.desk, history.state, trigger), done=trigger.id)
                yield None
            elif await _moved(history, own.desk, parts.desk):
                yield parts
            else:
                yield own


async def _moved(history: History, old: Desk | None, new: Desk) -> bool:
    """Moves the conversation if it can be; without its old version, if it is at rest."""
    state = history.state
    if old is None and (state.stack or state.turn):
        return False
    if reason := can_move(old or new, new, state):
        log.info("%s finishes on its version: %s", history.conversation, reason)
        return False
    await history.append(e.DeskChanged(new.digest))
    return True


def _lost(desk: Desk, state: State, trigger: Trigger) -> list[e.Event]:
    """A person takes over what only a version that is gone could go on with."""
    events: list[e.Event] = []
    why = "the version of the desk that it is on can't be loaded"
    if state.turn is None:
        events.append(e.TurnStarted(trigger.id, trigger.kind, trigger.text, trigger.seen))
    pending = state.top.pending if state.top else None
    if pending is not None and pending.mode == "write":
        events.append(e.ToolReturned(pending.call, "unknown", message=why))
        why = f"outcome of {pending.tool} unknown; {why}"
    events.append(e.Replied(message(desk, "problem", state.language), said="problem"))
    events.append(e.HandedOver(why))
    handled = state.turn.trigger if state.turn else trigger.id
    return [*events, e.TurnEnded(handled)]
