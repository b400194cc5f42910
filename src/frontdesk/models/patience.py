"""How long a pull waits for a server that is busy or breaks off."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from frontdesk.errors import PullFailed

BUSY = {429, 502, 503, 504}
"""Statuses that mean: later."""
AT_MOST_S = 300.0
"""In all, over one transfer."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""After the first, second ... failure in a row, where the server asks for nothing else."""
AGAIN = "What arrived is kept; pull again to go on from there."

Sleep = Callable[[float], None]


class Patience:
    """Waits between attempts, and says when there were enough of them."""

    def __init__(self, sleep: Sleep = time.sleep, at_most_s: float = AT_MOST_S) -> None:
        self._sleep = sleep
        self._left_s = at_most_s
        self._failures = 0

    def refresh(self) -> None:
        """Something arrived: the failures in a row begin anew."""
        self._failures = 0

    def wait(self, name: str, why: str, asked_s: float | None = None) -> None:
        """Waits as long as the server asked, or a little longer each time.

        Raises:
            PullFailed: it would be too long, or there were too many failures in a row.
        """
        self._failures += 1
        if self._failures > len(PAUSES_S):
            raise PullFailed(f"{name}: {why}; tried {self._failures} times. {AGAIN}")
        seconds = PAUSES_S[self._failures - 1] if asked_s is None else asked_s
        if seconds > self._left_s:
            raise PullFailed(f"{name}: {why} and asks to wait {seconds:,.0f} seconds. {AGAIN}")
        self._left_s -= seconds
        self._sleep(seconds)


def asked_seconds(retry_after: str | None) -> float | None:
    """What a ``Retry-After`` header asks for, in seconds or as a date (RFC 9110, 10.2.3)."""
    said = (retry_after or "").strip()
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
