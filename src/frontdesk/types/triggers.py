"""What starts a turn: everything that happens to a conversation enters one inbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Trigger:
    """A customer's message or button, a timer, or an operator's action."""

    id: str
    conversation: str
    kind: Literal["message", "button", "timer", "operator"]
    text: str = ""
    """The message; what the button does; what the operator writes."""
    action: Literal["", "claim", "reply", "release"] = ""
    """For operators."""
    person: str = ""
    """The operator's name."""
    seen: int | None = None
    """The last event that the customer's page had shown."""
    client_id: str | None = None
    """The client's own id of the message; a second delivery with the same one is dropped."""
    created: datetime | None = field(default=None, compare=False)
    fence: int | None = field(default=None, compare=False)
    """The number of the lease under which it is handled: what an older one writes is refused."""


@dataclass(frozen=True)
class Conversation:
    """A conversation as lists show it."""

    id: str
    desk: str
    digest: str
    """Of the version of the desk that it is on."""
    created: datetime
    holder: str
    """``desk``, ``queue`` (waits for a person) or ``person``."""
    person: str = ""
    reason: str = ""
    """Why it was handed over."""


@dataclass(frozen=True)
class LedgerEntry:
    """One write, recorded before it was made."""

    key: str
    """The idempotency key: the same for every delivery of this write."""
    conversation: str
    tool: str
    status: Literal["intended", "ok", "refused", "failed", "unknown"]
    created: datetime
    finished: datetime | None = None
