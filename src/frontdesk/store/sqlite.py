"""The store in one SQLite file: write-ahead log, every commit synced to the disk.

One connection in one thread does all the work, a function a transaction, so a transaction is never
interleaved with another of this process; other processes wait for the file's lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from frontdesk.errors import ConversationMoved, StoreError
from frontdesk.ports import Clock
from frontdesk.store.queries import named, read
from frontdesk.types.events import (
    ConversationStarted,
    DeskChanged,
    Event,
    HandedOver,
    PersonClaimed,
    PersonReleased,
    Recorded,
    ToolCalled,
    ToolReturned,
    join,
    split,
)
from frontdesk.types.triggers import Conversation, LedgerEntry, Trigger

log = logging.getLogger(__name__)
Result = TypeVar("Result")

SCHEMA_VERSION = 1
_POLL_S = 0.5


class SqliteStore:
    """The :class:`~frontdesk.ports.Store` in an SQLite file; ``":memory:"`` for tests."""

    def __init__(self, path: Path | str, clock: Clock) -> None:
        self._clock = clock
        self._sql = named("queries.sql")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-store")
        self._changed: dict[str, asyncio.Event] = {}
        try:
            self._connection = self._thread.submit(_open, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def close(self) -> None:
        """Closes the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def create(self, conversation: str, token_hash: str, event: ConversationStarted) -> None:
        """See :class:`~frontdesk.ports.Store`."""

        def work(db: sqlite3.Connection) -> None:
            row = {"desk": event.desk, "digest": event.digest, "token_hash": token_hash}
            db.execute(
                self._sql["create_conversation"], row | {"id": conversation, "now": self._now()}
            )
            self._append(db, conversation, 0, [event])

        await self._transact(work)

    async def find(self, token_hash: str) -> str | None:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("find_conversation", token_hash=token_hash)
        return rows[0][0] if rows else None

    async def conversations(self, desk: str, holders: Sequence[str]) -> list[Conversation]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("list_conversations", desk=desk, holders=json.dumps(list(holders)))
        return [_conversation(row) for row in rows]

    async def conversation(self, desk: str, conversation: str) -> Conversation | None:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("get_conversation", desk=desk, id=conversation)
        return _conversation(rows[0]) if rows else None

    async def conversations_on(self, desk: str, digest: str) -> list[str]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("conversations_on", desk=desk, digest=digest)
        return [row[0] for row in rows]

    async def accept(self, trigger: Trigger) -> Trigger | None:
        """See :class:`~frontdesk.ports.Store`."""

        def work(db: sqlite3.Connection) -> Trigger | None:
            row = {"conversation": trigger.conversation, "client_id": trigger.client_id}
            earlier = db.execute(self._sql["find_delivery"], row).fetchone()
            if earlier and trigger.client_id is not None:
                return _trigger(earlier)
            last = self._last(db, trigger.conversation)
            body = {
                "text": trigger.text,
                "action": trigger.action,
                "person": trigger.person,
                "seen": last if trigger.seen is None else min(trigger.seen, last),
            }
            new = {"id": trigger.id, "kind": trigger.kind, "body": _dumps(body)}
            db.execute(self._sql["accept_trigger"], row | new | {"now": self._now()})
            return None

        return await self._transact(work)

    async def claim(
        self, desk: str, owner: str, lease_s: float, conversation: str | None = None
    ) -> Trigger | None:
        """See :class:`~frontdesk.ports.Store`."""
        now = time.time()
        rows = await self._rows(
            "claim_trigger",
            desk=desk,
            owner=owner,
            clock=now,
            until=now + lease_s,
            conversation=conversation,
        )
        return _trigger(rows[0]) if rows else None

    async def renew(self, owner: str, lease_s: float) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        await self._rows("renew_leases", owner=owner, until=time.time() + lease_s)

    async def let_go(self, trigger: str) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        await self._rows("let_go", id=trigger)

    async def append(
        self,
        conversation: str,
        after: int,
        events: Sequence[Event],
        *,
        done: str | None = None,
    ) -> list[Recorded]:
        """See :class:`~frontdesk.ports.Store`."""

        def work(db: sqlite3.Connection) -> list[Recorded]:
            recorded = self._append(db, conversation, after, events)
            if done is not None:
                db.execute(self._sql["finish_trigger"], {"id": done})
            return recorded

        recorded = await self._transact(work)
        if changed := self._changed.pop(conversation, None):
            changed.set()
        return recorded

    async def history(self, conversation: str, after: int = 0) -> list[Recorded]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("history", conversation=conversation, after=after)
        return [
            Recorded(
                conversation,
                seq,
                datetime.fromisoformat(at),
                join(kind, json.loads(body), json.loads(payload)),
            )
            for seq, at, kind, body, payload in rows
        ]

    async def wait(self, conversation: str, after: int, timeout_s: float) -> None:
        """See :class:`~frontdesk.ports.Store`; other processes' events are found by asking."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            changed = self._changed.setdefault(conversation, asyncio.Event())
            rows = await self._rows("last_event", conversation=conversation)
            if rows[0][0] > after:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, _POLL_S)):
                    await changed.wait()

    async def waiting(self, conversation: str) -> int:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("count_waiting", conversation=conversation)
        return int(rows[0][0])

    async def ledger(self, conversation: str) -> list[LedgerEntry]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._rows("ledger_of", conversation=conversation)
        return [
            LedgerEntry(
                key,
                conversation_,
                tool,
                status,
                datetime.fromisoformat(created),
                datetime.fromisoformat(finished) if finished else None,
            )
            for key, conversation_, tool, status, created, finished in rows
        ]

    # -- within the thread --------------------------------------------------------------------

    def _now(self) -> str:
        return self._clock.now().isoformat()

    def _last(self, db: sqlite3.Connection, conversation: str) -> int:
        row = db.execute(self._sql["last_event"], {"conversation": conversation}).fetchone()
        return int(row[0])

    def _append(
        self, db: sqlite3.Connection, conversation: str, after: int, events: Sequence[Event]
    ) -> list[Recorded]:
        if (last := self._last(db, conversation)) != after:
            raise ConversationMoved(f"{conversation} is at event {last}, not {after}")
        at = self._clock.now()
        recorded = []
        for seq, event in enumerate(events, after + 1):
            kind, body, payload = split(event)
            row = {"conversation": conversation, "seq": seq, "now": at.isoformat()}
            db.execute(self._sql["append_event"], row | {"kind": kind, "body": _dumps(body)})
            if payload:
                place = {"conversation": conversation, "seq": seq, "body": _dumps(payload)}
                db.execute(self._sql["append_payload"], place)
            self._project(db, conversation, seq, event, at.isoformat())
            recorded.append(Recorded(conversation, seq, at, event))
        return recorded

    def _project(
        self, db: sqlite3.Connection, conversation: str, seq: int, event: Event, now: str
    ) -> None:
        """Keeps the ledger and the list of conversations in step with the log."""
        holder: tuple[str, str, str] | None = None
        match event:
            case ToolCalled(mode="write"):
                row = {"key": f"{conversation}:{event.call}", "conversation": conversation}
                db.execute(
                    self._sql["ledger_intend"], row | {"seq": seq, "tool": event.tool, "now": now}
                )
            case ToolReturned():
                row = {"key": f"{conversation}:{event.call}", "status": event.status}
                db.execute(self._sql["ledger_finish"], row | {"now": now})
            case DeskChanged():
                row = {"id": conversation, "digest": event.digest}
                db.execute(self._sql["move_conversation"], row)
            case HandedOver():
                holder = ("queue", "", event.reason)
            case PersonClaimed():
                holder = ("person", event.person, "")
            case PersonReleased():
                holder = ("desk", "", "")
        if holder:
            names = dict(zip(("holder", "person", "reason"), holder, strict=True))
            db.execute(self._sql["touch_conversation"], names | {"id": conversation, "now": now})

    async def _rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """One statement, which is a transaction by itself."""
        return await self._in_thread(
            lambda: self._connection.execute(self._sql[query], values).fetchall()
        )

    async def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        def run() -> Result:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            return result

        return await self._in_thread(run)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the database can't be used: {error}") from error


def _open(path: Path | str) -> sqlite3.Connection:
    try:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(f"{path} was written by a newer frontdesk (schema {version})")
        db.executescript(read("schema.sql"))
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the database {path} can't be opened: {error}") from error
    return db


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _conversation(row: Sequence[Any]) -> Conversation:
    id_, desk, digest, created, holder, person, reason = row
    at = datetime.fromisoformat(created)
    return Conversation(id_, desk, digest, at, holder, person, reason)


def _trigger(row: Sequence[Any]) -> Trigger:
    id_, conversation, kind, body, client_id, created = row
    fields: Mapping[str, Any] = json.loads(body)
    return Trigger(
        id_,
        conversation,
        kind,
        fields.get("text", ""),
        fields.get("action", ""),
        fields.get("person", ""),
        fields.get("seen"),
        client_id,
        datetime.fromisoformat(created),
    )
