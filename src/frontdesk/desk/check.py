"""What can be known to be wrong before a customer meets it: names, types, ways through.

Pure: takes compiled procedures and tool signatures, gives problems.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import phonenumbers

from frontdesk.desk.compile import Compiled
from frontdesk.desk.located import Place
from frontdesk.desk.phrases import phrase_problems
from frontdesk.errors import OperatorError, Problem
from frontdesk.procedures import expressions, templates
from frontdesk.procedures.scope import BUILT_IN
from frontdesk.types import procedures as p

ALWAYS = BUILT_IN | {"refusal"}
_TAKEN = ALWAYS | expressions.FUNCTIONS.keys() | {"true", "false", "none"}
"""No name of a procedure may hide these; the last three have a meaning to templates."""


def check(
    compiled: Iterable[Compiled], tools: Mapping[str, p.ToolSignature] | None
) -> list[Problem]:
    """Every mistake in the procedures; without ``tools`` calls aren't checked."""
    known: dict[str, Compiled] = {}
    problems: list[Problem] = []
    for one in compiled:
        name = one.procedure.name
        if name in known:
            other = known[name].located.file.name
            text = f"a procedure {name!r} stands in {other} too"
            problems.append(one.located.problem(("procedure",), text, "Rename one of them."))
        known.setdefault(name, one)
    for one in known.values():
        for part in (_slots, _step_names, _names, _ends, _writes):
            problems += part(_Checking(one, known, tools))
    return [*problems, *phrase_problems(known.values())]


@dataclass(frozen=True)
class _Checking:
    compiled: Compiled
    known: Mapping[str, Compiled]
    tools: Mapping[str, p.ToolSignature] | None

    @property
    def procedure(self) -> p.Procedure:
        return self.compiled.procedure

    def at(self, node: p.Node, key: str | None, message: str, fix: str = "") -> Problem:
        place = self.compiled.places[node.id]
        return self.compiled.located.problem((*place, key) if key else place, message, fix)

    def at_place(self, place: Place, message: str, fix: str = "") -> Problem:
        return self.compiled.located.problem(place, message, fix)


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


# -- slots ------------------------------------------------------------------------------------


def _slots(c: _Checking) -> Iterator[Problem]:
    asked = {node.slot for node in c.procedure.nodes.values() if isinstance(node, p.Collect)}
    for slot in c.procedure.slots.values():
        place: Place = ("slots", slot.name)
        if slot.type == "choice" and not slot.options:
            yield c.at_place(place, f"the choice {slot.name!r} has no options", "Add `options:`.")
        if slot.type == "reference":
            yield from _pattern(c, slot, place)
        if slot.name in asked and not slot.ask and not slot.optional:
            fix = "Add `ask: ...?`, or `optional: true`."
            yield c.at_place(place, f"the slot {slot.name!r} has no question", fix)
        if slot.region is not None and slot.region not in phonenumbers.SUPPORTED_REGIONS:
            fix = "Write the ISO code of a country, like PT."
            yield c.at_place((*place, "region"), f"there is no region {slot.region!r}", fix)
        yield from _name(c, slot.name, place)
    yield from _examples(c)
    if not c.procedure.internal:
        for key, text in (("title", c.procedure.title), ("description", c.procedure.description)):
            if not text:
                yield c.at_place((), f"{key!r} is missing", f"Add a line `{key}: ...`.")


def _examples(c: _Checking) -> Iterator[Problem]:
    for index, example in enumerate(c.procedure.examples):
        place: Place = ("examples", index)
        for name, words in example.values.items():
            if name not in c.procedure.slots:
                yield c.at_place(place, *_unknown("slot", name, c.procedure.slots))
            elif not _gives(c.procedure.slots[name], words, example.text):
                text = f"the example does not say {words!r}"
                yield c.at_place(place, text, "Copy the words from `say`.")


def _gives(slot: p.Slot, words: str, text: str) -> bool:
    """Whether the example says the words, or they name an option."""
    return words in text or words in {option.name for option in slot.options}


def _pattern(c: _Checking, slot: p.Slot, place: Place) -> Iterator[Problem]:
    if not slot.pattern:
        fix = 'Add a line like `pattern: "HB-\\\\d{4}"`.'
        yield c.at_place(place, f"the reference {slot.name!r} has no pattern", fix)
        return
    try:
        re.compile(slot.pattern)
    except re.error as error:
        fix = "Write a regular expression."
        yield c.at_place((*place, "pattern"), f"is not a regular expression: {error}", fix)


def _step_names(c: _Checking) -> Iterator[Problem]:
    for node in c.procedure.nodes.values():
        place = c.compiled.places[node.id]
        match node:
            case p.Choose():
                yield from _name(c, node.name, (*place, "choose"))
            case p.Each():
                yield from _name(c, node.name, (*place, "each"))
            case p.Tool() | p.Call() if node.save is not None:
                yield from _name(c, node.save, (*place, "save"))


def _name(c: _Checking, name: str, place: Place) -> Iterator[Problem]:
    """Whether expressions and templates can read the name, and mean this by it."""
    if name in _TAKEN:
        yield c.at_place(place, f"{name!r} has a meaning already", "Write another name.")
    elif not name.isidentifier() or keyword.iskeyword(name):
        fix = "Write a word of letters, digits and underscores."
        yield c.at_place(place, f"{name!r} can't be a name", fix)


# -- names in expressions and templates -------------------------------------------------------


