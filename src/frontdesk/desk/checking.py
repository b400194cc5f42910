"""A procedure under examination: its names with their types, and what its texts read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property

from frontdesk.desk import inference
from frontdesk.desk.compile import Compiled
from frontdesk.desk.located import Place
from frontdesk.errors import OperatorError, Problem
from frontdesk.mistakes import Kind
from frontdesk.procedures import expressions, templates
from frontdesk.types import procedures as p
from frontdesk.types.shapes import UNKNOWN, Items, Record, Scalar, Shape, describe, either, members

_TEXT, _NUMBER = Scalar("text"), Scalar("number")
_SLOTS: Mapping[str, Shape] = {
    "text": _TEXT,
    "email": _TEXT,
    "phone": _TEXT,
    "reference": _TEXT,
    "date": Scalar("date"),
    "time": Scalar("time"),
    "datetime": Scalar("datetime"),
    "number": _NUMBER,
    "integer": _NUMBER,
    "money": Scalar("money"),
    "boolean": Scalar("boolean"),
}
BUILT_IN: Mapping[str, Shape] = {
    "customer": Record("customer", dict.fromkeys(("id", "name", "email"), _TEXT)),
    "desk": Record("desk", dict.fromkeys(("id", "name"), _TEXT)),
    "today": Scalar("date"),
    "now": Scalar("datetime"),
    "refusal": _TEXT,
}
_SEE = "See docs/desk.md, expressions and templates."
_BRACES = re.compile(r"(?<![{%#$])\{\s*([a-z_]\w*)(?:\.\w+)*\s*\}(?!\})")
_FOREIGN = {"&&": "and", "||": "or", "===": "==", "null": "None"}


@dataclass(frozen=True)
class Checking:
    """A procedure, and what it can refer to."""

    compiled: Compiled
    known: Mapping[str, Compiled]
    tools: Mapping[str, p.ToolSignature] | None
    single: Mapping[str, Shape] = field(default_factory=dict)
    """Names that mean something else just here."""

    @property
    def procedure(self) -> p.Procedure:
        """The procedure itself."""
        return self.compiled.procedure

    def at(self, node: p.Node, key: str | None, kind: Kind, message: str, fix: str) -> Problem:
        """A mistake at a step, or at a key of it."""
        place = self.compiled.places[node.id]
        return self.at_place((*place, key) if key else place, kind, message, fix)

    def at_place(self, place: Place, kind: Kind, message: str, fix: str) -> Problem:
        """A mistake somewhere in the file."""
        return self.compiled.located.problem(place, kind, message, fix)

    @cached_property
    def scope(self) -> Mapping[str, Shape]:
        """Every name that the procedure's texts may read, with the shape of its value."""
        found: dict[str, list[Shape]] = {name: [shape] for name, shape in BUILT_IN.items()}
        for slot in self.procedure.slots.values():
            found.setdefault(slot.name, []).append(slot_shape(slot))
        for node in self.procedure.nodes.values():
            if isinstance(node, p.Tool) and node.save is not None:
                tool = (self.tools or {}).get(node.tool)
                found.setdefault(node.save, []).append(tool.returns if tool else UNKNOWN)
            elif isinstance(node, p.Call) and node.save is not None:
                found.setdefault(node.save, []).append(self._called(node))
        for name in self.compiled.lost:
            found.setdefault(name, []).append(UNKNOWN)
        scope = self._with_items({name: either(tuple(shapes)) for name, shapes in found.items()})
        return {**scope, **self.single}

    def about_one(self, node: p.Choose) -> Checking:
        """For the texts of the step itself, where its name means a single record."""
        source, _mistakes = inference.expression(node.source, self.scope)
        return replace(self, single={node.name: inference.item_of(source)})

    def _called(self, node: p.Call) -> Shape:
        target = self.known.get(node.procedure)
        if target is None or not target.whole:
            return UNKNOWN
        slots = {slot.name: slot_shape(slot) for slot in target.procedure.slots.values()}
        return Record(f"result of {node.procedure}", slots | {"outcome": _TEXT})

    def _with_items(self, scope: dict[str, Shape]) -> Mapping[str, Shape]:
        """Adds what `choose` and `each` name; an item of one may hold the list of another."""
        takers = [n for n in self.procedure.nodes.values() if isinstance(n, p.Choose | p.Each)]
        for _ in range(len(takers) + 1):
            items: dict[str, list[Shape]] = {}
            for node in takers:
                source, _mistakes = inference.expression(node.source, scope)
                item = inference.item_of(source)
                many = isinstance(node, p.Choose) and node.many
                items.setdefault(node.name, []).append(Items(item) if many else item)
            new = scope | {name: either(tuple(shapes)) for name, shapes in items.items()}
            if new == scope:
                break
            scope = new
        return scope

    # -- what texts read ----------------------------------------------------------------------

    def expression(self, text: str, place: Place) -> Iterator[Problem]:
        """What is wrong in an expression."""
        problems = list(self._names(text, place, expressions.names_of, _not_an_expression(text)))
        yield from problems
        if not problems:
            for mistake in inference.expression(text, self.scope)[1]:
                yield self.at_place(place, *mistake)

    def list_expression(self, text: str, place: Place) -> Iterator[Problem]:
        """What is wrong in an expression that must give a list."""
        problems = list(self.expression(text, place))
        yield from problems
        shape, _ = inference.expression(text, self.scope)
        parts = members(shape)
        if not problems and parts and not any(part == UNKNOWN or _is_list(part) for part in parts):
            message = f"{text!r} is {describe(shape)}, not a list"
            fix = "Write the name of a list that a tool gave, or an attribute that is one."
            yield self.at_place(place, Kind.NOT_A_LIST, message, fix)

    def texts(self, text: p.Text, place: Place) -> Iterator[Problem]:
        """What is wrong in the templates of a text."""
        for one in text.values():
            problems = list(self._names(one, place, templates.names_of, None))
            yield from problems
            if not problems:
                for mistake in inference.template(templates.parse(one), self.scope):
                    yield self.at_place(place, *mistake)
            for found in _BRACES.finditer(one):
                if found[1] in self.scope:
                    message = f"{found[0]!r} is not filled in"
                    fix = f"Write {{{{ {found[0].strip('{} ')} }}}}."
                    yield self.at_place(place, Kind.SINGLE_BRACES, message, fix)

    def _names(
        self,
        text: str,
        place: Place,
        names_of: Callable[[str], frozenset[str]],
        wrong: tuple[Kind, str] | None,
    ) -> Iterator[Problem]:
        if wrong and wrong[0] is Kind.BRACES_IN_EXPRESSION:
            yield self.at_place(place, wrong[0], f"{text!r} is not an expression", wrong[1])
            return
        try:
            names = names_of(text)
        except expressions.ForbiddenExpression as error:
            yield self.at_place(place, Kind.FORBIDDEN_EXPRESSION, str(error), _SEE)
            return
        except OperatorError as error:
            kind, fix = wrong or (Kind.BROKEN_TEMPLATE, _SEE)
            yield self.at_place(place, kind, str(error), fix)
            return
        for name in sorted(names - set(self.scope)):
            message, fix = unknown("name", name, self.scope)
            if wrong and name in _CONSTANTS:
                fix = f"Write {_CONSTANTS[name]}."
            elif wrong and text.strip() == name and not fix.startswith("Did"):
                fix += f" A text has quotes of its own: \"'{name}'\"."
            yield self.at_place(place, Kind.UNKNOWN_NAME, message, fix)

    def reads(self) -> set[str]:
        """Every name that some text of the procedure reads, but a slot's own about itself."""
        found: set[str] = set()
        for text in _expressions(self.procedure):
            found |= names_in(text, expressions.names_of)
        for template in _templates(self.procedure):
            found |= names_in(template, templates.names_of)
        for slot in self.procedure.slots.values():
            own = [names_in(one, templates.names_of) for one in slot.ask.values()]
            own += [names_in(one, templates.names_of) for one in (slot.invalid or {}).values()]
            own += [names_in(slot.valid, expressions.names_of)] if slot.valid else []
            found |= set().union(*own) - {slot.name}
        return found


