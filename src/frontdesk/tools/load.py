"""Imports a desk's ``tools.py`` and reads the types of its tools."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.tools.conform import supported
from frontdesk.tools.declare import ATTRIBUTE, DataFolder, Declaration, IdempotencyKey, Now
from frontdesk.tools.shapes import shape_of
from frontdesk.types.desk import Customer
from frontdesk.types.procedures import ToolSignature

INJECTED = (Customer, DataFolder, IdempotencyKey, Now)
_Mistake = tuple[Kind, str, str]
"""What is wrong, and what to write instead."""


@dataclass(frozen=True)
class PythonTool:
    """A function of ``tools.py``."""

    function: Callable[..., Any]
    declaration: Declaration
    parameters: Mapping[str, Any]
    """Type of each parameter that a step fills."""
    injected: Mapping[str, Any]
    """Type of each parameter that the desk fills."""
    returns: Any
    signature: ToolSignature


@dataclass(frozen=True)
class Toolbox:
    """What a desk's ``tools.py`` holds."""

    tools: Mapping[str, PythonTool]
    prepare: PythonTool | None = None

    @property
    def signatures(self) -> Mapping[str, ToolSignature]:
        """What procedures may call."""
        return {name: tool.signature for name, tool in self.tools.items()}


def load(folder: Path) -> Toolbox | list[Problem]:
    """The desk's tools, or every mistake in them; a desk without ``tools.py`` has none."""
    file = folder / "tools.py"
    if not file.exists():
        return Toolbox({})
    module = _import(folder, file)
    if isinstance(module, Problem):
        return [module]
    problems: list[Problem] = []
    tools: dict[str, PythonTool] = {}
    prepare: PythonTool | None = None
    for name, function in inspect.getmembers(module, inspect.isfunction):
        declaration = getattr(function, ATTRIBUTE, None)
        if not isinstance(declaration, Declaration) or function.__module__ != module.__name__:
            continue
        tool = _read(file, name, function, declaration)
        if isinstance(tool, list):
            problems += tool
        elif declaration.mode == "prepare" and prepare is not None:
            text = f"{name}: {prepare.signature.name} has @prepare already"
            fix = "Call one of them from the other, which alone has @prepare."
            line = function.__code__.co_firstlineno
            problems.append(Problem(file, line, Kind.SECOND_PREPARE, text, fix))
        elif declaration.mode == "prepare":
            prepare = tool
        else:
            tools[name] = tool
    return problems or Toolbox(tools, prepare)


def _import(folder: Path, file: Path) -> types.ModuleType | Problem:
    """Imports the folder as a package, so that ``from .business import x`` works."""
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    name = f"_frontdesk_desk_{hashlib.sha256(str(folder).encode() + sources).hexdigest()[:16]}"
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    try:
        return importlib.import_module(f"{name}.tools")
    except SyntaxError as error:
        where = Path(error.filename) if error.filename else file
        text = f"is not Python: {error.msg}"
        return Problem(where, error.lineno or 1, Kind.BROKEN_PYTHON, text, "Correct it.")
    except SystemExit as error:
        text = f"can't be imported: it ends the program: {error!r}"
        fix = "Raise another exception, or none."
        return Problem(file, _line_in(file, error), Kind.IMPORT_FAILS, text, fix)
    except Exception as error:  # noqa: BLE001 - the operator's code may raise anything
        text = f"can't be imported: {error!r}"
        return Problem(file, _line_in(file, error), Kind.IMPORT_FAILS, text, "Correct it.")


def _line_in(file: Path, error: BaseException) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == file and frame.lineno]
    return lines[-1] if lines else 1


