"""Runs the functions of ``tools.py``, each in a thread of its own, within its time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from frontdesk.errors import OperatorError
from frontdesk.tools.conform import Mismatch, to_python, to_value
from frontdesk.tools.declare import DataFolder, IdempotencyKey, Now, Refused
from frontdesk.tools.load import PythonTool, Toolbox
from frontdesk.types.desk import Customer
from frontdesk.types.outcome import Outcome
from frontdesk.types.values import Value

log = logging.getLogger(__name__)

_PREPARED = ".prepared"


class PythonTools:
    """The :class:`~frontdesk.ports.Tools` of a desk's own ``tools.py``."""

    def __init__(self, toolbox: Toolbox, data: Path) -> None:
        self._toolbox = toolbox
        self._data = data

    async def prepare(self, now: datetime) -> None:
        """Runs the desk's ``@prepare`` function unless it ran for this folder before.

        Raises:
            OperatorError: the function raised, or the folder can't be written.
        """
        done = self._data / _PREPARED
        tool = self._toolbox.prepare
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            if tool is None or done.exists():
                return
        except OSError as error:
            raise OperatorError(_unwritable(self._data, error)) from error
        given = _given(tool, None, self._data, "prepare", now)
        try:
            await _in_thread(lambda: tool.function(**given), tool.declaration.timeout_s)
        except Exception as error:
            raise OperatorError(f"the desk's @prepare function failed: {error!r}") from error
        try:
            done.touch()
        except OSError as error:
            raise OperatorError(_unwritable(self._data, error)) from error

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Value],
        *,
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        """See :class:`~frontdesk.ports.Tools`."""
        found = self._toolbox.tools[tool]
        started = time.perf_counter()
        outcome = await self._call(found, arguments, customer, key, now)
        return Outcome(
            outcome.status,
            outcome.value,
            outcome.message,
            (time.perf_counter() - started) * 1000,
        )

    async def _call(
        self,
        tool: PythonTool,
        arguments: Mapping[str, Value],
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        name = tool.signature.name
        lost = Outcome("unknown" if tool.signature.mode == "write" else "failed")
        if customer is None and Customer in tool.injected.values():
            return Outcome("failed", message="nobody is signed in")
        try:
            given = {
                parameter: to_python(arguments[parameter], hint, parameter)
                for parameter, hint in tool.parameters.items()
                if parameter in arguments
            }
        except Mismatch as error:
            log.error("%s was not called: %s", name, error)
            return Outcome("failed", message=str(error))
        given |= _given(tool, customer, self._data, key, now)
        try:
            result = await _in_thread(lambda: tool.function(**given), tool.declaration.timeout_s)
            return Outcome("ok", to_value(result, tool.returns))
        except Refused as refusal:
            return Outcome("refused", message=str(refusal))
        except TimeoutError:
            log.error("%s took longer than %s s", name, tool.declaration.timeout_s)
        except Mismatch as error:
            log.error("%s returned something else than it declares: %s", name, error)
        except Exception:
            log.exception("%s raised", name)
        return lost


def _unwritable(folder: Path, error: OSError) -> str:
    return f"the folder of the tools' data, {folder}, can't be written: {error.strerror or error}"


def _given(
    tool: PythonTool, customer: Customer | None, data: Path, key: str, now: datetime
) -> dict[str, Any]:
    values = {Customer: customer, DataFolder: data, IdempotencyKey: key, Now: now}
    return {parameter: values[hint] for parameter, hint in tool.injected.items()}


async def _in_thread(work: Callable[[], Any], timeout_s: float) -> Any:
    """What the work returns or raises.

    A thread can't be killed: past the time-out it is left to itself, as a daemon, and whatever it
    returns later is dropped.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            set_it(value)

    def run() -> None:
        try:
            done, value = future.set_result, work()
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            done, value = future.set_exception, _carried(error)
        with contextlib.suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(settle, done, value)

    threading.Thread(target=run, name="frontdesk-tool", daemon=True).start()
    async with asyncio.timeout(timeout_s):
        return await future


def _carried(error: BaseException) -> Exception:
    """The error as a future can carry it: not one that ends the process or an iteration."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(repr(error))
