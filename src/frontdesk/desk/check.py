"""What can be known to be wrong before a customer meets it: names, types, ways through.

Pure: takes compiled procedures and tool signatures, gives problems.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping

from frontdesk.desk import inference, unused, ways
from frontdesk.desk.check_slots import slot_problems
from frontdesk.desk.checking import BUILT_IN, Checking, slot_shape, unknown
from frontdesk.desk.compile import Compiled
from frontdesk.desk.located import Place
from frontdesk.desk.phrases import phrase_problems
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.procedures import expressions
from frontdesk.types import procedures as p
from frontdesk.types.shapes import UNKNOWN, Shape

_TAKEN = BUILT_IN.keys() | expressions.FUNCTIONS.keys() | {"true", "false", "none"}
"""No name of a procedure may hide these; the last three have a meaning to templates."""


def check(
    compiled: Iterable[Compiled], tools: Mapping[str, p.ToolSignature] | None
) -> list[Problem]:
    """Every mistake in the procedures; without ``tools`` calls aren't checked."""
    known: dict[str, Compiled] = {}
    problems: list[Problem] = []
    compiled = list(compiled)
    for one in compiled:
        name = one.procedure.name
        if name in known:
            other = known[name].located.file.name
            text = f"a procedure {name!r} stands in {other} too"
            fix = "Rename one of them."
            place: Place = ("procedure",)
            problems.append(one.located.problem(place, Kind.DUPLICATE_PROCEDURE, text, fix))
        known.setdefault(name, one)
    for one in known.values():
        checking = Checking(one, known, tools)
        for part in (slot_problems, _defined_names, _texts, ways.problems, unused.problems):
            problems += part(checking)
    return [*problems, *_same_examples(compiled), *phrase_problems(known.values())]


def _same_examples(compiled: Iterable[Compiled]) -> Iterator[Problem]:
    first: dict[str, tuple[Compiled, int]] = {}
    for one in compiled:
        for index, example in enumerate(one.procedure.examples):
            plain = " ".join(example.text.casefold().split())
            if not plain:
                continue
            place = one.example_place(index)
            before, at = first.setdefault(plain, (one, index))
            if before.procedure.name != one.procedure.name:
                text = f"the example stands in {before.located.file.name} too"
                fix = "Leave it where it belongs, and write here what tells the two apart."
                kind = Kind.EXAMPLE_IN_TWO_PROCEDURES
                yield one.located.problem(place, kind, text, fix)
            elif before is one and at != index:
                text = f"the example stands in line {one.located.line(('examples', at))} too"
                yield one.located.problem(place, Kind.DUPLICATE_EXAMPLE, text, "Remove one.")


# -- names that the procedure gives -----------------------------------------------------------


def _defined_names(c: Checking) -> Iterator[Problem]:
    for slot in c.procedure.slots:
        yield from _name(c, slot, ("slots", slot))
    for node in c.procedure.nodes.values():
        place = c.compiled.places[node.id]
        match node:
            case p.Choose():
                yield from _name(c, node.name, (*place, "choose"))
            case p.Each():
                yield from _name(c, node.name, (*place, "each"))
            case p.Tool() | p.Call() if node.save is not None:
                yield from _name(c, node.save, (*place, "save"))


def _name(c: Checking, name: str, place: Place) -> Iterator[Problem]:
    """Whether expressions and templates can read the name, and mean this by it."""
    if name in _TAKEN:
        text = f"{name!r} has a meaning already"
        yield c.at_place(place, Kind.NAME_TAKEN, text, "Write another name.")
    elif not name.isidentifier() or keyword.iskeyword(name):
        fix = "Write a word of letters, digits and underscores."
        yield c.at_place(place, Kind.INVALID_NAME, f"{name!r} can't be a name", fix)


# -- what expressions and templates read ------------------------------------------------------


def _texts(c: Checking) -> Iterator[Problem]:
    for slot in c.procedure.slots.values():
        place: Place = ("slots", slot.name)
        yield from c.texts(slot.ask, (*place, "ask"))
        if slot.invalid:
            yield from c.texts(slot.invalid, (*place, "invalid"))
        if slot.valid:
            yield from c.expression(slot.valid, (*place, "valid"))
    for node in c.procedure.nodes.values():
        yield from _node(c, node)


