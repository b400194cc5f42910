"""What the desk needs from the outside: small asynchronous Protocols.

Adapters live above, in ``store``, ``models``, ``knowledge`` and ``tools``; only ``app`` names them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from frontdesk.types.desk import Article, Customer
from frontdesk.types.events import ConversationStarted, Event, Recorded
from frontdesk.types.generation import Completion, Generation, Message, Piece
from frontdesk.types.outcome import Outcome
from frontdesk.types.triggers import Conversation, LedgerEntry, Trigger
from frontdesk.types.values import Value


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The current moment, with a time zone."""
        ...


class LanguageModel(Protocol):
    """Turns messages into text.

    Every method raises a :class:`~frontdesk.errors.ModelError`: ``EngineDied``,
    ``EngineTimeout`` or ``RequestRefused``. Cancelling the task cancels the generation.
    """

    @property
    def name(self) -> str:
        """The id of the model in the catalogue."""
        ...

    async def warm(self, prefix: Sequence[Message]) -> None:
        """Computes the prefix once, so that requests which begin with it cost only the rest."""
        ...

    async def generate(self, request: Generation) -> Completion:
        """The whole answer."""
        ...

    def stream(self, request: Generation) -> AsyncIterator[Piece]:
        """The answer piece by piece; the last piece carries the usage."""
        ...

    async def close(self) -> None:
        """Frees what the model holds."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors; texts that mean alike get vectors that lie close."""

    async def embed(self, texts: Sequence[str], language: str = "", /) -> NDArray[np.float32]:
        """One vector of length 1 for each text, shape (texts, dimensions).

        Args:
            texts: what is read.
            language: in which language they are, by its ISO 639 code; empty if nobody knows.

        Raises:
            ModelFileError: the model's file is missing or is not what the catalogue names.
        """
        ...

    async def close(self) -> None:
        """Frees what the model holds."""
        ...


class Tools(Protocol):
    """Calls the desk's tools."""

    async def prepare(self, now: datetime) -> None:
        """Makes what the tools need, once for a new data folder."""
        ...

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, Value],
        *,
        customer: Customer | None,
        key: str,
        now: datetime,
    ) -> Outcome:
        """Calls the tool; never raises for what the tool does.

        Args:
            tool: a name that the desk's procedures were checked against.
            arguments: by parameter.
            customer: who is signed in; the tool sees nobody else.
            key: the idempotency key of a write.
            now: the desk's clock.
        """
        ...


class Retriever(Protocol):
    """Finds passages of the desk's knowledge."""

    async def search(
        self, question: str, limit: int = 3, *, language: str = ""
    ) -> Sequence[tuple[Article, float]]:
        """The best passages with their scores between 0 and 1, best first; none if nothing fits.

        Args:
            question: in the customer's words.
            limit: how many passages at most, each of another article.
            language: the customer's; an article comes in it, or else in the desk's first one.
        """
        ...


class Store(Protocol):
    """Keeps a desk's conversations: the event log with payloads, the inbox of triggers, the ledger.

    Every method is one transaction, durable when it returns; it sees the rows of this desk alone,
    and one that was got by :meth:`visit` those of one conversation. All raise
    :class:`~frontdesk.errors.StoreError` when the database can't be used.
    """

    async def visit(self, token_hash: str) -> Visit | None:
        """What the holder of a token may see: the conversation that it opens."""
        ...

    async def create(self, conversation: str, token_hash: str, event: ConversationStarted) -> None:
        """Opens a conversation with its first event."""
        ...

    async def conversations(self, holders: Sequence[str]) -> list[Conversation]:
        """The desk's conversations that one of ``holders`` has, the longest waiting first."""
        ...

    async def conversation(self, conversation: str) -> Conversation | None:
        """One conversation of the desk."""
        ...

    async def conversations_on(self, digest: str) -> list[str]:
        """The ids of the desk's conversations that are on the version with this digest."""
        ...

    async def accept(self, trigger: Trigger) -> Trigger | None:
        """Puts the trigger into the inbox; an earlier one with the same client id, if any.

        What the customer can have seen is at most the last event of this moment, so a yes that
        overtakes a question is no answer to it.
        """
        ...

    async def claim(
        self, owner: str, lease_s: float, conversation: str | None = None
    ) -> Trigger | None:
        """The oldest trigger whose conversation nobody is working on.

        The conversation is leased to ``owner``; the trigger carries the lease's number.
        """
        ...

    async def renew(self, owner: str, lease_s: float) -> None:
        """Extends all leases of the owner."""
        ...

    async def let_go(self, trigger: Trigger) -> None:
        """Leaves the trigger to whoever claims it when its lease is over."""
        ...

    async def append(
        self,
        conversation: str,
        after: int,
        events: Sequence[Event],
        *,
        fence: int | None = None,
        done: str | None = None,
    ) -> list[Recorded]:
        """Appends events behind the ``after``-th; with ``done``, that trigger is handled.

        With ``fence`` it is done under the lease with that number, and ends it with the trigger.

        A write's :class:`~frontdesk.types.events.ToolCalled` enters the ledger in the same
        transaction, its outcome too.

        Raises:
            ConversationMoved: the conversation has gone on since.
            LeaseLost: the conversation was leased to somebody else since.
        """
        ...

    async def history(self, conversation: str, after: int = 0) -> list[Recorded]:
        """The events behind the ``after``-th."""
        ...

    async def wait(self, conversation: str, after: int, timeout_s: float) -> None:
        """Returns when there may be events behind the ``after``-th, or when time is up."""
        ...

    async def wait_for_triggers(self, timeout_s: float) -> None:
        """Returns when there may be a trigger to claim, or when time is up."""
        ...

    async def waiting(self, conversation: str) -> int:
        """How many accepted triggers of the conversation are not handled yet."""
        ...

    async def ledger(self, conversation: str) -> list[LedgerEntry]:
        """The writes of the conversation, in their order."""
        ...

    async def close(self) -> None:
        """Closes the database."""
        ...


@dataclass(frozen=True)
class Visit:
    """What the holder of a conversation's token may see and do."""

    conversation: str
    store: Store
    """For it, nothing but this conversation exists."""
