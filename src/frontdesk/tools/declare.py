"""How a function of ``tools.py`` says that it is a tool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NewType, TypeVar, overload

DataFolder = NewType("DataFolder", Path)
"""The folder for the tools' own data; one for each installation, a fresh one for each test."""

IdempotencyKey = NewType("IdempotencyKey", str)
"""Unique to one write that a customer agreed to; a second call with it must change nothing."""

Now = NewType("Now", datetime)
"""The desk's clock, in the desk's time zone."""

Function = TypeVar("Function", bound=Callable[..., Any])


class Refused(Exception):
    """Raised by a tool: nothing happened, and the message tells the customer why."""


@dataclass(frozen=True)
class Declaration:
    """What a decorator says of a function."""

    mode: Literal["read", "write", "prepare"]
    timeout_s: float = 10.0


ATTRIBUTE = "__frontdesk_tool__"


def _declare(function: Function, declaration: Declaration) -> Function:
    setattr(function, ATTRIBUTE, declaration)
    return function


@overload
def read(function: Function) -> Function: ...
@overload
def read(*, timeout_s: float = ...) -> Callable[[Function], Function]: ...
def read(function: Any = None, *, timeout_s: float = 10.0) -> Any:
    """A tool that changes nothing, so it may be called again."""
    declaration = Declaration("read", timeout_s)
    if function is None:
        return lambda f: _declare(f, declaration)
    return _declare(function, declaration)


@overload
def write(function: Function) -> Function: ...
@overload
def write(*, timeout_s: float = ...) -> Callable[[Function], Function]: ...
def write(function: Any = None, *, timeout_s: float = 10.0) -> Any:
    """A tool that changes something: called at most once, with the customer's consent."""
    declaration = Declaration("write", timeout_s)
    if function is None:
        return lambda f: _declare(f, declaration)
    return _declare(function, declaration)


def prepare(function: Function) -> Function:
    """Runs once for a new data folder, before any tool."""
    return _declare(function, Declaration("prepare", timeout_s=120.0))
