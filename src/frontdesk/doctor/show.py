"""What was found, in lines for people and as data for programs. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from frontdesk.doctor.examine import Examination
from frontdesk.doctor.findings import Finding
from frontdesk.doctor.fitting import Candidate, too_large
from frontdesk.doctor.machine import Machine
from frontdesk.doctor.speed import Speed

WIDTH = 79
_STATES = {"present": "here", "partial": "in part", "absent": "-"}


def lines(found: Examination) -> Iterator[str]:
    """The whole examination, for a terminal of 80 columns."""
    yield "Machine"
    yield from _machine(found.machine)
    yield ""
    yield from _models(found)
    yield ""
    yield from _recommendation(found)
    yield ""
    yield from _findings(found)


def _machine(machine: Machine) -> Iterator[str]:
    cores = f"{machine.cores:g} core{'s' if machine.cores != 1 else ''}"
    quota = " (a limit; more are seen)" if machine.cores < machine.processors else ""
    limit = " under a limit" if machine.memory_limited else ""
    yield from _row("processor", f"{machine.processor}, {cores}{quota}")
    yield from _row("instructions", " ".join(machine.instructions) or "unknown")
    yield from _row("memory", f"{_gb(machine.memory)}{limit}, {_gb(machine.available)} available")
    yield from _row("free disk", f"{_gb(machine.cache.free)} for models, {_gb(machine.data.free)}"
                    " for data")  # fmt: skip
    packages = (f"{name} {got or 'missing'}" for name, got in machine.packages.items())
    yield from _row("python", ", ".join([machine.python, *packages]))
    yield from _row("load", f"{machine.load:.1f}")


def _models(found: Examination) -> Iterator[str]:
    head = f"{'tokens/s: read':>14}  {'written':>7}  {'turn':>7}  {'at once':>7}"
    yield f"{'Models':<28}{'memory':>8}  {head}"
    slow = [one for one in found.candidates if not one.is_here and one.is_quick is False]
    for one in found.candidates:
        if one.is_here or (one.fit != "too large" and one not in slow):
            yield _model(one)
    yield from _row(found.embedder, f"{'here' if found.embedder_here else '-'} (embeddings)")
    if large := too_large(found.candidates):
        yield from _wrapped(f"Too large for this machine: {', '.join(large)}.", "  ")
    if slow:
        names = ", ".join(one.entry.alias for one in slow if one.fit != "too large")
        yield from _wrapped(f"Too slow for this machine, by estimate: {names}.", "  ")
    if any(one.speed and not one.speed.measured for one in found.candidates):
        yield from _wrapped(
            "~ is estimated, from the size of the file; the rest was measured.", "  "
        )
    counted = [one for one in found.candidates if one.is_here and one.prefix_tokens and one.speed]
    for one in counted:
        assert one.speed
        assert one.prefix_tokens
        yield from _wrapped(
            f"{one.entry.alias}: the desk's {one.prefix_tokens:,} tokens are computed once, at the "
            f"first start, in about {one.speed.prefix_s(one.prefix_tokens):.0f} s.",
            "  ",
        )


def _model(one: Candidate) -> str:
    memory = ("" if one.entry.resident_measured else "~") + _gb(one.entry.resident_bytes)
    head = f"  {one.entry.alias:<18}{_STATES[one.state]:<7}{memory:>9}"
    if one.fit != "fits":
        return f"{head}  {'its memory is taken now' if one.fit == 'not now' else 'too large'}"
    return f"{head}{_speed(one.speed) if one.speed else ''}"


def _speed(speed: Speed) -> str:
    about = "" if speed.measured else "~"
    read, written = f"{about}{speed.prompt:.0f}", f"{about}{speed.generated:.0f}"
    turn, at_once = f"{about}{speed.turn_s:.1f} s", f"{about}{speed.conversations}"
    return f"  {read:>14}  {written:>7}  {turn:>7}  {at_once:>7}"


def _recommendation(found: Examination) -> Iterator[str]:
    advice = found.recommendation
    yield f"Recommended: {advice.model or 'no model on this machine'}"
    yield from _wrapped(advice.why, "  ")
    if advice.larger:
        names = ", ".join(advice.larger)
        text = f"Larger ones may be quick enough too, by estimate; pull one and measure: {names}."
        yield from _wrapped(text, "  ")


def _findings(found: Examination) -> Iterator[str]:
    what = found.desk.name if found.desk else "A desk"
    yield f"{what} can be served now." if found.can_serve else f"{what} can't be served now."
    for one in sorted(found.findings, key=lambda one: one.severity):
        yield from _finding(one)


def _finding(one: Finding) -> Iterator[str]:
    yield from _wrapped(one.text, f"  {one.severity + ':':<9}", " " * 11)
    if one.command:
        yield f"{' ' * 11}{one.command}"


def _row(name: str, text: str) -> Iterator[str]:
    yield from _wrapped(text, f"  {name:<13} ", " " * 16)


def _wrapped(text: str, first: str, others: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if others is None else others,
        break_on_hyphens=False,
    )


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def as_data(found: Examination) -> dict[str, Any]:
    """The same as a JSON object; sizes in bytes, times in seconds."""
    return {
        "machine": _plain(asdict(found.machine)) | {"cores": found.machine.cores},
        "models": [_candidate(one) for one in found.candidates],
        "embedding_model": {"alias": found.embedder, "here": found.embedder_here},
        "recommendation": asdict(found.recommendation),
        "desk": _plain(asdict(found.desk)) if found.desk else None,
        "findings": [asdict(one) for one in found.findings],
        "can_serve": found.can_serve,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    speed = one.speed
    return {
        "id": one.entry.id,
        "alias": one.entry.alias,
        "state": one.state,
        "fit": one.fit,
        "resident_bytes": one.entry.resident_bytes,
        "resident_measured": one.entry.resident_measured,
        "failure": one.failure or None,
        "prefix_tokens": one.prefix_tokens,
        "speed": speed
        and {
            "measured": speed.measured,
            "prompt_tokens_per_s": round(speed.prompt, 2),
            "generated_tokens_per_s": round(speed.generated, 2),
            "turn_s": round(speed.turn_s, 3),
            "long_turn_s": round(speed.long_turn_s, 3),
            "conversations": speed.conversations,
            "prefix_s": one.prefix_tokens and round(speed.prefix_s(one.prefix_tokens), 1),
        },
    }


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Paths as text, as deep as they lie here."""
    return {
        key: _plain(value)
        if isinstance(value, dict)
        else value
        if isinstance(value, (int, float, list, tuple, type(None)))
        else str(value)
        for key, value in data.items()
    }
