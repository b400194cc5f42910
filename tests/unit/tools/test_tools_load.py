"""What is read from a desk's ``tools.py``, and what is said of a bad one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.errors import Problem
from frontdesk.tools import Customer, DataFolder, IdempotencyKey, Now
from frontdesk.tools.load import Toolbox, load

Write = Callable[..., Path]

HEAD = """
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from frontdesk.tools import (
    Customer, DataFolder, IdempotencyKey, Money, Now, Refused, prepare, read, write)
"""


@pytest.fixture
def desk(tmp_path: Path) -> Write:
    def write(tools: str, head: str = HEAD, **modules: str) -> Path:
        folder = tmp_path / f"desk{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "tools.py").write_text(head + textwrap.dedent(tools))
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(text))
        return folder

    return write


def box(folder: Path) -> Toolbox:
    loaded = load(folder)
    assert isinstance(loaded, Toolbox), loaded
    return loaded


def problems(folder: Path) -> list[Problem]:
    loaded = load(folder)
    assert isinstance(loaded, list)
    return loaded


def test_a_desk_without_tools_has_none(tmp_path: Path) -> None:
    assert box(tmp_path) == Toolbox({})


def test_modes_times_and_descriptions(desk: Write) -> None:
    loaded = box(
        desk('''
        @read
        def look(x: str) -> str:
            """Looks.

            And more.
            """
        @read(timeout_s=2)
        def slow(x: str) -> str: ...
        @write(timeout_s=3.5)
        def pay(x: str) -> str: ...
        @write
        def send(x: str) -> str: ...
        @prepare
        def build(data: DataFolder) -> None: ...
        def helper(x): ...
        ''')
    )
    shown = {n: (s.mode, s.timeout_s, s.description) for n, s in loaded.signatures.items()}
    assert shown == {
        "look": ("read", 10.0, "Looks."),
        "slow": ("read", 2, ""),
        "pay": ("write", 3.5, ""),
        "send": ("write", 10.0, ""),
    }
    assert loaded.prepare is not None
    assert loaded.prepare.injected == {"data": DataFolder}


def test_the_desk_gives_some_parameters_and_the_step_the_others(desk: Write) -> None:
    loaded = box(
        desk("""
        @write
        def pay(who: Customer, place: DataFolder, once: IdempotencyKey, at: Now, amount: Money,
                note: str | None, times: int = 1) -> str: ...
        """)
    )
    pay = loaded.tools["pay"]
    assert pay.injected == {
        "who": Customer,
        "place": DataFolder,
        "once": IdempotencyKey,
        "at": Now,
    }
    assert pay.signature.parameters == {"amount": True, "note": True, "times": False}


def test_neighbours_are_imported_with_a_dot_and_their_tools_are_not_the_desks(desk: Write) -> None:
    other = HEAD + "@read\ndef hidden(x: str) -> str: ...\nNAME = 'a'\n"
    one = desk(
        "from .other import NAME, hidden\n@read\ndef look(x: str) -> str: return NAME",
        other=other,
    )
    two = desk(
        "from .other import NAME, hidden\n@read\ndef look(x: str) -> str: return NAME",
        other=other.replace("'a'", "'b'"),
    )
    assert list(box(one).tools) == ["look"]
    assert box(one).tools["look"].function("") == "a"
    assert box(two).tools["look"].function("") == "b"


def test_a_changed_file_is_read_anew(desk: Write) -> None:
    folder = desk("@read\ndef look(x: str) -> str: return 'old'")
    assert box(folder).tools["look"].function("") == "old"
    text = (folder / "tools.py").read_text()
    (folder / "tools.py").write_text(text.replace("'old'", "'newer'"))
    assert box(folder).tools["look"].function("") == "newer"


def test_nested_dataclasses_also_under_postponed_annotations(desk: Write) -> None:
    loaded = box(
        desk(
            """
            @dataclass
            class Inner:
                on: date | None
            @dataclass
            class Outer:
                inner: list[Inner]
                kind: Literal["a", "b"]
            @read
            def look(x: Outer) -> list[Outer]: ...
            """,
            head="from __future__ import annotations\n" + HEAD,
        )
    )
    assert loaded.tools["look"].signature.parameters == {"x": True}


BAD = {
    "@read\ndef look(x) -> str: ...": ("the parameter 'x' has no type", 8),
    "@read\ndef look(x: float) -> str: ...": ("'x' has a type that tools can't take", 8),
    "@read\ndef look(x: str): ...": ("the result has no type", 8),
    "@read\ndef look(x: str) -> float: ...": ("a type that tools can't return", 8),
    "@read\ndef look(x: 'Nothing') -> str: ...": ("a type can't be read", 8),
    "def look(:\n": ("is not Python", 8),
    "import nothing_of_that_name": ("can't be imported", 8),
    "\n\n1 / 0": ("can't be imported", 10),
    "from .missing import x": ("can't be imported", 8),
    "raise SystemError('x')": ("can't be imported", 8),
}


@pytest.mark.parametrize("tools", BAD)
def test_a_mistake_has_a_file_and_a_line_and_a_way_out(desk: Write, tools: str) -> None:
    folder = desk(tools)
    (problem,) = problems(folder)
    text, line = BAD[tools]
    assert text in problem.message
    assert problem.file == folder / "tools.py"
    assert problem.line == line
    assert problem.fix


def test_every_mistake_is_told_at_once(desk: Write) -> None:
    found = problems(desk("@read\ndef a(x, y: float): ...\n@write\ndef b(z): ..."))
    assert len(found) == 5


def test_a_mistake_in_a_neighbour_names_that_file(desk: Write) -> None:
    folder = desk("from .other import x", other="def broken(:\n")
    (problem,) = problems(folder)
    assert problem.file == folder / "other.py"
    assert problem.line == 1


def test_a_tool_that_ends_the_process_at_import_is_a_mistake_too(desk: Write) -> None:
    (problem,) = problems(desk("import sys\nsys.exit(3)"))
    assert "can't be imported" in problem.message


def test_a_result_of_none_needs_to_be_said(desk: Write) -> None:
    assert "look" in box(desk("@write\ndef look(x: str) -> None: ...")).tools


@pytest.mark.parametrize("parameters", ["*args: str", "**more: str", "x: str, /"])
def test_parameters_that_no_step_can_fill_by_name_are_a_mistake(
    desk: Write, parameters: str
) -> None:
    assert isinstance(load(desk(f"@read\ndef look({parameters}) -> str: ...")), list)
