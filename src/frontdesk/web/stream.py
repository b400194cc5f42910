"""The conversation as server-sent events: each carries the number of the recorded event as its id.

A client that comes back says which number it had last and gets what follows, so it neither misses
an entry nor sees one twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from sse_starlette.event import ServerSentEvent

from frontdesk.errors import FrontdeskError
from frontdesk.ports import Store
from frontdesk.web.transcript import Entry, Transcript

log = logging.getLogger(__name__)

PING_S = 15
"""Keeps proxies from closing a silent stream; the page takes a longer silence for a broken one."""
_LOOK_S = 30.0


async def entries(
    store: Store, conversation: str, after: int, stopping: asyncio.Event
) -> AsyncIterator[Entry]:
    """The entries behind the ``after``-th event, then new ones as they come, until ``stopping``.

    The log is read from its beginning, since what an entry shows may lie before ``after``.
    """
    transcript, seq = Transcript(), 0
    while not stopping.is_set():
        for recorded in await store.history(conversation, seq):
            seq = recorded.seq
            entry = transcript.entry(recorded)
            if entry is not None and seq > after:
                yield entry
        await _until_changed(store, conversation, seq, stopping)


async def server_sent(
    store: Store, conversation: str, after: int, stopping: asyncio.Event
) -> AsyncIterator[ServerSentEvent]:
    """The entries on the wire; a store that fails ends the stream, and the client comes back."""
    try:
        async for entry in entries(store, conversation, after, stopping):
            yield ServerSentEvent(
                entry.model_dump_json(), id=str(entry.seq), event=entry.type, sep="\n"
            )
    except FrontdeskError:
        log.exception("a stream was broken off")


async def _until_changed(
    store: Store, conversation: str, seq: int, stopping: asyncio.Event
) -> None:
    waits = [
        asyncio.create_task(store.wait(conversation, seq, _LOOK_S)),
        asyncio.create_task(stopping.wait()),
    ]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    for one in done:
        one.result()
