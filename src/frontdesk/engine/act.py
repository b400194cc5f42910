"""Calls tools: the intent is in the log before the call, the outcome behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from frontdesk.ports import Tools
from frontdesk.procedures.advance import CallTool
from frontdesk.types.events import ToolReturned
from frontdesk.types.outcome import Outcome
from frontdesk.types.state import State
from frontdesk.types.values import Value


async def act(
    tools: Tools, state: State, conversation: str, effect: CallTool, now: datetime
) -> ToolReturned:
    """The outcome of a call whose intent is recorded.

    A read is simply made, again if need be. A write whose intent was found in the log without an
    outcome may have happened: it is not made again, its outcome is unknown.
    """
    called = effect.called
    if effect.again and called.mode == "write":
        outcome = Outcome("unknown", message="the turn was cut off during the call")
    else:
        arguments: Mapping[str, Value] = called.arguments
        outcome = await tools.call(
            called.tool,
            arguments,
            customer=state.customer,
            key=f"{conversation}:{called.call}",
            now=now,
        )
    return ToolReturned(
        called.call, outcome.status, outcome.milliseconds, outcome.value, outcome.message
    )
