"""What the expressions and templates of a procedure give, and which of them can't be computed.

Types come from the slots and from the results that tools declare. What isn't known is taken to fit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from jinja2 import nodes

from frontdesk.mistakes import Kind
from frontdesk.types.shapes import (
    NOTHING,
    UNKNOWN,
    Items,
    OneOf,
    Record,
    Scalar,
    Shape,
    Unknown,
    describe,
    either,
    members,
)

NUMBER, TEXT, BOOLEAN = Scalar("number"), Scalar("text"), Scalar("boolean")
MONEY, DURATION = Scalar("money"), Scalar("duration")
_DATE = {"year": NUMBER, "month": NUMBER, "day": NUMBER}
_TIME = {"hour": NUMBER, "minute": NUMBER, "second": NUMBER}
_ATTRIBUTES: Mapping[str, Mapping[str, Shape]] = {
    "money": {"amount": NUMBER, "currency": TEXT},
    "date": _DATE,
    "time": _TIME,
    "datetime": _DATE | _TIME,
    "duration": {"days": NUMBER},
}


class Mistake(NamedTuple):
    """A kind of mistake, what is wrong and what to write instead."""

    kind: Kind
    message: str
    fix: str


class _Operand(NamedTuple):
    shape: Shape
    words: str


def expression(text: str, scope: Mapping[str, Shape]) -> tuple[Shape, list[Mistake]]:
    """The shape of an expression's value, and what can't be computed in it."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return UNKNOWN, []
    reader = _Expression(scope)
    return reader.shape(tree.body), reader.mistakes


def template(tree: nodes.Template, scope: Mapping[str, Shape]) -> list[Mistake]:
    """What can't be computed in a template."""
    reader = _Template(dict(scope))
    reader.walk(tree)
    return reader.mistakes


def item_of(shape: Shape) -> Shape:
    """The shape of the items of a list."""
    lists = [part.of for part in members(shape) if isinstance(part, Items)]
    return either(tuple(lists))


def attribute_mistake(shape: Shape, name: str, words: str) -> Mistake | None:
    """Why no value of this shape has the attribute; ``words`` is how the text calls the value."""
    parts = members(shape)
    if not parts or any(_attribute(part, name) is not None for part in parts):
        return None
    if isinstance(parts[0], Items):
        fix = f"Take one item with `choose` or `each`, or write {words}[0].{name}."
        return Mistake(Kind.UNKNOWN_ATTRIBUTE, f"{words!r} is a list and has no {name!r}", fix)
    known = sorted({key for part in parts for key in _fields(part)})
    near = get_close_matches(name, known, 1)
    has = f"It has {', '.join(known)}." if known else f"Write {words} alone: it has no parts."
    fix = f"Did you mean {near[0]!r}?" if near else has
    text = f"{words!r} is {describe(shape)} and has no {name!r}"
    return Mistake(Kind.UNKNOWN_ATTRIBUTE, text, fix)


def _fields(part: Shape) -> Mapping[str, Shape]:
    match part:
        case Record(fields=fields):
            return fields
        case Scalar(name=name):
            return _ATTRIBUTES.get(name, {})
        case _:
            return {}


def _attribute(part: Shape, name: str) -> Shape | None:
    return UNKNOWN if isinstance(part, Unknown) else _fields(part).get(name)


def argument_mistake(given: Shape, wanted: Shape, words: str, name: str) -> Mistake | None:
    """Why a value can't be given for a parameter."""
    if _fits(given, wanted):
        return None
    text = f"{name!r} takes {describe(wanted)}, and {words!r} is {describe(given)}"
    fix = f"Write an expression that gives {describe(wanted)}."
    if _names(wanted) == {"text"} and not _names(given) & {"text"}:
        fix += " A text has quotes of its own: \"'...'\"."
    elif _names(wanted) == {"number"} and _names(given) == {"money"}:
        fix = f"Write {words}.amount."
    elif _names(wanted) == {"date"} and _names(given) == {"datetime"}:
        fix = "Write `today` for the day, or take a `datetime` in tools.py."
    return Mistake(Kind.WRONG_ARGUMENT, text, fix)


def _fits(given: Shape, wanted: Shape) -> bool:
    if given == NOTHING:
        return wanted == UNKNOWN or (isinstance(wanted, OneOf) and NOTHING in wanted.members)
    return any(_same(one, other) for one in members(given) for other in members(wanted))


def _same(given: Shape, wanted: Shape) -> bool:
    match given, wanted:
        case (Unknown(), _) | (_, Unknown()):
            return True
        case Scalar(), Scalar():
            other = bool(given.values and wanted.values) and not set(given.values) & set(
                wanted.values
            )
            return given.name == wanted.name and not other
        case Items(), Items():
            return not members(given.of) or _fits(given.of, wanted.of)
        case Record(), Record():
            return given.fields.keys() == wanted.fields.keys()
        case _:
            return False


def _names(shape: Shape) -> set[str]:
    return {part.name for part in members(shape) if isinstance(part, Scalar)}


