"""The ways through a procedure: that each ends, and that every write has the customer's consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from frontdesk.desk.checking import Checking, names_in
from frontdesk.desk.compile import Compiled
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.procedures import expressions
from frontdesk.types import procedures as p


def problems(c: Checking) -> Iterator[Problem]:
    """What is wrong with the ways; none are followed where steps are missing."""
    if c.compiled.whole:
        yield from _ends(c)
        yield from _unreached(c)
        yield from _writes(c)


def successors(node: p.Node) -> tuple[str, ...]:
    """The nodes that can follow within the procedure."""
    match node:
        case p.Collect() | p.Say() | p.Call():
            return (node.next,)
        case p.Choose():
            return (node.next, node.none)
        case p.Tool():
            return tuple(n for n in (node.next, node.refused, node.failed) if n is not None)
        case p.Branch():
            return (*(target for _, target in node.cases), node.otherwise)
        case p.Each():
            return (node.body, node.next)
        case p.Confirm():
            return (node.yes, node.no) if node.no else (node.yes,)
        case p.Handoff() | p.End():
            return ()


def all_called(start: Compiled, known: Mapping[str, Compiled]) -> set[str]:
    """The procedure and all that it calls, directly or not."""
    found: set[str] = set()
    todo = [start.procedure]
    while todo:
        procedure = todo.pop()
        if procedure.name in found:
            continue
        found.add(procedure.name)
        calls = (n.procedure for n in procedure.nodes.values() if isinstance(n, p.Call))
        todo += [known[name].procedure for name in calls if name in known]
    return found


def _ends(c: Checking) -> Iterator[Problem]:
    """Every step must have a way to an end."""
    nodes = c.procedure.nodes
    ending = {name for name, node in nodes.items() if isinstance(node, p.End | p.Handoff)}
    grown = True
    while grown:
        more = {n for n, node in nodes.items() if ending & set(successors(node))} - ending
        ending |= more
        grown = bool(more)
    stuck = _reachable(c.procedure) - ending
    if stuck:
        first = min(stuck, key=lambda name: c.compiled.located.line(c.compiled.places[name]))
        fix = "Let one of the steps behind it lead to `end`, or remove a `next`."
        yield c.at(nodes[first], None, Kind.ENDLESS, "the procedure can't end from here", fix)


def _unreached(c: Checking) -> Iterator[Problem]:
    """The first step of each part that no way leads to."""
    reached = _reachable(c.procedure)
    lost = {name for name in c.procedure.nodes if name not in reached and name != "end"}
    inner = {target for name in lost for target in successors(c.procedure.nodes[name])}
    for name in sorted(lost - inner) or sorted(lost)[:1]:
        text = "the step is never reached: nothing leads to it"
        fix = "Remove it, or lead to it by its `id:` and a `next:`."
        yield c.at(c.procedure.nodes[name], None, Kind.UNREACHABLE_STEP, text, fix)


def _reachable(procedure: p.Procedure) -> set[str]:
    found: set[str] = set()
    todo = [procedure.first]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += successors(procedure.nodes[name])
    return found


def _writes(c: Checking) -> Iterator[Problem]:
    """Every write must lie on the way from a yes, with nothing between that asks or reads."""
    if c.tools is None:
        return
    seen: set[tuple[str, bool, frozenset[str]]] = set()
    told: set[str] = set()
    todo = [(c.procedure.first, False, frozenset[str]())]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        name, covered, fresh = here
        node = c.procedure.nodes[name]
        writes = isinstance(node, p.Tool) and _is_write(c, node)
        if writes and isinstance(node, p.Tool) and name not in told:
            problem = _uncovered(c, node, covered, fresh)
            if problem:
                told.add(name)
                yield problem
        todo += _ways(node, covered, fresh, writes=writes)


def _is_write(c: Checking, node: p.Tool) -> bool:
    tool = (c.tools or {}).get(node.tool)
    return tool is not None and tool.mode == "write"


def _ways(
    node: p.Node, covered: bool, fresh: frozenset[str], *, writes: bool
) -> list[tuple[str, bool, frozenset[str]]]:
    """Where it goes on, whether a yes still covers it, and which results came after the yes."""
    match node:
        case p.Confirm():
            none = frozenset[str]()
            return [(node.yes, True, none), *([(node.no, False, none)] if node.no else [])]
        case p.Tool() if writes:
            saved = fresh | {node.save} if node.save else fresh
            side = [(n, False, saved) for n in (node.refused, node.failed) if n]
            return [(node.next, covered, saved), *side]
        case p.Say() | p.Branch() | p.Each():
            return [(n, covered, fresh) for n in successors(node)]
        case _:
            return [(n, False, fresh) for n in successors(node)]


def _uncovered(c: Checking, node: p.Tool, covered: bool, fresh: frozenset[str]) -> Problem | None:
    if not covered:
        message = f"the tool {node.tool} writes, and no `confirm` stands right before it"
        fix = "Put `- confirm: Shall I ...?` before it, behind all steps that ask or read."
        return c.at(node, None, Kind.WRITE_WITHOUT_CONFIRM, message, fix)
    needed = {
        name for text in node.arguments.values() for name in names_in(text, expressions.names_of)
    }
    if needed & fresh:
        message = f"the tool {node.tool} needs the result of a write that the same yes covers"
        fix = "Put a `confirm` between the two writes."
        return c.at(node, "with", Kind.WRITE_NEEDS_WRITE, message, fix)
    return None
