"""Notices that a desk's files changed, checks them and swaps them in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import awatch

from frontdesk.desk.changes import changes
from frontdesk.desk.load import digest
from frontdesk.errors import FrontdeskError, SettingError
from frontdesk.reload.versions import DeskVersions
from frontdesk.types.desk import Desk

log = logging.getLogger(__name__)

QUIET_MS = 500
"""For so long nothing must have changed before the files are read: editors write in steps."""
_LONGEST_MS = 10_000
TIDY_S = 600.0


@dataclass
class Reloader:
    """Keeps the served desk as its folder is."""

    folder: Path
    versions: DeskVersions
    say: Callable[[str], None]
    """Tells the operator."""
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *, watch: bool = True) -> None:
        """Reloads on SIGHUP and, if wanted, when files change; until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._wanted.set)
        tasks = [asyncio.create_task(self._reload_when_wanted()), asyncio.create_task(self._tidy())]
        if watch:
            tasks.append(asyncio.create_task(self._watch()))
        try:
            await asyncio.gather(*tasks)
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def reload(self) -> bool:
        """Swaps in what the folder holds, if that is new and right; whether it did."""
        old = self.versions.newest.desk
        try:
            if await asyncio.to_thread(digest, self.folder) == old.digest:
                return False
            loaded = await self.versions.load(self.folder)
            new = loaded.desk
            if new.digest == old.digest:
                return False
            _check_swap(old, new)
            await self.versions.swap(loaded)
        except (FrontdeskError, OSError) as error:
            self.say(f"The changed desk is not used: {error}\nThe one before stays.")
            return False
        self.say(_swapped(old, new))
        return True

    async def _reload_when_wanted(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.reload()
            except Exception:
                log.exception("the desk was not reloaded; the one before stays")

    async def _watch(self) -> None:
        try:
            async for _ in awatch(self.folder, step=QUIET_MS, debounce=_LONGEST_MS):
                self._wanted.set()
        except (OSError, RuntimeError) as error:  # the latter is what the watcher's own are
            self.say(f"{self.folder} can't be watched: {error}. Send SIGHUP after a change.")

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            with contextlib.suppress(FrontdeskError):
                await self.versions.tidy()


def _check_swap(old: Desk, new: Desk) -> None:
    """Refuses what would be another desk; its conversations lie elsewhere."""
    if old.id != new.id:
        raise SettingError(
            f"its id was {old.id!r} and is {new.id!r}; restart to serve another desk"
        )


_AT_START = {"model": "model", "secret_env": "identity.secret_env"}
"""What is opened when the process starts, by its name in desk.toml."""


def _swapped(old: Desk, new: Desk) -> str:
    parts = [f"Reloaded {new.name}: {_short(old, new)}."]
    late = [name for key, name in _AT_START.items() if getattr(old, key) != getattr(new, key)]
    if late:
        parts.append(f"Restart for what is read at the start alone: {', '.join(late)}.")
    return " ".join(parts)


def _short(old: Desk, new: Desk) -> str:
    found = changes(old, new)
    return "; ".join(change.headline for change in found) or "nothing that a customer notices"
