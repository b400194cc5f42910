"""The names that a procedure's expressions and templates see, and where their values come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from frontdesk.procedures.expressions import evaluate, names_of
from frontdesk.procedures.templates import pick, render
from frontdesk.types.desk import Desk
from frontdesk.types.procedures import Choose, Each, Procedure, Text
from frontdesk.types.state import Frame, State
from frontdesk.types.values import OnRecord, Origin, Value, to_json

BUILT_IN = frozenset({"customer", "desk", "today", "now"})


def procedure_of(desk: Desk, frame: Frame) -> Procedure:
    """The procedure that the frame runs."""
    return desk.procedures[frame.procedure]


def names(desk: Desk, state: State, frame: Frame, now: datetime) -> dict[str, Value]:
    """Every name that the frame's procedure may read; unfilled slots are ``None``."""
    procedure = procedure_of(desk, frame)
    customer: dict[str, Value] = {"id": "", "name": "", "email": ""}
    if state.customer:
        customer = {
            "id": state.customer.id,
            "name": state.customer.name,
            "email": state.customer.email,
        }
    scope: dict[str, Value] = {
        "customer": customer,
        "desk": {"name": desk.name, "id": desk.id},
        "today": now.date(),
        "now": now,
    }
    scope |= dict.fromkeys(procedure.slots)
    scope |= {slot: filled.value for slot, filled in frame.slots.items()}
    scope |= frame.results
    for loop in frame.loops:
        node = procedure.nodes[loop.node]
        if isinstance(node, Each):
            scope[node.name] = loop.items[loop.index]
    return scope


def compute(desk: Desk, state: State, frame: Frame, expression: str, now: datetime) -> Value:
    """The expression's value in the frame."""
    return evaluate(expression, names(desk, state, frame, now))


def write(desk: Desk, state: State, frame: Frame, text: Text, now: datetime, **more: Value) -> str:
    """The template in the customer's language, with the frame's values."""
    scope = names(desk, state, frame, now) | more
    return render(pick(text, state.language), scope, state.language)


def records(
    desk: Desk, state: State, frame: Frame, node: Choose, now: datetime
) -> list[dict[str, Value]]:
    """The records that the customer may choose from, in the order shown."""
    scope = names(desk, state, frame, now)
    source = evaluate(node.source, scope)
    rows = [row for row in source if isinstance(row, dict)] if isinstance(source, list) else []
    if node.where is None:
        return rows
    return [row for row in rows if evaluate(node.where, scope | {node.name: row})]


def origins(desk: Desk, frame: Frame, expression: str) -> list[Any]:
    """Where the values come from that the expression reads, as JSON."""
    procedure = procedure_of(desk, frame)
    loops = {
        node.name: node.source
        for loop in frame.loops
        if isinstance(node := procedure.nodes[loop.node], Each)
    }
    found: list[Any] = []
    for name in sorted(names_of(expression)):
        if name in frame.slots:
            found.append({"name": name} | _as_json(frame.slots[name].origin))
        elif name in frame.results:
            found.append({"name": name} | _as_json(OnRecord(name, "")))
        elif name in loops:
            found.append({"name": name} | _as_json(OnRecord(loops[name], "")))
        elif name in BUILT_IN:
            found.append({"name": name} | _as_json(OnRecord(name, "")))
    return found


def _as_json(origin: Origin) -> dict[str, Any]:
    return {key: to_json(value) for key, value in vars(origin).items()}
