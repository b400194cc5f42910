"""The examples that teach what messages mean: the desk's own, and what every desk understands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from frontdesk.languages.detect import detect
from frontdesk.types.desk import Desk
from frontdesk.types.procedures import Procedure, Slot


@dataclass(frozen=True)
class Labelled:
    """A message that means something."""

    text: str
    label: str
    """The first command as a line, or an option's name."""
    language: str
    """Its ISO 639 code."""


def labelled(desk: Desk) -> list[Labelled]:
    """What starts a conversation: requests, the articles' questions, and what is said anywhere."""
    return [*_own(desk), *_general(desk, _ANYWHERE)]


def labelled_within(desk: Desk) -> list[Labelled]:
    """What is said in the middle of a procedure: the same, and answers and corrections.

    The texts that the procedures' examples hold show how the question for such a text is answered.
    """
    answers = [
        Labelled(words, f"answer {slot.name}", example.language or desk.language)
        for procedure in desk.procedures.values()
        for slot in procedure.slots.values()
        if slot.type == "text"
        for example in procedure.examples
        if (words := example.values.get(slot.name))
    ]
    return [*_own(desk), *dict.fromkeys(answers), *_general(desk, (*_ANYWHERE, *_WITHIN))]


def labelled_texts(
    procedure: Procedure, slot: Slot, not_said: str, language: str
) -> list[Labelled]:
    """Whether the procedure's examples bring a text along; none if they don't teach it."""
    said = [
        Labelled(e.text, slot.name if slot.name in e.values else not_said, e.language or language)
        for e in procedure.examples
    ]
    return said if slot.type == "text" and len({one.label for one in said}) > 1 else []


def _own(desk: Desk) -> list[Labelled]:
    procedures = [
        Labelled(example.text, f"start {procedure.name}", example.language or desk.language)
        for procedure in desk.procedures.values()
        if not procedure.internal
        for example in procedure.examples
    ]
    questions = [Labelled(q, "ask", a.language) for a in desk.articles for q in a.questions]
    return [*procedures, *dict.fromkeys(questions)]


def labelled_options(
    procedure: Procedure, slot: Slot, not_said: str, language: str
) -> list[Labelled]:
    """Which option of a choice the procedure's examples name; none if they don't teach it."""
    said = [
        Labelled(e.text, e.values.get(slot.name, not_said), e.language or language)
        for e in procedure.examples
    ]
    if slot.type != "choice" or len({one.label for one in said}) < 2:
        return []
    titles = [Labelled(t, o.name, code) for o in slot.options for code, t in o.title.items()]
    synonyms = [
        Labelled(word, option.name, _language_of(word, language))
        for option in slot.options
        for word in option.synonyms
    ]
    return [*said, *titles, *synonyms]


def _language_of(word: str, language: str) -> str:
    """Synonyms of all languages stand in one list; where it is doubtful, it is the first one."""
    found = detect(word)
    return found.language if found else language


_ANYWHERE = ("human", "chat", "unclear")
_WITHIN = ("cancel", "correct", "agree")


def _general(desk: Desk, kinds: tuple[str, ...]) -> Iterator[Labelled]:
    """The built-in phrases: the English ones, which are most, and those of the desk's languages."""
    for language in dict.fromkeys(("en", *desk.languages)):
        says = _phrases(language)
        yield from (Labelled(say, kind, language) for kind in kinds for say in says.get(kind, ()))


@cache
def _phrases(language: str) -> dict[str, list[str]]:
    name = "general.toml" if language == "en" else f"general.{language}.toml"
    file = resources.files("frontdesk.intents").joinpath(name)
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
