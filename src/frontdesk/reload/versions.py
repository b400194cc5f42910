"""The versions of a desk that are in use: the newest, and those that conversations are on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from frontdesk.app import LoadedDesk, load_desk
from frontdesk.desk.snapshots import Snapshots
from frontdesk.engine.turn import Parts
from frontdesk.errors import DeskError, FrontdeskError, Problem
from frontdesk.procedures.fold import replay

log = logging.getLogger(__name__)

MOST_OPEN = 3
"""Versions open at once, with the newest; each has an embedding model of its own."""
ABANDONED = timedelta(days=30)
"""A conversation that was silent for so long doesn't keep its version any more."""

Opener = Callable[[LoadedDesk], AbstractAsyncContextManager[Parts]]


@dataclass
class _Open:
    """A version that is open, and how many turns it is lent to."""

    parts: Parts
    closing: AsyncExitStack
    lent: int = 0


@dataclass
class DeskVersions:
    """The :class:`~frontdesk.engine.versions.Versions` of a desk that is served.

    All files are read from snapshots, so nothing that is edited meanwhile gets into a version.
    """

    snapshots: Snapshots
    opener: Opener
    """Opens what turns need, on a store that all versions share."""
    _open: dict[str, _Open] = field(default_factory=dict)
    """By digest; the one used last is the last."""
    _newest: str = ""
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _in_the_middle: dict[str, set[str]] = field(default_factory=dict)
    """By digest of an older version: conversations that may still need it."""

    @property
    def newest(self) -> Parts:
        """What new conversations begin with."""
        return self._open[self._newest].parts

    async def load(self, folder: Path) -> LoadedDesk:
        """A snapshot of the folder, checked; one with mistakes isn't kept.

        Raises:
            DeskError: with every mistake, in the files of the folder.
            OperatorError: the snapshot can't be made.
        """
        known = set(await asyncio.to_thread(self.snapshots.digests))
        copy = await asyncio.to_thread(self.snapshots.keep, folder)
        try:
            return await asyncio.to_thread(load_desk, copy)
        except DeskError as error:
            if copy.name not in known:
                self.snapshots.remove(copy.name)
            raise DeskError([_in(folder, copy, problem) for problem in error.problems]) from None

    async def swap(self, loaded: LoadedDesk) -> None:
        """Opens the version, and then makes it the newest: between two turns, at once."""
        async with self._loading:
            digest = loaded.desk.digest
            if digest not in self._open:
                self._open[digest] = await self._opened(loaded)
            self._newest = digest
            self._in_the_middle.pop(digest, None)
        await self.tidy()

    @contextlib.asynccontextmanager
    async def lend(self, digest: str) -> AsyncIterator[Parts | None]:
        """See :class:`~frontdesk.engine.versions.Versions`."""
        found = self._open.get(digest) or await self._reopened(digest)
        if found is None:
            yield None
            return
        found.lent += 1
        try:
            yield found.parts
        finally:
            found.lent -= 1

    async def tidy(self) -> None:
        """Closes and deletes what no conversation needs any more."""
        async with self._loading:
            for digest in await asyncio.to_thread(self.snapshots.digests):
                if digest != self._newest and not await self._needed(digest):
                    await self._close(digest)
                    if digest not in self._open:
                        await asyncio.to_thread(self.snapshots.remove, digest)
            await self._make_room(MOST_OPEN)

    async def close(self) -> None:
        """Closes every version, and deletes what is not needed by the next start."""
        for version in reversed(self._open.values()):
            await version.closing.aclose()
        self._open.clear()

    async def _reopened(self, digest: str) -> _Open | None:
        async with self._loading:
            if digest in self._open:
                return self._open[digest]
            copy = await asyncio.to_thread(self.snapshots.find, digest)
            if copy is None:
                log.error("the desk's version %s is gone", digest[:12])
                return None
            try:
                version = await self._opened(await asyncio.to_thread(load_desk, copy))
            except FrontdeskError as error:
                log.error("the desk's version %s can't be loaded: %s", digest[:12], error)
                return None
            await self._make_room(MOST_OPEN - 1)
            self._open[digest] = version
            return version

    async def _opened(self, loaded: LoadedDesk) -> _Open:
        closing = AsyncExitStack()
        parts = await closing.enter_async_context(self.opener(loaded))
        return _Open(parts, closing)

    async def _make_room(self, most: int) -> None:
        """Closes older versions that no turn uses, the longest open first."""
        for digest in list(self._open)[: max(0, len(self._open) - most)]:
            await self._close(digest)

    async def _close(self, digest: str) -> None:
        version = self._open.get(digest)
        if version is None or version.lent or digest == self._newest:
            return
        del self._open[digest]
        await version.closing.aclose()

    async def _needed(self, digest: str) -> bool:
        """Whether a conversation is in the middle of something on this older version.

        None can begin there any more, so each is read whole once and then only the few that were
        in the middle are looked at again.
        """
        version = self._open.get(digest)
        if version is not None and version.lent:
            return True
        store = self.newest.store
        now = self.newest.clock.now()
        on = set(await store.conversations_on(digest))
        left = self._in_the_middle.get(digest, on) & on
        for conversation in list(left):
            history = await store.history(conversation)
            state = replay(history)
            silent = now - history[-1].at > ABANDONED
            if silent or not (state.stack or state.turn):
                left.discard(conversation)
        self._in_the_middle[digest] = left
        return bool(left)


def _in(folder: Path, copy: Path, problem: Problem) -> Problem:
    """The problem where the operator finds it."""
    file = problem.file
    return replace(problem, file=folder / file.relative_to(copy) if copy in file.parents else file)
