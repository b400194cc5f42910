"""The examples that teach what messages mean: the desk's own, and what every desk understands."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from frontdesk.types.desk import Desk
from frontdesk.types.procedures import Procedure, Slot

Labelled = tuple[str, str]
"""A message, and what it means: the first command as a line, or an option's name."""


def labelled(desk: Desk) -> list[Labelled]:
    """What starts a conversation: requests, the articles' questions, and what is said anywhere."""
    return [*_own(desk), *_general(_ANYWHERE)]


def labelled_within(desk: Desk) -> list[Labelled]:
    """What is said in the middle of a procedure: the same, and answers and corrections.

    The texts that the procedures' examples hold show how the question for such a text is answered.
    """
    answers = [
        (words, f"answer {slot.name}")
        for procedure in desk.procedures.values()
        for slot in procedure.slots.values()
        if slot.type == "text"
        for words in dict.fromkeys(e.values.get(slot.name, "") for e in procedure.examples)
        if words
    ]
    return [*_own(desk), *answers, *_general((*_ANYWHERE, *_WITHIN))]


def labelled_texts(procedure: Procedure, slot: Slot, not_said: str) -> list[Labelled]:
    """Whether the procedure's examples bring a text along; none if they don't teach it."""
    said = [(e.text, slot.name if slot.name in e.values else not_said) for e in procedure.examples]
    return said if slot.type == "text" and len({label for _, label in said}) > 1 else []


def _own(desk: Desk) -> list[Labelled]:
    procedures = [
        (example.text, f"start {procedure.name}")
        for procedure in desk.procedures.values()
        if not procedure.internal
        for example in procedure.examples
    ]
    questions = dict.fromkeys(q for article in desk.articles for q in article.questions)
    return [*procedures, *((question, "ask") for question in questions)]


def labelled_options(procedure: Procedure, slot: Slot, not_said: str) -> list[Labelled]:
    """Which option of a choice the procedure's examples name; none if they don't teach it."""
    said = [
        (example.text, example.values.get(slot.name, not_said)) for example in procedure.examples
    ]
    if slot.type != "choice" or len({option for _, option in said}) < 2:
        return []
    words = [(word, o.name) for o in slot.options for word in (*o.title.values(), *o.synonyms)]
    return [*said, *words]


_ANYWHERE = ("human", "chat", "unclear")
_WITHIN = ("cancel", "correct", "agree")


@cache
def _general(kinds: tuple[str, ...]) -> tuple[Labelled, ...]:
    text = resources.files("frontdesk.intents").joinpath("general.toml").read_text("utf-8")
    says = tomllib.loads(text)
    return tuple((say, kind) for kind in kinds for say in says[kind])
