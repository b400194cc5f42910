"""From what a model wrote to commands, and from its probabilities to readings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from frontdesk.types.commands import Choose, Command, Reading, Set, Simple, Start
from frontdesk.types.generation import Token
from frontdesk.types.legal import Legal

MOST_COMMANDS = 8
_SIMPLE = ("answer", "cancel", "ask", "human", "chat", "unclear")


def parse(text: str) -> tuple[Command, ...]:
    """The commands in the text; a line that isn't one is ``unclear``."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return tuple(dict.fromkeys(map(_command, lines[:MOST_COMMANDS])))


def _command(line: str) -> Command:
    verb, _, rest = line.partition(" ")
    rest = rest.strip()
    if verb == "start" and rest and " " not in rest:
        return Start(rest)
    if verb == "set":
        slot, _, words = rest.partition(" ")
        if words.strip():
            return Set(slot, words.strip())
    if verb == "choose" and rest:
        return Choose(rest)
    for simple in _SIMPLE:
        if line == simple:
            return Simple(simple)  # type: ignore[arg-type]
    return Simple("unclear")


def first_lines(legal: Legal) -> list[str]:
    """How a legal answer can begin, up to where its meaning is decided."""
    lines = [f"start {name}" for name in legal.starts]
    lines += [f"set {slot} " for slot in legal.sets]
    lines += ["choose "] if legal.choose else []
    lines += ["answer"] if legal.answer else []
    lines += ["cancel"] if legal.cancel else []
    return [*lines, *(("ask", "human", "chat", "unclear") if legal.talk else ())]


def readings(text: str, tokens: Sequence[Token], legal: Legal) -> tuple[Reading, ...]:
    """What the model wrote, and what it nearly wrote, with the probability of each.

    At every token up to where the first command is decided, the probabilities of the tokens that
    a legal command could go on with are taken relative to their sum. The product along what was
    written is its confidence; a token that leads to another command gives another reading.
    """
    best = parse(text) or (Simple("unclear"),)
    lines = first_lines(legal)
    confidence, others = 1.0, dict[str, float]()
    written = ""
    for token in tokens:
        if len(_possible(written, lines)) <= 1:
            break
        options = {
            text: math.exp(logprob)
            for text, logprob in (
                *((other.text, other.logprob) for other in token.alternatives),
                (token.text, token.logprob),
            )
            if text and _possible(written + text, lines)
        }
        total = sum(options.values())
        if total <= 0 or token.text not in options:
            break
        for option, probability in options.items():
            if option != token.text:
                possible = _possible(written + option, lines)
                share = confidence * probability / total / len(possible)
                for line in possible:
                    others[line] = max(others.get(line, 0.0), share)
        confidence *= options[token.text] / total
        written += token.text
    ranked = sorted(others.items(), key=lambda item: -item[1])
    return (Reading(best, confidence), *_alternatives(ranked, best))


def _possible(written: str, lines: Iterable[str]) -> list[str]:
    """The lines that what is written can become, or has become."""
    return [line for line in lines if line.startswith(written) or written.startswith(line)]


def _alternatives(
    ranked: Iterable[tuple[str, float]], best: tuple[Command, ...]
) -> Iterable[Reading]:
    for line, confidence in ranked:
        if line.endswith(" "):  # a value without its words is no reading
            continue
        (command,) = parse(line)
        if command not in best:
            yield Reading((command,), confidence)
