"""What may be proposed in a turn: the command language narrowed to the state and the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """The words that may stand for a value."""

    literals: tuple[str, ...] = ()
    """These, as they are."""
    any_run: bool = False
    """Any run of the message's words."""


@dataclass(frozen=True)
class Legal:
    """The commands that ``admit`` would let through now, as far as that is known beforehand."""

    starts: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)
    """The procedures that can start, and for each the slots that the message may fill."""
    sets: Mapping[str, Words] = field(default_factory=dict)
    """The slots of the procedure that is under way."""
    answer: bool = False
    """A value or a choice is asked for, which the message as a whole may give."""
    choose: bool = False
    """A record may be chosen, by any run of the message's words."""
    cancel: bool = False
    """Something is under way that can be stopped."""
    talk: bool = True
    """A question, a wish for a person, small talk or nothing clear; else one request, surely."""
    least: int = 0
    """How many values a request surely brings along."""
