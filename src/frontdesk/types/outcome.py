"""What a tool call came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from frontdesk.types.values import Value


@dataclass(frozen=True)
class Outcome:
    """The end of a tool call."""

    status: Literal["ok", "refused", "failed", "unknown"]
    """``refused``: the tool says that nothing happened, and why; ``failed``: nothing happened and
    nothing is known; ``unknown``: a write that may or may not have happened."""
    value: Value = None
    message: str = ""
    milliseconds: float = 0.0