def _node(c: Checking, node: p.Node) -> Iterator[Problem]:
    place = c.compiled.places[node.id]
    match node:
        case p.Collect() if node.slot not in c.procedure.slots.keys() | c.compiled.lost:
            message, fix = unknown("slot", node.slot, c.procedure.slots)
            yield c.at(node, None, Kind.UNKNOWN_SLOT, message, fix)
        case p.Choose():
            yield from _choose(c, node, place)
        case p.Tool():
            yield from _tool(c, node, place)
        case p.Branch():
            for index, (condition, _) in enumerate(node.cases):
                yield from c.expression(condition, (*place, "branch", index, "when"))
        case p.Each():
            yield from c.list_expression(node.source, (*place, "in"))
        case p.Confirm():
            yield from c.texts(node.text, (*place, "confirm"))
        case p.Say():
            yield from c.texts(node.text, (*place, "say"))
        case p.Handoff() if node.text:
            yield from c.texts(node.text, (*place, "say"))
        case p.Call():
            yield from _called(c, node, place)


def _choose(c: Checking, node: p.Choose, place: Place) -> Iterator[Problem]:
    yield from c.list_expression(node.source, (*place, "from"))
    c = c.about_one(node)
    if node.where:
        yield from c.expression(node.where, (*place, "where"))
    yield from c.texts(node.show, (*place, "show"))
    yield from c.texts(node.ask, (*place, "ask"))
    record = c.scope.get(node.name, UNKNOWN)
    for key, names in (("key", (node.key,)), ("match", node.match)):
        for name in names:
            if mistake := inference.attribute_mistake(record, name, node.name):
                yield c.at(node, key, *mistake)


def _tool(c: Checking, node: p.Tool, place: Place) -> Iterator[Problem]:
    tool = (c.tools or {}).get(node.tool)
    takes = tool.takes if tool else {}
    yield from _arguments(c, node, place, takes)
    if c.tools is None:
        return
    if tool is None:
        yield c.at(node, "tool", Kind.UNKNOWN_TOOL, *unknown("tool", node.tool, c.tools))
        return
    for name in sorted(node.arguments.keys() - tool.parameters.keys()):
        text, fix = unknown("parameter", name, tool.parameters)
        text += f" of the tool {node.tool}"
        yield c.at_place((*place, "with", name), Kind.UNKNOWN_PARAMETER, text, fix)
    for name, needed in tool.parameters.items():
        if needed and name not in node.arguments:
            fix = f"Add `{name}: ...` to `with`."
            text = f"the tool {node.tool} needs {name!r}"
            yield c.at(node, None, Kind.MISSING_ARGUMENT, text, fix)


def _called(c: Checking, node: p.Call, place: Place) -> Iterator[Problem]:
    target = c.known.get(node.procedure)
    slots = target.procedure.slots if target else {}
    yield from _arguments(c, node, place, {name: slot_shape(s) for name, s in slots.items()})
    if target is None:
        message, fix = unknown("procedure", node.procedure, c.known)
        yield c.at(node, "call", Kind.UNKNOWN_PROCEDURE, message, fix)
        return
    for name in sorted(node.arguments.keys() - slots.keys() - target.lost):
        yield c.at(node, "with", Kind.UNKNOWN_SLOT, *unknown("slot", name, slots))
    if c.procedure.name in ways.all_called(target, c.known):
        fix = "Move the common steps into a third procedure."
        yield c.at(node, "call", Kind.CALLS_ITSELF, "the procedure calls itself", fix)


def _arguments(
    c: Checking, node: p.Tool | p.Call, place: Place, takes: Mapping[str, Shape]
) -> Iterator[Problem]:
    for name, text in node.arguments.items():
        here = (*place, "with", name)
        problems = list(c.expression(text, here))
        yield from problems
        if problems or name not in takes:
            continue
        given, _ = inference.expression(text, c.scope)
        if mistake := inference.argument_mistake(given, takes[name], text, name):
            yield c.at_place(here, *mistake)
