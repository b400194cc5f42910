"""The worker: claims triggers from the inbox and handles them, conversations side by side."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid

from frontdesk.engine.turn import Parts, handle
from frontdesk.engine.versions import Versions, version_for
from frontdesk.errors import ConversationMoved, FrontdeskError
from frontdesk.types.triggers import Trigger

log = logging.getLogger(__name__)

LEASE_S = 4.0
_RENEW_S = 1.0
_LOOK_S = 5.0
_RETRY_S = 1.0


class Worker:
    """Handles the triggers of one desk: of one version, or of all that conversations are on."""

    def __init__(self, desk: Parts | Versions, *, at_once: int = 8) -> None:
        self._desk = desk
        newest = desk if isinstance(desk, Parts) else desk.newest
        self._store = newest.store
        self._owner = uuid.uuid4().hex
        self._places = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Works until cancelled; what is under way then is left to the next start."""
        renewing = asyncio.create_task(self._renew())
        try:
            while True:
                await self._places.acquire()
                trigger = await self._claim()
                if trigger is None:
                    self._places.release()
                    await self._wait()
                    continue
                task = asyncio.create_task(self._handle(trigger))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        finally:
            renewing.cancel()
            for task in self._running:
                task.cancel()
            await asyncio.gather(renewing, *self._running, return_exceptions=True)

    async def work_off(self, conversation: str, last: Trigger | None = None) -> None:
        """Handles what waits in the conversation, unless somebody else does.

        With ``last`` it stops there, and leaves what came later to those who have a model.
        """
        while trigger := await self._store.claim(self._owner, LEASE_S, conversation):
            await self._turn(trigger)
            if last is not None and trigger.id == last.id:
                return

    async def _turn(self, trigger: Trigger) -> None:
        if isinstance(self._desk, Parts):
            await handle(self._desk, trigger)
            return
        async with version_for(self._desk, trigger) as parts:
            if parts is not None:
                await handle(parts, trigger)

    async def _claim(self) -> Trigger | None:
        try:
            return await self._store.claim(self._owner, LEASE_S)
        except FrontdeskError:
            log.exception("the inbox can't be read")
            await asyncio.sleep(_RETRY_S)
            return None

    async def _wait(self) -> None:
        try:
            await self._store.wait_for_triggers(_LOOK_S)
        except FrontdeskError:
            log.exception("the inbox can't be watched")
            await asyncio.sleep(_RETRY_S)

    async def _handle(self, trigger: Trigger) -> None:
        try:
            await self._turn(trigger)
        except ConversationMoved as error:
            log.warning("left to somebody else: %s", error)
        except Exception:
            # The trigger stays in the inbox; its lease runs out and it is tried again.
            log.exception("trigger %s was not handled", trigger.id)
            with contextlib.suppress(FrontdeskError):
                await self._store.let_go(trigger)
            await asyncio.sleep(_RETRY_S)
        finally:
            self._places.release()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_S)
            with contextlib.suppress(FrontdeskError):
                await self._store.renew(self._owner, LEASE_S)
