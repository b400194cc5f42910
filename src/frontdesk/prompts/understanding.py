"""What the model reads to understand a message: a fixed prefix, and a short turn.

The prefix (the desk: its commands and how customers say them) is the same bytes for every
conversation, so its computation is cached once. The turn (where the conversation stands, and the
message) fits a token budget, so that the thousandth turn costs what the second does.
"""

from __future__ import annotations

import re

from frontdesk.types.desk import Desk
from frontdesk.types.generation import Message

MESSAGE_TOKENS = 56
"""What a message may cost; with the state and the chat format a turn stays below 96 tokens."""

_HEAD = """\
You translate what a customer writes to {name} into commands. Write only commands, one a line.

start PROCEDURE - the customer wants this done, or asks about their own case
set SLOT VALUE - a value that the customer gives, in the customer's own words
choose WORDS - picks one of the listed items, in the customer's own words
cancel - stop what is under way
ask - a general question: rules, prices, opening times, how things work
human - wants to talk to a person
chat - greeting, thanks, small talk
unclear - makes no sense, or nothing fits

Procedures:
{procedures}

Examples:
{examples}"""

_GENERAL = (
    ("cancel", "forget it, leave everything as it is"),
    ("cancel", "I don't want to do this any more"),
    ("human", "let me speak to a real person"),
    ("human", "can somebody call me?"),
    ("chat", "hello there"),
    ("chat", "ok thanks, you've been very kind"),
    ("unclear", "asdf qwer 77"),
    ("unclear", "the moon is made of purple"),
)
_MOST_EXAMPLES = 6
_MOST_QUESTIONS = 16


def prefix(desk: Desk) -> tuple[Message, ...]:
    """The fixed part: what the desk can do."""
    open_ = [p for p in desk.procedures.values() if not p.internal]
    procedures = "\n".join(f"{p.name} - {p.description}" for p in open_)
    pairs = [
        *((f"start {p.name}", text) for p in open_ for text in p.examples[:_MOST_EXAMPLES]),
        *(("ask", question) for question in _questions(desk)),
        *_GENERAL,
    ]
    examples = "\n".join(f"{text} => {command}" for command, text in pairs)
    content = _HEAD.format(name=desk.name, procedures=procedures, examples=examples)
    return (Message("system", content),)


def _questions(desk: Desk) -> list[str]:
    """Questions that the knowledge answers: titles that read as one."""
    titles = dict.fromkeys(
        text for a in desk.articles for text in (a.title, a.heading) if text.endswith("?")
    )
    return list(titles)[:_MOST_QUESTIONS]


def turn(procedure: str, waiting: str, message: str) -> Message:
    """The changing part.

    Args:
        procedure: what is under way; empty for nothing.
        waiting: what the customer was asked for; empty for nothing.
        message: the customer's words, already clipped.
    """
    state = f"({procedure}: {waiting})\n" if waiting else f"({procedure})\n" if procedure else ""
    return Message("user", f"{state}{message}")


_PIECE = re.compile(r"[A-Za-z]+|\d|\s+|[^\sA-Za-z\d]")


def tokens(text: str) -> float:
    """About how many tokens the text has; rather too many than too few."""
    return sum(_cost(piece) for piece in _PIECE.findall(text))


def _cost(piece: str) -> float:
    if piece.isspace():
        return 0.0 if piece == " " else 1.0
    if piece.isascii():
        return 1.0 if len(piece) <= 4 else 1.0 + (len(piece) - 4) / 5
    code = ord(piece)
    if code < 0x250:  # Latin with marks
        return 0.8
    if 0x3040 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7AF:
        return 1.1
    return 1.3 if code < 0x2000 else 3.0


def clip(text: str, budget: float = MESSAGE_TOKENS) -> str:
    """The message within the budget: its beginning and its end, whole words, "…" between."""
    text = " ".join(text.split())
    if tokens(text) <= budget:
        return text
    pieces = text.split(" ") if " " in text[:200] else list(text)
    joint = " " if " " in text[:200] else ""
    head, left = _take(pieces, budget * 0.6 - 1)
    tail, _ = _take(pieces[len(head) :][::-1], left + budget * 0.4 - 1)
    return joint.join([*head, "…", *tail[::-1]])


def _take(pieces: list[str], budget: float) -> tuple[list[str], float]:
    """The pieces from the front that fit, and what is left of the budget."""
    taken: list[str] = []
    for piece in pieces:
        cost = tokens(piece)
        if cost > budget:
            break
        taken.append(piece)
        budget -= cost
    return taken, max(budget, 0.0)
