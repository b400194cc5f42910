"""What the model reads to understand a message: a fixed prefix, and a short turn.

The prefix (the desk: its commands and how customers say them) is the same bytes for every
conversation, so its computation is cached once. The turn (where the conversation stands, and the
message) fits a token budget, so that the thousandth turn costs what the second does.
"""

from __future__ import annotations

import re

from frontdesk.types.desk import Desk
from frontdesk.types.generation import Message
from frontdesk.types.procedures import Choose, Collect, Procedure

MESSAGE_TOKENS = 56
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
{procedures}

Examples:
{examples}"""

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
    ("cancel", "I don't want to do this any more"),
    ("unclear", "blah blub"),
    ("human", "can I talk to someone instead"),
    ("ask", "what happens if I am late?"),
    ("chat", "ok thanks"),
    ("cancel", "no, leave everything as it is"),
    ("unclear", "that's ridiculous"),
)
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
    "text": ("make it out to Smith Ltd please", "Smith Ltd"),
}
_CHOICES = ("the one by the sea, please", "I think it was the one in May")
_OTHER_CHOICE = ("no, I meant the other one in Madrid", "the other one in Madrid")
_MOST_EXAMPLES = 6
_MOST_QUESTIONS = 30


def prefix(desk: Desk) -> tuple[Message, ...]:
    """The fixed part: what the desk can do, and examples of every kind of command."""
    open_ = [p for p in desk.procedures.values() if not p.internal]
    procedures = "\n".join(f"{p.name} - {p.description}" for p in open_)
    pairs = _spread(
        [(f"start {p.name}", text) for p in open_ for text in p.examples[:_MOST_EXAMPLES]],
        [("ask", question) for question in _questions(desk)],
        list(_GENERAL),
        _within(open_),
    )
    examples = "\n".join(f"{text} => {command}" for command, text in pairs)
    content = _HEAD.format(name=desk.name, procedures=procedures, examples=examples)
    return (Message("system", content),)


Pair = tuple[str, str]
"""A command, and a message that means it."""


def _spread(*kinds: list[Pair]) -> list[Pair]:
    """All pairs, each kind spread evenly, so that no kind has the last word."""
    placed = [
        ((index + 0.5) / len(kind), order, pair)
        for order, kind in enumerate(kinds)
        for index, pair in enumerate(kind)
    ]
    return [pair for _, _, pair in sorted(placed, key=lambda item: item[:2])]


def _questions(desk: Desk) -> list[str]:
    """Questions that the knowledge answers, the first of each article."""
    first = dict.fromkeys(a.questions[0] for a in desk.articles if a.questions)
    return list(first)[:_MOST_QUESTIONS]


def _within(procedures: list[Procedure]) -> list[Pair]:
    """Examples in the middle of a procedure, made from the desk's own names."""
    pairs: list[Pair] = []
    for index, procedure in enumerate(procedures):
        name = procedure.name
        general = _WITHIN[index % len(_WITHIN)]
        waiting = [("yes or no", None)]
        for node in procedure.nodes.values():
            match node:
                case Choose():
                    waiting.append((f"which {node.name}", None))
                    text = _CHOICES[index % len(_CHOICES)]
                    pairs.append(("answer", bracketed(name, f"which {node.name}", text)))
                case Collect():
                    slot = procedure.slots[node.slot]
                    waiting.append((slot.name, None))
                    texts = _ANSWERS.get(slot.type, ())
                    pairs += [
                        ("answer", bracketed(name, slot.name, text))
                        for text in texts[index % 2 :: 2] or texts
                    ]
        pairs += [
            (f"set {slot.name} {words}", bracketed(name, "yes or no", text))
            for slot in procedure.slots.values()
            if slot.type in _CORRECTIONS
            for text, words in [_CORRECTIONS[slot.type]]
        ][:2]
        if len(waiting) > 1:
            other = procedures[index - 1]
            command, text = general
            pairs.append((command, bracketed(name, waiting[index % len(waiting)][0], text)))
            if other.examples:
                asked = waiting[(index + 1) % len(waiting)][0]
                pairs.append((f"start {other.name}", bracketed(name, asked, other.examples[-1])))
        if index % 3 == 0 and any(isinstance(n, Choose) for n in procedure.nodes.values()):
            text, words = _OTHER_CHOICE
            pairs.append((f"choose {words}", bracketed(name, "yes or no", text)))
    return pairs


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
    return Message("user", f"{bracketed(procedure, waiting, message)} =>")


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
