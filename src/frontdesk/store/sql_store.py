"""The store over any database that :mod:`frontdesk.store.database` describes.

Every query gets the desk, and for a customer the token that opens their conversation: callers
can't ask for another's rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from frontdesk.errors import ConversationMoved, LeaseLost, StoreError
from frontdesk.ports import Clock, Visit
from frontdesk.store.database import Database, Row, Transaction
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

Result = TypeVar("Result")

_INBOX = ""
"""Announced when a trigger may be claimed; a conversation's id says that it has gone on."""


class SqlStore:
    """The :class:`~frontdesk.ports.Store` of one desk."""

    def __init__(self, database: Database, desk: str, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._scope: Mapping[str, str] = {"desk": desk, "token": ""}
        self._changed: dict[str, asyncio.Event] = {}
        database.listen(self._heard)

    async def visit(self, token_hash: str) -> Visit | None:
        """See :class:`~frontdesk.ports.Store`."""
        row = await self._transact(lambda t: t.first("find_conversation", token_hash=token_hash))
        if row is None:
            return None
        own = SqlStore.__new__(SqlStore)
        own.__dict__ |= self.__dict__ | {"_scope": {**self._scope, "token": token_hash}}
        return Visit(row[0], own)

    async def create(self, conversation: str, token_hash: str, event: ConversationStarted) -> None:
        """See :class:`~frontdesk.ports.Store`."""

        def work(tx: Transaction) -> None:
            row = {"digest": event.digest, "token_hash": token_hash, "now": self._now()}
            tx.run("create_conversation", id=conversation, **row)
            self._append(tx, conversation, 0, [event])

        await self._transact(work)

    async def conversations(self, holders: Sequence[str]) -> list[Conversation]:
        """See :class:`~frontdesk.ports.Store`."""
        wanted = json.dumps(list(holders))
        rows = await self._transact(lambda tx: tx.rows("list_conversations", holders=wanted))
        return [_conversation(row) for row in rows]

    async def conversation(self, conversation: str) -> Conversation | None:
        """See :class:`~frontdesk.ports.Store`."""
        row = await self._transact(lambda tx: tx.first("get_conversation", id=conversation))
        return _conversation(row) if row else None

    async def conversations_on(self, digest: str) -> list[str]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._transact(lambda tx: tx.rows("conversations_on", digest=digest))
        return [row[0] for row in rows]

    async def accept(self, trigger: Trigger) -> Trigger | None:
        """See :class:`~frontdesk.ports.Store`."""

        def work(tx: Transaction) -> Trigger | None:
            last, _ = _locked(tx, trigger.conversation)
            body = {
                "text": trigger.text,
                "action": trigger.action,
                "person": trigger.person,
                "seen": last if trigger.seen is None else min(trigger.seen, last),
            }
            row = {"conversation": trigger.conversation, "client_id": trigger.client_id}
            new = {"id": trigger.id, "kind": trigger.kind, "body": _dumps(body)}
            if tx.run("accept_trigger", **row, **new, now=self._now()):
                tx.announce(self._names([_INBOX]))
                return None
            earlier = tx.first("find_delivery", **row)
            return _trigger(earlier) if earlier else None

        earlier = await self._transact(work)
        self._wake([_INBOX])
        return earlier

    async def claim(
        self, owner: str, lease_s: float, conversation: str | None = None
    ) -> Trigger | None:
        """See :class:`~frontdesk.ports.Store`."""

        def work(tx: Transaction) -> Trigger | None:
            now = tx.seconds()
            free = tx.first("free_conversation", clock=now, conversation=conversation)
            waiting = tx.first("next_trigger", conversation=free[0]) if free else None
            if free is None or waiting is None:  # Another has just handled it.
                return None
            lease = {"id": free[0], "owner": owner, "until": now + lease_s}
            return _trigger(waiting, fence=tx.rows("lease_conversation", **lease)[0][0])

        return await self._transact(work)

    async def renew(self, owner: str, lease_s: float) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        await self._transact(
            lambda tx: tx.run("renew_leases", owner=owner, until=tx.seconds() + lease_s)
        )

    async def let_go(self, trigger: Trigger) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        await self._transact(
            lambda tx: tx.run("let_go", id=trigger.conversation, fence=trigger.fence)
        )

    async def append(
        self,
        conversation: str,
        after: int,
        events: Sequence[Event],
        *,
        fence: int | None = None,
        done: str | None = None,
    ) -> list[Recorded]:
        """See :class:`~frontdesk.ports.Store`."""

        def work(tx: Transaction) -> list[Recorded]:
            recorded = self._append(tx, conversation, after, events, fence)
            if done is not None:
                tx.run("finish_trigger", id=done)
                tx.run("release", id=conversation)
            tx.announce(self._names(changed))
            return recorded

        changed = [conversation] if done is None else [conversation, _INBOX]
        recorded = await self._transact(work)
        self._wake(changed)
        return recorded

    async def history(self, conversation: str, after: int = 0) -> list[Recorded]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._transact(
            lambda tx: tx.rows("history", conversation=conversation, after=after)
        )
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
        """See :class:`~frontdesk.ports.Store`."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            changed = self._changed.setdefault(conversation, asyncio.Event())
            row = await self._transact(lambda tx: tx.first("last_event", id=conversation))
            if row and row[0] > after:
                return
            await _until(changed, min(left, self._database.look_s))

    async def wait_for_triggers(self, timeout_s: float) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        changed = self._changed.setdefault(_INBOX, asyncio.Event())
        if await self._transact(lambda tx: tx.first("claimable", clock=tx.seconds())):
            return
        await _until(changed, min(timeout_s, self._database.look_s))

    async def waiting(self, conversation: str) -> int:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._transact(lambda tx: tx.rows("count_waiting", conversation=conversation))
        return int(rows[0][0])

    async def ledger(self, conversation: str) -> list[LedgerEntry]:
        """See :class:`~frontdesk.ports.Store`."""
        rows = await self._transact(lambda tx: tx.rows("ledger_of", conversation=conversation))
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

    async def close(self) -> None:
        """See :class:`~frontdesk.ports.Store`."""
        await self._database.close()

    # -- within a transaction -----------------------------------------------------------------

    async def _transact(self, work: Callable[[Transaction], Result]) -> Result:
        return await self._database.transact(self._scope, work)

    def _now(self) -> str:
        return self._clock.now().isoformat()

    def _append(
        self,
        tx: Transaction,
        conversation: str,
        after: int,
        events: Sequence[Event],
        fence: int | None = None,
    ) -> list[Recorded]:
        last, lease = _locked(tx, conversation)
        if fence is not None and fence != lease:
            raise LeaseLost(f"{conversation} is leased to another worker by now")
        if last != after:
            raise ConversationMoved(f"{conversation} is at event {last}, not {after}")
        at = self._clock.now()
        recorded = []
        for seq, event in enumerate(events, after + 1):
            kind, body, payload = split(event)
            place = {"conversation": conversation, "seq": seq}
            tx.run("append_event", **place, now=at.isoformat(), kind=kind, body=_dumps(body))
            if payload:
                tx.run("append_payload", **place, body=_dumps(payload))
            _project(tx, conversation, seq, event, at.isoformat())
            recorded.append(Recorded(conversation, seq, at, event))
        if recorded:
            tx.run("advance_conversation", id=conversation, seq=recorded[-1].seq)
        return recorded

    # -- what others wait for -----------------------------------------------------------------

    def _names(self, changed: Iterable[str]) -> list[str]:
        return [f"{self._scope['desk']}/{one}" for one in changed]

    def _heard(self, name: str) -> None:
        desk, _, changed = name.partition("/")
        if desk == self._scope["desk"]:
            self._wake([changed])

    def _wake(self, changed: Iterable[str]) -> None:
        for name in changed:
            if waited_for := self._changed.pop(name, None):
                waited_for.set()


async def _until(changed: asyncio.Event, timeout_s: float) -> None:
    # Not wait_for: on Python 3.11 it can lose a cancellation.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await changed.wait()


def _locked(tx: Transaction, conversation: str) -> tuple[int, int]:
    """How far the conversation has come and its lease's number; nobody changes it meanwhile."""
    row = tx.first("lock_conversation", id=conversation)
    if row is None:
        raise StoreError(f"there is no conversation {conversation}")
    return int(row[0]), int(row[1])


def _project(tx: Transaction, conversation: str, seq: int, event: Event, now: str) -> None:
    """Keeps the ledger and the list of conversations in step with the log."""
    holder: tuple[str, str, str] | None = None
    match event:
        case ToolCalled(mode="write"):
            row = {"key": f"{conversation}:{event.call}", "conversation": conversation}
            tx.run("ledger_intend", **row, seq=seq, tool=event.tool, now=now)
        case ToolReturned():
            key = f"{conversation}:{event.call}"
            tx.run("ledger_finish", key=key, status=event.status, now=now)
        case DeskChanged():
            tx.run("move_conversation", id=conversation, digest=event.digest)
        case HandedOver():
            holder = ("queue", "", event.reason)
        case PersonClaimed():
            holder = ("person", event.person, "")
        case PersonReleased():
            holder = ("desk", "", "")
    if holder:
        names = dict(zip(("holder", "person", "reason"), holder, strict=True))
        tx.run("touch_conversation", id=conversation, now=now, **names)


def _dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _conversation(row: Row) -> Conversation:
    id_, desk, digest, created, holder, person, reason = row
    at = datetime.fromisoformat(created)
    return Conversation(id_, desk, digest, at, holder, person, reason)


def _trigger(row: Row, fence: int | None = None) -> Trigger:
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
        fence,
    )
