"""What the model reads to understand a message: a fixed prefix, and a short turn.

The prefix (the desk: its commands and how customers say them) is the same bytes for every
conversation, so its computation is cached once. The turn (where the conversation stands, and the
message) fits a token budget, so that the thousandth turn costs what the second does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from frontdesk.types.desk import Article, Desk
from frontdesk.types.generation import Message
from frontdesk.types.procedures import Choose, Collect, Example, Procedure

Option = TypeVar("Option")

_DOTS = "…"
MESSAGE_TOKENS = 44
"""What a message may cost; with the state and the chat format a turn stays below 96 tokens."""

_HEAD = """\
You translate what a customer writes to {name} into commands. Write only commands, one a line. \
In brackets stands what is under way and what the customer was asked for.

start PROCEDURE - the customer wants this done, or asks about a case of their own
answer - the message answers what was asked for
set SLOT VALUE - gives or corrects another value, in the customer's own words
choose WORDS - takes another of the listed items, in the customer's own words
cancel - the customer wants to stop what is under way
ask - a general question: rules, prices, times, how things work
human - wants to talk to a person
chat - greeting, thanks, small talk
unclear - makes no sense, or nothing fits

Procedures:
{procedures}"""

_GENERAL = (
    ("human", "let me speak to a real person"),
    ("chat", "hello there"),
    ("human", "can somebody call me?"),
    ("unclear", "asdf qwer 77"),
    ("human", "get me a human"),
    ("chat", "ok thanks, you've been very kind"),
    ("human", "this is useless, I want an agent"),
    ("unclear", "the moon is made of purple"),
)
_WITHIN = (
    ("cancel", "forget it"),
    ("ask", "wait, how long does this take?"),
    ("unclear", "that's outrageous!"),
    ("cancel", "I don't want to do this any more"),
    ("unclear", "blah blub"),
    ("human", "can I talk to someone instead"),
    ("ask", "what happens if I am late?"),
    ("unclear", "and how much would that be?"),
    ("chat", "ok thanks"),
    ("cancel", "no, leave everything as it is"),
)
_AFTER = ("and for the other one?", "what about the one in May?")
_ANSWERS = {
    "text": (
        "it has been like that since yesterday and nobody came",
        "because our plans have changed",
        "Hello, could you tell me when we can come? Thank you",
        "there is a terrible smell",
    ),
    "date": ("we would rather come on the 3rd then", "let's say the first of July"),
    "time": ("about nine in the evening I think",),
    "money": ("I think 30 would be fair",),
    "choice": ("I'd say the first thing you said",),
}
_CORRECTIONS = {
    "date": ("no wait, make it the 4th", "the 4th"),
    "money": ("sorry, I meant 25", "25"),
    "email": ("no, it's kim@example.com", "kim@example.com"),
    "text": ("change that to Smith Ltd please", "Smith Ltd"),
}
_CHOICES = ("the one by the sea, please", "I think it was the one in May")
_OTHER_CHOICE = ("no, I meant the other one in Madrid", "the other one in Madrid")
_MOST_EXAMPLES = 7
_MOST_QUESTIONS = 20


def prefix(desk: Desk) -> tuple[Message, ...]:
    """The fixed part: what the desk can do, and examples of every kind of command."""
    open_ = [_in_one(p, desk.language) for p in desk.procedures.values() if not p.internal]
    procedures = "\n".join(map(_described, open_))
    pairs = _spread(
        [
            _started(p, p.examples[place])
            for place in range(_MOST_EXAMPLES)
            for p in open_
            if place < len(p.examples)
        ],
        [("ask", question) for question in _questions(desk)],
        list(_GENERAL),
        [pair for index, _ in enumerate(open_) for pair in _within(open_, index)],
        _asked_within(desk, open_),
    )
    system = Message("system", _HEAD.format(name=desk.name, procedures=procedures))
    examples = ((Message("user", text), Message("assistant", command)) for command, text in pairs)
    return (system, *(message for example in examples for message in example))


def _in_one(procedure: Procedure, language: str) -> Procedure:
    """The procedure with the examples of one language: what the model reads costs each turn."""
    own = tuple(one for one in procedure.examples if one.language in ("", language))
    return replace(procedure, examples=own)


def _described(procedure: Procedure) -> str:
    """The procedure with its slots, and the options of those that have some."""
    slots = ", ".join(
        f"{slot.name} ({'/'.join(option.name for option in slot.options)})"
        if slot.options
        else slot.name
        for slot in procedure.slots.values()
    )
    return f"{procedure.name}{f' [{slots}]' if slots else ''} - {procedure.description}"


Pair = tuple[str, str]
"""A command, and a message that means it."""


def _spread(*kinds: list[Pair]) -> list[Pair]:
    """All pairs, each kind spread evenly: the model leans towards what it read last."""
    placed = [
        ((index + 0.5) / len(kind), order, pair)
        for order, kind in enumerate(kinds)
        for index, pair in enumerate(kind)
    ]
    return [pair for _, _, pair in sorted(placed, key=lambda item: item[:2])]


def _first_language(desk: Desk) -> list[Article]:
    """The passages without their translations, which would only make the prefix longer."""
    return [article for article in desk.articles if article.language == desk.language]


def _questions(desk: Desk) -> list[str]:
    """Questions that the knowledge answers, the first of each article."""
    first = dict.fromkeys(a.questions[0] for a in _first_language(desk) if a.questions)
    return list(first)[:_MOST_QUESTIONS]


def _asked_within(desk: Desk, procedures: list[Procedure]) -> list[Pair]:
    """General questions in the middle of a procedure: further ones of the articles."""
    further = dict.fromkeys(a.questions[1] for a in _first_language(desk) if len(a.questions) > 1)
    pairs = zip(procedures, list(further)[::-1], strict=False)
    return [("ask", bracketed(p.name, "yes or no", question)) for p, question in pairs]


def _started(procedure: Procedure, example: Example) -> Pair:
    sets = (f"set {slot} {words}" for slot, words in example.values.items())
    return "\n".join((f"start {procedure.name}", *sets)), example.text


def _within(procedures: list[Procedure], index: int) -> list[Pair]:
    """Examples in the middle of a procedure and behind it, made from the desk's own names."""
    procedure, other = procedures[index], procedures[index - 1]
    name = procedure.name
    chooses = [n for n in procedure.nodes.values() if isinstance(n, Choose)][:1]
    slots = [procedure.slots[n.slot] for n in procedure.nodes.values() if isinstance(n, Collect)]
    asked = [*(f"which {node.name}" for node in chooses), *(s.name for s in slots), "yes or no"]
    pairs = [
        ("answer", bracketed(name, f"which {node.name}", _turned(_CHOICES, index)))
        for node in chooses
    ]
    for slot in slots:
        texts = _ANSWERS.get(slot.type, ())
        given = texts if slot.type == "text" else texts[index % 2 :][:1]
        pairs += [("answer", bracketed(name, slot.name, text)) for text in given]
    for slot in procedure.slots.values():
        if slot.type in _CORRECTIONS:
            text, words = _CORRECTIONS[slot.type]
            pairs.append((f"set {slot.name} {words}", bracketed(name, "yes or no", text)))
    command, text = _turned(_WITHIN, index)
    pairs.append((command, bracketed(name, _turned(asked, index), text)))
    if other.examples and other is not procedure:
        text = other.examples[-1].text
        pairs.append((f"start {other.name}", bracketed(name, _turned(asked, index + 1), text)))
    if chooses:
        pairs.append((f"start {name}", bracketed(f"after {name}", "", _turned(_AFTER, index))))
        if index % 3 == 0:
            text, words = _OTHER_CHOICE
            pairs.append((f"choose {words}", bracketed(name, "yes or no", text)))
    return pairs


