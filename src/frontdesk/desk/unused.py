"""What a procedure has and never uses."""

from __future__ import annotations

from collections.abc import Iterator

from frontdesk.desk.checking import Checking
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types import procedures as p


def problems(c: Checking) -> Iterator[Problem]:
    """Slots, results and the procedure itself, where nobody uses them."""
    if not c.compiled.whole:
        return
    reads = c.reads()
    yield from _slots(c, reads)
    yield from _results(c, reads)
    all_known = all(one.whole for one in c.known.values())
    if c.procedure.internal and all_known and not _calls(c):
        text = f"no procedure calls {c.procedure.name}"
        fix = "Call it, remove it, or remove `internal: true`."
        yield c.at_place(("procedure",), Kind.PROCEDURE_NEVER_CALLED, text, fix)


def _slots(c: Checking, reads: set[str]) -> Iterator[Problem]:
    if any(call.save is not None for call in _calls(c)):
        return  # the caller reads them
    asked = {node.slot for node in c.procedure.nodes.values() if isinstance(node, p.Collect)}
    for name in c.procedure.slots:
        if name not in reads:
            text = (
                f"nothing reads the slot {name!r}"
                if name in asked
                else (f"no step asks for the slot {name!r} or reads it")
            )
            fix = "Give it to a tool, say it, or remove it."
            yield c.at_place(("slots", name), Kind.SLOT_NEVER_USED, text, fix)


def _results(c: Checking, reads: set[str]) -> Iterator[Problem]:
    for node in c.procedure.nodes.values():
        place = c.compiled.places[node.id]
        key, name = _saved(node)
        if name is None:
            continue
        if name not in reads:
            text = f"nothing reads {name!r}"
            fix = f"Remove `{key}: {name}`." if key == "save" else "Read it in a later step."
            yield c.at_place((*place, key), Kind.RESULT_NEVER_READ, text, fix)
        if name in c.procedure.slots:
            text = f"{name!r} is a slot too, whose value can't be read any more"
            yield c.at_place((*place, key), Kind.RESULT_HIDES_SLOT, text, "Write another name.")


def _saved(node: p.Node) -> tuple[str, str | None]:
    match node:
        case p.Tool() | p.Call():
            return "save", node.save
        case p.Choose():
            return "choose", node.name
        case _:
            return "", None


def _calls(c: Checking) -> list[p.Call]:
    """Every step of the desk that calls the procedure."""
    steps = (node for one in c.known.values() for node in one.procedure.nodes.values())
    return [n for n in steps if isinstance(n, p.Call) and n.procedure == c.procedure.name]
