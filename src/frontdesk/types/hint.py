"""What a message resembles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hint:
    """What the examples say about one message."""

    lines: Mapping[str, float] = field(default_factory=dict)
    """How likely each first command is, such as "start cancel_booking", likeliest first."""
    within: Mapping[str, float] = field(default_factory=dict)
    """The same in the middle of a procedure, with answers, corrections and agreement."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each procedure its choice slots that the message seems to fill, each with the option."""
    texts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """For each procedure how likely the message holds the words for a text slot, where the
    examples can tell."""
    several: bool = False
    """The sentences ask for different things."""