def _names(c: _Checking) -> Iterator[Problem]:
    known = ALWAYS | set(c.procedure.slots)
    for node in c.procedure.nodes.values():
        match node:
            case p.Choose() | p.Each():
                known |= {node.name}
            case p.Tool() | p.Call() if node.save is not None:
                known |= {node.save}
    for slot in c.procedure.slots.values():
        place: Place = ("slots", slot.name)
        yield from _texts(c, slot.ask, (*place, "ask"), known)
        if slot.invalid:
            yield from _texts(c, slot.invalid, (*place, "invalid"), known)
        if slot.valid:
            yield from _expression(c, slot.valid, (*place, "valid"), known)
    for node in c.procedure.nodes.values():
        yield from _node(c, node, known)


def _node(c: _Checking, node: p.Node, known: set[str] | frozenset[str]) -> Iterator[Problem]:
    place = c.compiled.places[node.id]
    match node:
        case p.Collect() if node.slot not in c.procedure.slots:
            yield c.at(node, None, *_unknown("slot", node.slot, c.procedure.slots))
        case p.Choose():
            yield from _expression(c, node.source, (*place, "from"), known)
            if node.where:
                yield from _expression(c, node.where, (*place, "where"), known)
            yield from _texts(c, node.show, (*place, "show"), known)
            yield from _texts(c, node.ask, (*place, "ask"), known)
        case p.Tool():
            yield from _arguments(c, node, place, known)
        case p.Branch():
            for index, (condition, _) in enumerate(node.cases):
                yield from _expression(c, condition, (*place, "branch", index, "when"), known)
        case p.Each():
            yield from _expression(c, node.source, (*place, "in"), known)
        case p.Confirm():
            yield from _texts(c, node.text, (*place, "confirm"), known)
        case p.Say():
            yield from _texts(c, node.text, (*place, "say"), known)
        case p.Handoff() if node.text:
            yield from _texts(c, node.text, (*place, "say"), known)
        case p.Call():
            yield from _called(c, node, place, known)


def _unknown(kind: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    fix = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names) or 'none'}."
    return f"there is no {kind} {name!r}", fix


def _arguments(c: _Checking, node: p.Tool, place: Place, known: Iterable[str]) -> Iterator[Problem]:
    for name, text in node.arguments.items():
        yield from _expression(c, text, (*place, "with", name), known)
    if c.tools is None:
        return
    tool = c.tools.get(node.tool)
    if tool is None:
        yield c.at(node, "tool", *_unknown("tool", node.tool, c.tools))
        return
    for name in node.arguments.keys() - tool.parameters.keys():
        text, fix = _unknown("parameter", name, tool.parameters)
        yield c.at_place((*place, "with", name), f"{text} of the tool {node.tool}", fix)
    for name, needed in tool.parameters.items():
        if needed and name not in node.arguments:
            fix = f"Add `{name}: ...` to `with`."
            yield c.at(node, None, f"the tool {node.tool} needs {name!r}", fix)


def _called(c: _Checking, node: p.Call, place: Place, known: Iterable[str]) -> Iterator[Problem]:
    for name, text in node.arguments.items():
        yield from _expression(c, text, (*place, "with", name), known)
    target = c.known.get(node.procedure)
    if target is None:
        yield c.at(node, "call", *_unknown("procedure", node.procedure, c.known))
        return
    for name in node.arguments.keys() - target.procedure.slots.keys():
        yield c.at(node, "with", *_unknown("slot", name, target.procedure.slots))
    if c.procedure.name in _all_called(target, c.known):
        fix = "Move the common steps into a third procedure."
        yield c.at(node, "call", "the procedure calls itself", fix)


def _all_called(start: Compiled, known: Mapping[str, Compiled]) -> set[str]:
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


def _expression(c: _Checking, text: str, place: Place, known: Iterable[str]) -> Iterator[Problem]:
    yield from _read(c, text, place, known, expressions.names_of)


def _texts(c: _Checking, text: p.Text, place: Place, known: Iterable[str]) -> Iterator[Problem]:
    for template in text.values():
        yield from _read(c, template, place, known, templates.names_of)


def _read(
    c: _Checking,
    text: str,
    place: Place,
    known: Iterable[str],
    names_of: Callable[[str], frozenset[str]],
) -> Iterator[Problem]:
    try:
        names = names_of(text)
    except OperatorError as error:
        yield c.at_place(place, str(error), "See docs/desk.md, expressions and templates.")
        return
    for name in sorted(names - set(known)):
        yield c.at_place(place, *_unknown("name", name, known))


# -- ways through -----------------------------------------------------------------------------


def _ends(c: _Checking) -> Iterator[Problem]:
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
        yield c.at(nodes[first], None, "the procedure can't end from here", fix)


def _reachable(procedure: p.Procedure) -> set[str]:
    found: set[str] = set()
    todo = [procedure.first]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += successors(procedure.nodes[name])
    return found


def _writes(c: _Checking) -> Iterator[Problem]:
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


def _is_write(c: _Checking, node: p.Tool) -> bool:
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


def _uncovered(c: _Checking, node: p.Tool, covered: bool, fresh: frozenset[str]) -> Problem | None:
    if not covered:
        message = f"the tool {node.tool} writes, and no `confirm` stands right before it"
        fix = "Put `- confirm: Shall I ...?` before it, behind all steps that ask or read."
        return c.at(node, None, message, fix)
    needed = {name for text in node.arguments.values() for name in _safe_names(text)}
    if needed & fresh:
        message = f"the tool {node.tool} needs the result of a write that the same yes covers"
        fix = "Put a `confirm` between the two writes."
        return c.at(node, "with", message, fix)
    return None


def _safe_names(text: str) -> frozenset[str]:
    try:
        return expressions.names_of(text)
    except OperatorError:
        return frozenset()