def _turned(options: Sequence[Option], index: int) -> Option:
    return options[index % len(options)]


def bracketed(procedure: str, waiting: str, message: str) -> str:
    """A message behind where the conversation stands."""
    state = ": ".join(filter(None, (procedure, waiting)))
    return f"({state}) {message}" if state else message


def turn(procedure: str, waiting: str, message: str) -> Message:
    """The changing part.

    Args:
        procedure: what is under way; empty for nothing.
        waiting: what the customer was asked for; empty for nothing.
        message: the customer's words, already clipped.
    """
    return Message("user", bracketed(procedure, waiting, message))


_PIECE = re.compile(r"[A-Za-z]+|\d|\s+|[^\sA-Za-z\d]")


def tokens(text: str) -> float:
    """About how many tokens the text has; rather too many than too few."""
    return round(sum(_cost(piece) for piece in _PIECE.findall(text)), 3)


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
    words = text.split(" ")
    by_word = max(map(tokens, words)) <= budget / 4
    pieces, joint = (words, " ") if by_word else (list(text), "")
    left = budget - tokens(_DOTS)
    head, rest = _take(pieces, left * 0.6)
    tail, _ = _take(pieces[len(head) :][::-1], rest + left * 0.4)
    return joint.join([*head, _DOTS, *tail[::-1]])


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
