"""One answer from two opinions: what the examples say, and what the model says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from frontdesk.types.commands import Choose, Command, Reading, Set, Simple, Start, render

MODEL_WEIGHT = 0.7
"""What the logarithm of the model's probability counts; that of the examples counts 1."""
_LEAST = 0.02
"""Added to every probability: neither opinion can rule out what the other is sure of."""
_GOES_ON = 0.2
"""How likely a message goes on with what is under way, whatever it says."""


def combine(lines: Mapping[str, float], readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings of both, best first, with probabilities that sum to 1.

    Args:
        lines: how likely the examples find each first command, by :func:`kind`.
        readings: the model's, best first.
    """
    model: dict[str, float] = {}
    wordings: dict[str, Reading] = {}
    for reading in readings:
        key = kind(reading.commands[0])
        model[key] = model.get(key, 0.0) + reading.confidence
        wordings.setdefault(key, reading)
    score = {
        key: (lines.get(key, 0.0) + _LEAST) * (model.get(key, 0.0) + _LEAST) ** MODEL_WEIGHT
        for key in {**model, **lines}
    }
    total = sum(score.values())
    ranked = sorted(score, key=lambda key: -score[key])
    return tuple(
        replace(wordings[key], confidence=score[key] / total)
        if key in wordings
        else Reading((_command(key),), score[key] / total)
        for key in ranked
        if key in wordings or key not in VALUES
    )


def in_the_middle(
    lines: Mapping[str, float], under_way: Collection[str], ways: Mapping[str, float]
) -> dict[str, float]:
    """What the examples say in the middle of a procedure, by :func:`kind`.

    Args:
        lines: how likely the examples for the middle find each label.
        under_way: the procedures on the stack; a message that resembles one goes on with it.
        ways: how the message can go on, each with its share.
    """
    going_on = {f"start {name}" for name in under_way}
    found: dict[str, float] = {}
    inside = 0.0
    for line, probability in lines.items():
        if line in going_on or line == "correct" or line.startswith("answer "):
            inside += probability
        else:
            key = "unclear" if line == "agree" else line
            found[key] = found.get(key, 0.0) + probability * (1 - _GOES_ON)
    inside = _GOES_ON + (1 - _GOES_ON) * inside
    total = sum(ways.values())
    for way, share in ways.items():
        found[way] = found.get(way, 0.0) + inside * share / total
    return found


VALUES = frozenset({"answer", "set", "choose"})
"""The kinds of commands that go on with what is under way."""


def kind(command: Command) -> str:
    """The command without its words: what the message asks for."""
    match command:
        case Set():
            return "set"
        case Choose():
            return "choose"
        case _:
            return render(command)


def _command(key: str) -> Command:
    verb, _, name = key.partition(" ")
    return Start(name) if verb == "start" else Simple(verb)  # type: ignore[arg-type]
