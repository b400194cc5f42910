"""What the desk needs from the outside: small asynchronous Protocols.

Adapters live above, in ``store``, ``models``, ``knowledge`` and ``tools``; only ``app`` names them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from frontdesk.types.generation import Completion, Generation, Message, Piece


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
