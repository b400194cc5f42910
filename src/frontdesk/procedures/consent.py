"""What a yes would do: the writes on the way from a ``confirm`` step, computed beforehand.

The walk goes on as long as everything is known. It stops at the first step that asks, reads or
ends, and at the first expression that needs the result of a write. A write behind such a step is
not covered by the yes; it needs a ``confirm`` of its own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from frontdesk.procedures.expressions import ExpressionError
from frontdesk.procedures.scope import compute, procedure_of
from frontdesk.types import procedures as p
from frontdesk.types.desk import Desk
from frontdesk.types.state import Frame, Loop, State
from frontdesk.types.values import Value

Calls = list[tuple[str, dict[str, Value]]]

_MOST_STEPS = 1000


def preview(desk: Desk, state: State, frame: Frame, start: str, now: datetime) -> Calls:
    """The writes (tool and arguments) that a yes leads to, in their order."""
    calls: Calls = []
    here: str | None = start
    try:
        for _ in range(_MOST_STEPS):
            if here is None:
                break
            here, frame = _walk(desk, state, frame, here, now, calls)
    except ExpressionError:
        pass
    return calls


def _walk(
    desk: Desk, state: State, frame: Frame, here: str, now: datetime, calls: Calls
) -> tuple[str | None, Frame]:
    """One step: where the walk goes on, and the frame with its loops."""
    node = procedure_of(desk, frame).nodes[here]
    match node:
        case p.Say():
            return node.next, frame
        case p.Collect():
            return (node.next if node.slot in frame.slots else None), frame
        case p.Branch():
            for condition, target in node.cases:
                if compute(desk, state, frame, condition, now):
                    return target, frame
            return node.otherwise, frame
        case p.Each():
            return _loop(desk, state, frame, node, now)
        case p.Tool() if desk.tools[node.tool].mode == "write":
            arguments = {
                name: compute(desk, state, frame, text, now)
                for name, text in node.arguments.items()
            }
            calls.append((node.tool, arguments))
            return node.next, _without(frame, node.save)
        case p.Tool() | p.Choose() | p.Confirm() | p.Handoff() | p.Call() | p.End():
            return None, frame
        case _:
            assert_never(node)


def _without(frame: Frame, save: str | None) -> Frame:
    """The write's result isn't known yet, so nothing may be computed from an older one."""
    return replace(frame, results={k: v for k, v in frame.results.items() if k != save})


def _loop(desk: Desk, state: State, frame: Frame, node: p.Each, now: datetime) -> tuple[str, Frame]:
    running = next((loop for loop in frame.loops if loop.node == node.id), None)
    others = tuple(loop for loop in frame.loops if loop.node != node.id)
    if running is None:
        items = compute(desk, state, frame, node.source, now)
        if not isinstance(items, list) or not items:
            return node.next, frame
        loop = Loop(node.id, tuple(items), 0)
    elif running.index + 1 < len(running.items):
        loop = replace(running, index=running.index + 1)
    else:
        return node.next, replace(frame, loops=others)
    return node.body, replace(frame, loops=(*others, loop))
