"""Conditions and arithmetic of procedures, by simpleeval: no Python ``eval``, no attribute of a
real object, no call but the few functions named here. Fractions are decimals, so that
``price * 0.15`` is exact.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import simpleeval
from moneyed import Currency

from frontdesk.errors import OperatorError
from frontdesk.procedures.views import unview, view
from frontdesk.types.values import Value


class ExpressionError(OperatorError):
    """An expression of the desk can't be computed."""


class ForbiddenExpression(ExpressionError):
    """An expression of the desk calls something, or uses what isn't allowed."""


def days(duration: timedelta) -> int:
    """Whole days of a duration; negative when it points back."""
    return duration.days


FUNCTIONS: Mapping[str, Any] = {
    "len": len,
    "min": min,
    "max": max,
    "sum": sum,
    "round": round,
    "abs": abs,
    "days": days,
}


def _exact(number: Any) -> Any:
    return Decimal(str(number)) if isinstance(number, float) else number


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return Decimal(left) / Decimal(right)
    return operator.truediv(left, right)


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, str | bytes):  # '%1000000000d' % 1
        raise TypeError("% is for numbers")
    return operator.mod(left, right)


class _Evaluator(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]
    """simpleeval with exact fractions, where ``price.currency`` is a text."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        operators = simpleeval.DEFAULT_OPERATORS | {ast.Div: _divide, ast.Mod: _modulo}
        super().__init__(operators=operators, functions=dict(FUNCTIONS), names=dict(names))
        self.nodes[ast.Constant] = lambda node: _exact(self._eval_constant(node))

    def _eval_attribute(self, node: ast.Attribute) -> Any:
        item = super()._eval_attribute(node)
        return view(item) if isinstance(item, Currency) else item


def evaluate(expression: str, names: Mapping[str, Value]) -> Value:
    """The value of the expression.

    Raises:
        ExpressionError: a name is unknown, or an operation doesn't fit its operands.
    """
    try:
        result = _Evaluator({name: view(value) for name, value in names.items()}).eval(expression)
        return unview(_exact(result))
    except (
        simpleeval.InvalidExpression,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        raise ExpressionError(f"{expression!r}: {error}") from error


def names_of(expression: str) -> frozenset[str]:
    """The names that an expression reads, without functions and names that it binds itself.

    Raises:
        ExpressionError: it isn't an expression.
        ForbiddenExpression: it uses something that isn't allowed.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ExpressionError(f"{expression!r} is not an expression") from error
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                bound.add(name)
            case ast.Call():
                raise ForbiddenExpression(
                    f"{expression!r} calls something that expressions don't have; "
                    f"they have {', '.join(sorted(FUNCTIONS))}"
                )
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.Name(id=name):
                read.add(name)
            case ast.Lambda() | ast.Await() | ast.NamedExpr() | ast.Yield():
                raise ForbiddenExpression(f"{expression!r} uses something that isn't allowed")
    return frozenset(read - bound)
