"""The steps of a procedure as people read them, and which of them differ between two versions.

Most steps have no id of their own and are named by their place, so a step that is put in gives all
behind it other ids. They are compared by what they do instead, in their reading order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from frontdesk.types import procedures as p
from frontdesk.types.detail import Detail, compared


@dataclass(frozen=True)
class Step:
    """What a step is, and the rest of it by name."""

    head: str
    rest: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        said = "; ".join(f"{name}: {value}" if name else value for name, value in self.rest)
        return f"{self.head}: {said}" if said else self.head


def steps(procedure: p.Procedure) -> list[Step]:
    """The steps, each behind one that leads to it."""
    found: dict[str, Step] = {}
    left = [procedure.first]
    while left:
        node = procedure.nodes.get(left.pop())
        if node is not None and node.id not in found:
            found[node.id] = step(node)
            left += reversed(_following(node))
    return list(found.values())


def step_details(old: p.Procedure, new: p.Procedure) -> Iterator[Detail]:
    """Steps that were put in, taken out or changed."""
    before, after = steps(old), steps(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield from _replaced(before[i1:i2], after[j1:j2])


def _replaced(before: Sequence[Step], after: Sequence[Step]) -> Iterator[Detail]:
    left = list(after)
    for one in before:
        other = next((other for other in left if other.head == one.head), None)
        if other is None:
            yield Detail("removed", "step", str(one))
            continue
        for missed in left[: left.index(other)]:
            yield Detail("added", "step", "", str(missed))
        left = left[left.index(other) + 1 :]
        yield from compared(one.head, dict(one.rest), dict(other.rest))
    for missed in left:
        yield Detail("added", "step", "", str(missed))


def step(node: p.Node) -> Step:
    """What the node does, without its id and those that follow."""
    match node:
        case p.Collect():
            return Step(f"collect {node.slot}")
        case p.Choose():
            rest = {"from": node.source, "where": node.where, "key": node.key}
            match_ = {"match": ", ".join(node.match)}
            return _step(f"choose {node.name}", rest | match_, show=node.show, ask=node.ask)
        case p.Tool():
            return _step(f"tool {node.tool}", _with(node.arguments) | {"save": node.save})
        case p.Branch():
            cases = {f"when {n}": when for n, (when, _) in enumerate(node.cases, 1)}
            return _step("branch", cases)
        case p.Each():
            return _step(f"each {node.name}", {"in": node.source})
        case p.Confirm():
            return _step("confirm", {}, text=node.text)
        case p.Say():
            return _step("say", {}, text=node.text)
        case p.Handoff():
            return _step(f"handoff {node.reason}", {}, say=node.text)
        case p.Call():
            return _step(f"call {node.procedure}", _with(node.arguments) | {"save": node.save})
        case p.End():
            return Step(f"end {node.outcome}")


def _step(head: str, rest: Mapping[str, str | None], **texts: p.Text | None) -> Step:
    plain = [(name, value) for name, value in rest.items() if value]
    said = [
        (language if name == "text" else f"{name} {language}", template)
        for name, text in texts.items()
        for language, template in (text or {}).items()
    ]
    return Step(head, (*plain, *said))


def _with(arguments: Mapping[str, str]) -> dict[str, str | None]:
    return {f"with {name}": value for name, value in arguments.items()}


def _following(node: p.Node) -> list[str]:
    """The nodes that can come next, those inside of the step first."""
    match node:
        case p.Choose():
            return [node.none, node.next]
        case p.Tool():
            return [one for one in (node.refused, node.failed, node.next) if one]
        case p.Branch():
            return [*(target for _, target in node.cases), node.otherwise]
        case p.Each():
            return [node.body, node.next]
        case p.Confirm():
            return [one for one in (node.no, node.yes) if one]
        case p.Handoff() | p.End():
            return []
        case _:
            return [node.next]
