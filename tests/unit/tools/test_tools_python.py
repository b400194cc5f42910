"""A tool may do anything: the desk gets an outcome, in time, and can always exit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from frontdesk.errors import OperatorError
from frontdesk.tools.load import Toolbox, load
from frontdesk.tools.python import PythonTools
from frontdesk.types.desk import Customer
from frontdesk.types.outcome import Outcome

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ANA = Customer("c-1", "Ana", "ana@example.com")

TOOLS = """
import time
from dataclasses import dataclass
from frontdesk.tools import Customer, DataFolder, IdempotencyKey, Now, Refused, prepare, read, write

@dataclass
class Even:
    number: int
    def __post_init__(self):
        if self.number % 2:
            raise ValueError("odd")

def {mode}_all(): ...

@{mode}
def fine(x: str, y: str = "d") -> str:
    return x + y
@{mode}
def given(who: Customer, place: DataFolder, key: IdempotencyKey, now: Now) -> list[str]:
    return [who.id, who.email, str(place), key, now.isoformat()]
@{mode}(timeout_s=0.2)
def hangs(x: str) -> str:
    time.sleep(1.5)
    return x
@{mode}
def raises(x: str) -> str:
    raise RuntimeError("secret " + x)
@{mode}
def stops(x: str) -> str:
    raise StopIteration
@{mode}
def exits(x: str) -> str:
    raise SystemExit(3)
@{mode}
def interrupts(x: str) -> str:
    raise KeyboardInterrupt
@{mode}
def times_out(x: str) -> str:
    raise TimeoutError
@{mode}
def refuses(x: str) -> str:
    raise Refused("It is too late.")
@{mode}
def wrong(x: str) -> str:
    return 3
@{mode}
def nothing(x: str) -> str: ...
@{mode}
def record(x: Even) -> int:
    return x.number
"""


@pytest.fixture(params=["read", "write"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def toolbox(folder: Path, text: str) -> Toolbox:
    folder.mkdir(exist_ok=True)
    (folder / "tools.py").write_text(text)
    loaded = load(folder)
    assert isinstance(loaded, Toolbox), loaded
    return loaded


@pytest.fixture
def call(mode: str, tmp_path: Path) -> Callable[..., Any]:
    tools = PythonTools(toolbox(tmp_path / "desk", TOOLS.format(mode=mode)), tmp_path / "data")

    async def call(tool: str, customer: Customer | None = ANA, **arguments: Any) -> Outcome:
        return await tools.call(tool, arguments, customer=customer, key="k1:f1-9", now=NOON)

    return call


@pytest.fixture
def lost(mode: str) -> str:
    """What the outcome is when nobody knows: a read changed nothing."""
    return "unknown" if mode == "write" else "failed"


async def test_a_result(call: Callable[..., Any]) -> None:
    outcome = await call("fine", x="a")
    assert (outcome.status, outcome.value, outcome.message) == ("ok", "ad", "")
    assert outcome.milliseconds > 0
    assert (await call("fine", x="a", y="b")).value == "ab"


async def test_what_the_desk_gives(call: Callable[..., Any], tmp_path: Path) -> None:
    outcome = await call("given")
    expected = ["c-1", "ana@example.com", str(tmp_path / "data"), "k1:f1-9", NOON.isoformat()]
    assert outcome.value == expected


async def test_who_is_signed_in_is_not_an_argument(call: Callable[..., Any]) -> None:
    """A step can't fill what the desk gives."""
    outcome = await call("given", who=Customer("c-2"), key="mine")
    assert outcome.value[0] == "c-1"
    assert outcome.value[3] == "k1:f1-9"


async def test_nobody_signed_in(call: Callable[..., Any]) -> None:
    outcome = await call("given", customer=None)
    assert (outcome.status, outcome.message) == ("failed", "nobody is signed in")
    assert (await call("fine", customer=None, x="a")).status == "ok"


