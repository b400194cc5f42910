"""From what a model wrote to commands, and from its probabilities to readings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from frontdesk.prompts import json_form
from frontdesk.types.commands import Choose, Command, Reading, Set, Simple, Start
from frontdesk.types.generation import Token
from frontdesk.types.legal import Legal

MOST_COMMANDS = 8
_SIMPLE = ("answer", "cancel", "ask", "human", "chat", "unclear")


_BEFORE = "*-•> "
"""What a model that writes freely puts before a command."""


def parse(text: str) -> tuple[Command, ...]:
    """The commands in the text; a line that isn't one is ``unclear``."""
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [_bare(line) for line in lines if line and not line.startswith("```")]
    return tuple(dict.fromkeys(map(_command, lines[:MOST_COMMANDS])))


def _bare(line: str) -> str:
    line = line.lstrip(_BEFORE)
    return line.strip("`") if line.startswith("`") else line


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


def readings(
    text: str, tokens: Sequence[Token], legal: Legal, *, in_json: bool = False
) -> tuple[Reading, ...]:
    """What the model wrote, and what it nearly wrote, with the probability of each.

    At every token up to where the first command is decided, the probabilities of the tokens that
    a legal command could go on with are taken relative to their sum. The product along what was
    written is its confidence; a token that leads to another command gives another reading.

    Engines may tell less. Of a token without alternatives its own probability counts, which is
    rather too low than too high: what no command could go on with takes part. Without tokens the
    model is believed.

    Args:
        text: what the model wrote, as lines of the command language.
        tokens: in what the model wrote it, with their probabilities.
        legal: what could be written.
        in_json: whether the tokens are those of `frontdesk.prompts.json_form`.
    """
    best = parse(text) or (Simple("unclear"),)
    form = json_form.written if in_json else str
    position = json_form.position if in_json else str.lstrip
    lines = {form(line): line for line in first_lines(legal)}
    confidence, others = 1.0, dict[str, float]()
    written = ""
    for token in tokens:
        before, after = position(written), position(written + token.text)
        if before is None or len(_possible(before, lines)) <= 1:
            break
        if after == before:  # brackets and blanks, which decide nothing
            written += token.text
            continue
        options = {
            text: (math.exp(logprob), place)
            for text, logprob in (
                *((other.text, other.logprob) for other in token.alternatives),
                (token.text, token.logprob),
            )
            if text and (place := position(written + text)) and _possible(place, lines)
        }
        total = sum(probability for probability, _ in options.values())
        if total <= 0 or token.text not in options:
            break
        if not token.alternatives:
            total = max(1.0, total)
        for probability, place in options.values():
            if place != after:  # else it says the same in other tokens
                possible = _possible(place, lines)
                share = confidence * probability / total / len(possible)
                for line in possible:
                    others[line] = max(others.get(line, 0.0), share)
        confidence *= sum(p for p, place in options.values() if place == after) / total
        written += token.text
    ranked = sorted(others.items(), key=lambda item: -item[1])
    return (Reading(best, confidence), *_alternatives(ranked, best))


def _possible(written: str, lines: Mapping[str, str]) -> list[str]:
    """The lines that what is written can become, or has become."""
    return [
        line for form, line in lines.items() if form.startswith(written) or written.startswith(form)
    ]


def _alternatives(
    ranked: Iterable[tuple[str, float]], best: tuple[Command, ...]
) -> Iterable[Reading]:
    for line, confidence in ranked:
        if line.endswith(" "):  # a value without its words is no reading
            continue
        (command,) = parse(line)
        if command not in best:
            yield Reading((command,), confidence)