@dataclass
class _Reader:
    """What expressions and templates have in common."""

    mistakes: list[Mistake] = field(default_factory=list)

    def tell(self, kind: Kind, message: str, fix: str) -> Shape:
        self.mistakes.append(Mistake(kind, message, fix))
        return UNKNOWN

    def attribute(self, value: _Operand, name: str) -> Shape:
        if mistake := attribute_mistake(value.shape, name, value.words):
            self.mistakes.append(mistake)
            return UNKNOWN
        found = (_attribute(part, name) for part in members(value.shape))
        return either(tuple(shape for shape in found if shape is not None))

    def compare(self, left: _Operand, right: _Operand) -> None:
        """Tells when the two can't be compared, or can never be equal."""
        names, others = _names(left.shape), _names(right.shape)
        if not _all_scalars(left.shape) or not _all_scalars(right.shape):
            return
        if self.values_differ(left, right) or self.values_differ(right, left):
            return
        if names & others or {"number", "boolean"} <= names | others:
            return
        self.mixed(left, right, "compared")

    def values_differ(self, one: _Operand, constant: _Operand) -> bool:
        known = [v for part in members(one.shape) if isinstance(part, Scalar) for v in part.values]
        all_known = all(isinstance(p, Scalar) and p.values for p in members(one.shape))
        given = [v for p in members(constant.shape) if isinstance(p, Scalar) for v in p.values]
        if not known or not all_known or len(given) != 1 or given[0] in known:
            return False
        near = get_close_matches(given[0], known, 1)
        fix = f"Did you mean {near[0]!r}?" if near else f"It can be {', '.join(known)}."
        self.tell(Kind.IMPOSSIBLE_VALUE, f"{one.words!r} is never {given[0]!r}", fix)
        return True

    def mixed(self, left: _Operand, right: _Operand, done: str) -> Shape:
        kinds = _names(left.shape) | _names(right.shape)
        text = (
            f"{left.words!r} is {describe(left.shape)} and {right.words!r} is "
            f"{describe(right.shape)}: they can't be {done}"
        )
        if kinds == {"money", "number"}:
            money = left if "money" in _names(left.shape) else right
            return self.tell(Kind.MONEY_AS_NUMBER, text, f"Write {money.words}.amount.")
        if kinds == {"duration", "number"}:
            long = left if "duration" in _names(left.shape) else right
            return self.tell(Kind.DURATION_AS_NUMBER, text, f"Write days({long.words}).")
        return self.tell(Kind.MIXED_TYPES, text, _INSTEAD.get(frozenset(kinds), _ANYTHING))


_ANYTHING = "Compare and compute with values of one type."
_INSTEAD = {
    frozenset({"date", "text"}): "Write a date from a slot, a result or `today`, without quotes.",
    frozenset({"date", "number"}): "Compare days(a - b), where a and b are dates, with the number.",
    frozenset({"date", "datetime"}): "Compare a date with `today`, and a datetime with `now`.",
    frozenset({"text", "number"}): "Leave out the quotes if a number is meant.",
    frozenset({"money", "text"}): "Compare the `.amount` with a number.",
}


def _all_scalars(shape: Shape) -> bool:
    parts = members(shape)
    return bool(parts) and all(isinstance(part, Scalar) for part in parts)