def _read(
    file: Path, name: str, function: Callable[..., Any], declaration: Declaration
) -> PythonTool | list[Problem]:
    line = function.__code__.co_firstlineno
    try:
        hints = get_type_hints(function)
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        text = f"{name}: a type can't be read: {error}"
        return [Problem(file, line, Kind.UNREADABLE_TYPE, text, _IMPORT)]
    given: dict[str, Any] = {}
    injected: dict[str, Any] = {}
    needed: dict[str, bool] = {}
    mistakes = list(_kind_mistakes(function, declaration))
    for parameter in inspect.signature(function).parameters.values():
        hint = hints.get(parameter.name)
        found = _parameter_mistake(parameter, hint)
        if found:
            mistakes.append(found)
        elif hint in INJECTED:
            injected[parameter.name] = hint
        else:
            given[parameter.name] = hint
            needed[parameter.name] = parameter.default is inspect.Parameter.empty
    returns = hints.get("return")
    if declaration.mode != "prepare":
        if returns is None:
            fix = "Write `-> Booking`, say."
            mistakes.append((Kind.UNTYPED_RESULT, "the result has no type", fix))
        elif not _supported(returns):
            text = "the result has a type that tools can't return"
            mistakes.append((Kind.UNSUPPORTED_TYPE, text, _TYPES))
    if mistakes:
        return [Problem(file, line, kind, f"{name}: {text}", fix) for kind, text, fix in mistakes]
    mode: Literal["read", "write"] = "write" if declaration.mode == "write" else "read"
    description = (inspect.getdoc(function) or "").partition("\n")[0]
    takes = {parameter: shape_of(hint) for parameter, hint in given.items()}
    signature = ToolSignature(
        name, mode, description, needed, declaration.timeout_s, takes, shape_of(returns), line
    )
    return PythonTool(function, declaration, given, injected, returns, signature)


def _kind_mistakes(function: Callable[..., Any], declaration: Declaration) -> Iterator[_Mistake]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        fix = "Write `def`: each tool runs in a thread of its own and may block."
        yield Kind.ASYNC_TOOL, "is `async`", fix
    if not isinstance(declaration.timeout_s, int | float) or not declaration.timeout_s > 0:
        text = f"the time-out is {declaration.timeout_s!r}"
        fix = "Write the seconds that it may take, like `timeout_s=10`."
        yield Kind.INVALID_TIMEOUT, text, fix


def _parameter_mistake(parameter: inspect.Parameter, hint: Any) -> _Mistake | None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
        text = f"the parameter `{stars}{parameter.name}` takes any number of arguments"
        fix = "Name each parameter; for several values write `x: list[str]`, say."
        return Kind.PARAMETER_WITHOUT_NAME, text, fix
    if parameter.kind is parameter.POSITIONAL_ONLY:
        text = f"the parameter {parameter.name!r} can't be given by its name"
        return Kind.PARAMETER_WITHOUT_NAME, text, "Remove the `/`."
    if hint is None:
        text = f"the parameter {parameter.name!r} has no type"
        return Kind.UNTYPED_PARAMETER, text, f"Write `{parameter.name}: str`, say."
    if hint not in INJECTED and not _supported(hint):
        text = f"the parameter {parameter.name!r} has a type that tools can't take"
        return Kind.UNSUPPORTED_TYPE, text, _TYPES
    return None


def _supported(hint: Any) -> bool:
    try:
        return supported(hint)
    except (NameError, TypeError, SyntaxError, AttributeError, RecursionError):
        return False  # a dataclass with a field whose type can't be read, or that holds itself


_IMPORT = "Correct it, or import what it names."
_TYPES = (
    "Use str, int, bool, Decimal, date, time, datetime, Money, lists, X | None, Literal[...] and "
    "dataclasses of these."
)


def warnings(folder: Path, toolbox: Toolbox) -> Iterator[Problem]:
    """What is likely to go wrong with tools that load."""
    for name, tool in toolbox.tools.items():
        if tool.declaration.mode == "write" and IdempotencyKey not in tool.injected.values():
            text = f"the write {name} can't tell when it is called again for the same consent"
            fix = "Take `key: IdempotencyKey`, and keep it with what was done."
            file, line = folder / "tools.py", tool.signature.line
            yield Problem(file, line, Kind.WRITE_WITHOUT_KEY, text, fix)
