"""Which models fit this machine, and which of them to take. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from frontdesk.doctor.machine import Machine
from frontdesk.doctor.speed import Speed
from frontdesk.models.catalogue import ModelEntry

Fit = Literal["fits", "not now", "too large"]
"""``not now``: it would, if other programs gave their memory back."""
State = Literal["present", "partial", "absent"]

MARGIN_BYTES = 500_000_000
"""Kept for frontdesk's own process and the system: chosen, not measured."""
LONGEST_TURN_S = 2.0
"""A customer waits so long without wondering."""
SMALLEST_PARAMETERS = 400_000_000
"""Smaller models of the catalogue are for tests of the machinery (docs/models.md)."""


@dataclass(frozen=True)
class Candidate:
    """A language model on this machine."""

    entry: ModelEntry
    state: State
    fit: Fit
    speed: Speed | None = None
    failure: str = ""
    """Why it could not be measured."""
    prefix_tokens: int | None = None
    """Of the desk's prefix, as this model counts them."""

    @property
    def is_here(self) -> bool:
        """Whether its file is on this machine."""
        return self.state == "present"

    @property
    def is_quick(self) -> bool | None:
        """Whether a turn stays short; ``None`` when nothing tells."""
        return self.speed.turn_s <= LONGEST_TURN_S if self.speed else None


@dataclass(frozen=True)
class Recommendation:
    """The model to take, and why."""

    model: str | None
    """Its short name; ``None`` when no model can serve here."""
    why: str
    larger: tuple[str, ...] = ()
    """Larger models that should be quick enough too, by estimate alone."""


def needed(entry: ModelEntry, embedder: ModelEntry) -> int:
    """Bytes of memory to serve with both."""
    return entry.resident_bytes + embedder.resident_bytes + MARGIN_BYTES


def fit(needs: int, machine: Machine) -> Fit:
    """Whether that many bytes can be had."""
    if needs > machine.memory:
        return "too large"
    return "fits" if needs <= machine.available else "not now"


def estimated(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, those without a measured speed with one scaled from the nearest in size."""
    known = [one for one in candidates if one.speed]
    return [_estimated(one, known) for one in candidates]


def _estimated(one: Candidate, known: Sequence[Candidate]) -> Candidate:
    if one.speed or one.failure or not known:
        return one
    size = one.entry.size
    nearest = min(known, key=lambda other: max(size / other.entry.size, other.entry.size / size))
    assert nearest.speed
    speed = nearest.speed.scaled(nearest.entry.size, size)
    return Candidate(one.entry, one.state, one.fit, speed)


def recommend(candidates: Sequence[Candidate], languages: Collection[str]) -> Recommendation:
    """The largest that fits and is quick, where measured; else the first of the list that fits."""
    usable = [one for one in candidates if _is_usable(one.entry, languages)]
    fitting = [one for one in usable if one.fit == "fits" and not one.failure]
    if not fitting:
        return Recommendation(None, _why_none(usable))
    measured = [one for one in fitting if one.speed and one.speed.measured]
    quick = [one for one in measured if one.is_quick]
    if quick:
        best = max(quick, key=lambda one: one.entry.size)
        return Recommendation(best.entry.alias, _why(best), _larger(best, fitting))
    if measured:
        return _when_slow(measured, fitting)
    first = fitting[0]
    return Recommendation(
        first.entry.alias,
        "It fits in memory and is the first of `frontdesk models list` that does. "
        "How fast it is here has not been measured.",
    )


def _is_usable(entry: ModelEntry, languages: Collection[str]) -> bool:
    # An own model may not say how large it is, or in which languages it is good.
    large = not entry.parameters or entry.parameters >= SMALLEST_PARAMETERS
    speaks = not entry.languages or set(languages) <= set(entry.languages)
    thinks = "DeepSeek-R1" in entry.base_model  # Thinks aloud first, which grammars cut off.
    return large and speaks and not thinks


def _why(best: Candidate) -> str:
    assert best.speed
    return (
        f"It is the largest measured here that fits in memory and keeps a turn under "
        f"{LONGEST_TURN_S:g} s: {best.speed.turn_s:.1f} s."
    )


def _larger(best: Candidate, fitting: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(
        one.entry.alias
        for one in fitting
        if one.is_quick and not one.is_here and one.entry.size > best.entry.size
    )


def _when_slow(measured: Sequence[Candidate], fitting: Sequence[Candidate]) -> Recommendation:
    """Nothing that was measured is quick: a smaller one by estimate, or the quickest."""
    likely = [one for one in fitting if one.is_quick]
    if likely:
        best = max(likely, key=lambda one: one.entry.size)
        text = "All that were measured here take longer for a turn than"
        return Recommendation(
            best.entry.alias,
            f"{text} {LONGEST_TURN_S:g} s; by its size this one should not.",
        )
    best = min(measured, key=lambda one: one.speed.turn_s if one.speed else 0.0)
    assert best.speed
    return Recommendation(
        best.entry.alias,
        f"It is the quickest that fits, but a turn takes {best.speed.turn_s:.1f} s here, over "
        f"{LONGEST_TURN_S:g} s. An engine on another machine would be quicker (docs/engines.md).",
    )


def _why_none(usable: Sequence[Candidate]) -> str:
    later = [one.entry.alias for one in usable if one.fit == "not now"]
    if later:
        return (
            f"Other programs hold the memory that {later[-1]} needs; end some of them, "
            "or let the engine run on another machine (docs/engines.md)."
        )
    if any(one.fit == "fits" for one in usable):
        return "No model that fits could be started; see below."
    return (
        "This machine has too little memory for any model that is of use; let the engine run on "
        "another machine (docs/engines.md)."
    )


def too_large(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The short names of those that this machine can't hold."""
    return tuple(one.entry.alias for one in candidates if one.fit == "too large")


def by_name(candidates: Sequence[Candidate]) -> Mapping[str, Candidate]:
    """The candidates by id and short name."""
    return {name: one for one in candidates for name in (one.entry.id, one.entry.alias)}