@pytest.mark.parametrize("tool", ["raises", "stops", "exits", "interrupts", "times_out"])
async def test_whatever_it_raises(call: Callable[..., Any], lost: str, tool: str) -> None:
    outcome = await call(tool, x="word")
    assert outcome.status == lost
    assert outcome.value is None
    assert "secret" not in outcome.message


@pytest.mark.parametrize("tool", ["wrong", "nothing"])
async def test_another_result_than_declared(call: Callable[..., Any], lost: str, tool: str) -> None:
    outcome = await call(tool, x="word")
    assert (outcome.status, outcome.value) == (lost, None)


async def test_a_refusal_is_told_in_its_own_words(call: Callable[..., Any]) -> None:
    outcome = await call("refuses", x="word")
    assert (outcome.status, outcome.message) == ("refused", "It is too late.")


async def test_a_tool_that_hangs_is_left_alone(call: Callable[..., Any], lost: str) -> None:
    started = time.monotonic()
    outcome = await call("hangs", x="word")
    assert outcome.status == lost
    assert time.monotonic() - started < 1
    assert (await call("fine", x="a")).status == "ok"


async def test_one_that_hangs_holds_nobody_up(call: Callable[..., Any]) -> None:
    hanging = asyncio.create_task(call("hangs", x="word"))
    await asyncio.sleep(0.02)
    started = time.monotonic()
    assert (await call("fine", x="a")).status == "ok"
    assert time.monotonic() - started < 0.15
    await hanging


@pytest.mark.parametrize("value", [3, None, ["a"], {"number": 2}])
async def test_a_wrong_argument_is_not_handed_on(call: Callable[..., Any], value: Any) -> None:
    outcome = await call("fine", x=value)
    assert outcome.status == "failed"
    assert "x is" in outcome.message


async def test_a_missing_argument_fails_a_read_and_says_unknown_of_a_write(
    call: Callable[..., Any], lost: str
) -> None:
    assert (await call("fine")).status == lost


async def test_an_argument_that_its_dataclass_refuses_is_not_handed_on(
    call: Callable[..., Any],
) -> None:
    assert (await call("record", x={"number": 3})).status == "failed"


# -- prepare --------------------------------------------------------------------------------------

PREPARE = """
from frontdesk.tools import DataFolder, Now, prepare
@prepare
def build(data: DataFolder, now: Now) -> None:
    with (data / "log").open("a") as file:
        file.write(now.isoformat())
    {then}
"""


async def test_a_data_folder_is_prepared_once(tmp_path: Path) -> None:
    box = toolbox(tmp_path / "desk", PREPARE.format(then="pass"))
    for _ in range(2):
        await PythonTools(box, tmp_path / "new" / "data").prepare(NOON)
    assert (tmp_path / "new" / "data" / "log").read_text() == NOON.isoformat()


async def test_a_prepare_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    box = toolbox(tmp_path / "desk", PREPARE.format(then="raise OSError('no room')"))
    tools = PythonTools(box, tmp_path / "data")
    for _ in range(2):
        with pytest.raises(OperatorError, match="no room"):
            await tools.prepare(NOON)
    assert (tmp_path / "data" / "log").read_text() == NOON.isoformat() * 2


async def test_a_desk_without_tools_is_prepared(tmp_path: Path) -> None:
    await PythonTools(Toolbox({}), tmp_path / "data").prepare(NOON)


# -- the process ----------------------------------------------------------------------------------


def test_a_tool_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    toolbox(tmp_path / "desk", TOOLS.format(mode="read").replace("sleep(1.5)", "sleep(60)"))
    script = textwrap.dedent("""
        import asyncio, sys
        from datetime import datetime
        from pathlib import Path
        from frontdesk.tools.load import load
        from frontdesk.tools.python import PythonTools

        tools = PythonTools(load(Path(sys.argv[1])), Path(sys.argv[1]))
        call = tools.call("hangs", {"x": "a"}, customer=None, key="k", now=datetime.now())
        print(asyncio.run(call).status)
        """)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "desk")],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert done.stdout == "failed\n"
    assert time.monotonic() - started < 20