_CONSTANTS = {"true": "True", "false": "False", "null": "None", "none": "None"}


def _is_list(shape: Shape) -> bool:
    return isinstance(shape, Items)


def slot_shape(slot: p.Slot) -> Shape:
    """The shape of a slot's value."""
    options = tuple(option.name for option in slot.options)
    shape = Scalar("text", options) if slot.type == "choice" else _SLOTS[slot.type]
    return Items(shape) if slot.many else shape


def unknown(what: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """That there is no such thing, and which there are."""
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    fix = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names) or 'none'}."
    return f"there is no {what} {name!r}", fix


def _not_an_expression(text: str) -> tuple[Kind, str]:
    """What somebody probably meant who wrote something that isn't an expression."""
    if "{{" in text:
        return Kind.BRACES_IN_EXPRESSION, "Leave out the braces: names stand alone here."
    for sign in ("&&", "||", "==="):
        if sign in text:
            return Kind.FOREIGN_OPERATOR, f"Write `{_FOREIGN[sign]}` instead of `{sign}`."
    if re.search(r"!(?!=)", text):
        return Kind.FOREIGN_OPERATOR, "Write `not` instead of `!`."
    if re.search(r"(?<![=!<>])=(?!=)", text):
        return Kind.SINGLE_EQUALS, "Write `==` to compare."
    return Kind.BROKEN_EXPRESSION, _SEE


def names_in(text: str, names_of: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """The names that a text reads; none if it can't be read."""
    try:
        return names_of(text)
    except OperatorError:
        return frozenset()


def _expressions(procedure: p.Procedure) -> Iterator[str]:
    for node in procedure.nodes.values():
        match node:
            case p.Choose():
                yield node.source
                # The record has its name in `where` too, which is no reason to have it.
            case p.Each():
                yield node.source
            case p.Tool() | p.Call():
                yield from node.arguments.values()
            case p.Branch():
                yield from (condition for condition, _ in node.cases)
    for node in procedure.nodes.values():
        if isinstance(node, p.Choose) and node.where:
            yield " + ".join(sorted(names_in(node.where, expressions.names_of) - {node.name}))


def _templates(procedure: p.Procedure) -> Iterator[str]:
    for node in procedure.nodes.values():
        match node:
            case p.Choose():
                yield from node.ask.values()
            case p.Confirm() | p.Say():
                yield from node.text.values()
            case p.Handoff() if node.text:
                yield from node.text.values()
