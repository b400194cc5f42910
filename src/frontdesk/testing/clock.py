"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import datetime, timedelta


class FixedClock:
    """A :class:`~frontdesk.ports.Clock` for tests."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Lets time pass."""
        self._now += by