class _Expression(_Reader):
    def __init__(self, scope: Mapping[str, Shape]) -> None:
        super().__init__()
        self.scope = dict(scope)

    def operand(self, node: ast.expr) -> _Operand:
        return _Operand(self.shape(node), ast.unparse(node))

    def shape(self, node: ast.expr) -> Shape:
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.Name(id=name):
                return self.scope.get(name, UNKNOWN)
            case ast.Attribute(value=inner, attr=name):
                return self.attribute(self.operand(inner), name)
            case ast.Subscript(value=inner, slice=key):
                return self.subscript(self.operand(inner), key)
            case ast.Compare():
                self.comparison(node)
                return BOOLEAN
            case ast.BinOp():
                return self.arithmetic(node)
            case ast.BoolOp(values=values):
                return either(tuple(map(self.shape, values)))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                self.shape(inner)
                return BOOLEAN
            case ast.UnaryOp(operand=inner):
                return self.shape(inner)
            case ast.IfExp(test=test, body=body, orelse=other):
                self.shape(test)
                return either((self.shape(body), self.shape(other)))
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return Items(either(tuple(map(self.shape, items))))
            case ast.ListComp(elt=item, generators=generators):
                return self.comprehension(item, generators)
            case ast.Call(func=ast.Name(id=name), args=given):
                return self.call(name, given)
            case _:
                return UNKNOWN

    def subscript(self, value: _Operand, key: ast.expr) -> Shape:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return self.attribute(value, key.value)
        return item_of(value.shape)

    def comprehension(self, item: ast.expr, generators: list[ast.comprehension]) -> Shape:
        before = dict(self.scope)
        for one in generators:
            source = self.shape(one.iter)
            if isinstance(one.target, ast.Name):
                self.scope[one.target.id] = item_of(source)
            for condition in one.ifs:
                self.shape(condition)
        found = Items(self.shape(item))
        self.scope = before
        return found

    def comparison(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                many = right.elts if isinstance(right, ast.List | ast.Tuple) else []
                for each in many:
                    self.compare(self.operand(left), self.operand(each))
                if not many:
                    item = _Operand(item_of(self.shape(right)), ast.unparse(right))
                    self.compare(self.operand(left), item)
            elif not isinstance(operator, ast.Is | ast.IsNot):
                self.compare(self.operand(left), self.operand(right))
            left = right

    def arithmetic(self, node: ast.BinOp) -> Shape:
        left, right = self.operand(node.left), self.operand(node.right)
        if not _all_scalars(left.shape) or not _all_scalars(right.shape):
            return UNKNOWN
        names, others = _names(left.shape), _names(right.shape)
        if len(names) != 1 or len(others) != 1:
            return UNKNOWN
        result = _RESULTS.get((type(node.op), *names, *others))
        if result is None and isinstance(node.op, tuple(_DONE)):
            return self.mixed(left, right, _DONE[type(node.op)])
        return result or UNKNOWN

    def call(self, name: str, given: list[ast.expr]) -> Shape:
        values = [self.operand(one) for one in given]
        if not values:
            return UNKNOWN
        first = values[0]
        if name == "days" and _all_scalars(first.shape) and _names(first.shape) != {"duration"}:
            text = f"days() takes a duration, and {first.words!r} is {describe(first.shape)}"
            self.tell(Kind.MIXED_TYPES, text, "Write days(a - b), where a and b are dates.")
        functions: Mapping[str, Callable[[], Shape]] = {
            "len": lambda: NUMBER,
            "days": lambda: NUMBER,
            "round": lambda: first.shape,
            "abs": lambda: first.shape,
            "sum": lambda: item_of(first.shape),
            "min": lambda: _smallest(values),
            "max": lambda: _smallest(values),
        }
        return functions[name]() if name in functions else UNKNOWN


def _smallest(values: Iterable[_Operand]) -> Shape:
    shapes = tuple(value.shape for value in values)
    return item_of(shapes[0]) if len(shapes) == 1 else either(shapes)


def _constant(value: object) -> Shape:
    match value:
        case None:
            return NOTHING
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER
        case str():
            return Scalar("text", (value,))
        case _:
            return UNKNOWN


_DONE: Mapping[type[ast.operator], str] = {
    ast.Add: "added",
    ast.Sub: "subtracted",
    ast.Mult: "multiplied",
    ast.Div: "divided",
}
_DATES = (Scalar("date"), Scalar("datetime"))
_RESULTS: Mapping[tuple[object, ...], Shape] = {
    **{(op, "number", "number"): NUMBER for op in (*_DONE, ast.FloorDiv, ast.Mod, ast.Pow)},
    **{(op, "money", "money"): MONEY for op in (ast.Add, ast.Sub)},
    **{(op, "duration", "duration"): DURATION for op in (ast.Add, ast.Sub)},
    **{(ast.Sub, day.name, day.name): DURATION for day in _DATES},
    **{(op, day.name, "duration"): day for day in _DATES for op in (ast.Add, ast.Sub)},
    (ast.Mult, "money", "number"): MONEY,
    (ast.Mult, "number", "money"): MONEY,
    (ast.Div, "money", "number"): MONEY,
    (ast.Div, "money", "money"): NUMBER,
    (ast.Mult, "duration", "number"): DURATION,
    (ast.Add, "text", "text"): TEXT,
}


class _Template(_Reader):
    def __init__(self, scope: dict[str, Shape]) -> None:
        super().__init__()
        self.scope = scope

    def walk(self, node: nodes.Node) -> None:
        """Reads every expression in the node."""
        if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
            self.scope[node.target.name] = item_of(self.operand(node.iter).shape)
        if isinstance(node, nodes.Expr):
            self.operand(node)
        else:
            for child in node.iter_child_nodes():
                self.walk(child)

    def operand(self, node: nodes.Node) -> _Operand:
        match node:
            case nodes.Name():
                return _Operand(self.scope.get(node.name, UNKNOWN), node.name)
            case nodes.Const():
                return _Operand(_constant(node.value), repr(node.value))
            case nodes.Getattr():
                value = self.operand(node.node)
                return _Operand(self.field(value, node.attr), f"{value.words}.{node.attr}")
            case nodes.Compare():
                left = self.operand(node.expr)
                for each in node.ops:
                    right = self.operand(each.expr)
                    if each.op not in ("in", "notin"):
                        self.compare(left, right)
                    left = right
            case _:
                for child in node.iter_child_nodes():
                    self.operand(child)
        return _Operand(UNKNOWN, "")

    def field(self, value: _Operand, name: str) -> Shape:
        """An attribute; those of dates and texts are Python's own in a template."""
        plain = [part for part in members(value.shape) if isinstance(part, Scalar)]
        if any(part.name != "money" for part in plain):
            return UNKNOWN
        return self.attribute(value, name)
