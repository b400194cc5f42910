"""The prompt: a prefix of the same bytes for everybody, and a turn within its budget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.prompts.commands import parse
from frontdesk.prompts.understanding import (
    MESSAGE_TOKENS,
    bracketed,
    clip,
    prefix,
    tokens,
    turn,
)
from frontdesk.types.commands import Simple
from frontdesk.types.desk import Article, Customer, Desk, ModelChoice
from frontdesk.types.generation import Message
from frontdesk.types.procedures import Choose, Collect, End, Example, Procedure, Slot


def procedure(name: str, **changes: Any) -> Procedure:
    given: dict[str, Any] = {
        "name": name,
        "title": {"en": name.title()},
        "description": f"The customer wants to {name}.",
        "examples": (Example(f"please {name}"), Example("HB-1042", {"ref": "HB-1042"})),
        "slots": {"ref": Slot("ref", "text"), "day": Slot("day", "date")},
        "nodes": {
            "a": Collect("a", "ref", "b"),
            "b": Choose("b", "booking", "rows", None, "id", (), {}, {}, "end", "end"),
            "end": End("end"),
        },
        "first": "a",
    }
    return Procedure(**given | changes)


def desk(*procedures: Procedure, **changes: Any) -> Desk:
    given: dict[str, Any] = {
        "id": "small",
        "name": "Small & Co",
        "digest": "d",
        "languages": ("en",),
        "timezone": ZoneInfo("UTC"),
        "currency": "EUR",
        "model": ModelChoice("none"),
        "procedures": {one.name: one for one in procedures},
        "tools": {},
        "articles": (Article("a", "A", "", "text", ("How long?",)),),
    }
    return Desk(**given | changes)


DESK = desk(procedure("cancel"), procedure("move"), procedure("secret", internal=True))


def text_of(messages: tuple[Message, ...]) -> str:
    return "\n".join(f"{message.role}: {message.content}" for message in messages)


def test_the_prefix_is_the_same_for_the_same_desk() -> None:
    again = desk(procedure("cancel"), procedure("move"), procedure("secret", internal=True))
    assert prefix(DESK) == prefix(again)


def test_the_prefix_knows_nothing_of_who_is_there() -> None:
    """Whatever changes without the desk's words must not throw the cached computation away."""
    other = desk(
        procedure("cancel"),
        procedure("move"),
        procedure("secret", internal=True),
        digest="other",
        customers=(Customer("ana", "Ana Sousa"),),
        secret_env="SECRET",
        act=0.9,
        message_characters=10,
    )
    assert prefix(DESK) == prefix(other)


@pytest.mark.parametrize(
    "changed",
    [
        desk(procedure("cancel"), procedure("move", description="Else.")),
        desk(procedure("cancel"), procedure("move", examples=(Example("shift it"),))),
        desk(procedure("cancel"), procedure("move"), name="Other"),
        desk(procedure("cancel"), procedure("move"), articles=()),
        desk(procedure("move"), procedure("cancel")),
    ],
)
def test_what_the_desk_says_is_in_the_prefix(changed: Desk) -> None:
    assert prefix(changed) != prefix(desk(procedure("cancel"), procedure("move")))


def test_the_prefix_names_what_can_be_started_and_no_more() -> None:
    text = text_of(prefix(DESK))
    assert "Small & Co" in text
    assert "] - The customer wants to cancel." in text
    assert "secret" not in text
    assert "user: please cancel" in text
    assert "assistant: start cancel\nset ref HB-1042" in text
    assert "user: How long?\nassistant: ask" in text


def test_the_prefix_is_a_chat() -> None:
    system, *rest = prefix(DESK)
    assert system.role == "system"
    assert [message.role for message in rest] == ["user", "assistant"] * (len(rest) // 2)
    assert all(message.content.strip() for message in rest)


def test_every_command_of_an_example_is_one() -> None:
    for message in prefix(DESK):
        if message.role == "assistant" and message.content != "unclear":
            assert Simple("unclear") not in parse(message.content)


def test_a_desk_of_one_procedure_and_no_knowledge_has_a_prefix() -> None:
    assert len(prefix(desk(procedure("cancel", examples=(), slots={}, nodes={}), articles=()))) > 3
    assert prefix(desk(articles=()))[0].role == "system"


def test_a_name_with_braces_is_only_a_name() -> None:
    text = text_of(prefix(desk(procedure("cancel", description="{name} {0}"), name="{procedures}")))
    assert "] - {name} {0}" in text
    assert "{procedures}" in text


def test_a_turn_says_where_the_conversation_stands() -> None:
    assert turn("cancel", "which booking", "HB-1") == Message(
        "user", "(cancel: which booking) HB-1"
    )
    assert bracketed("after cancel", "", "and?") == "(after cancel) and?"
    assert bracketed("", "", "hi") == "hi"


# -- the budget -------------------------------------------------------------------------------

LONG = " ".join(f"word{i}" for i in range(400))


def test_a_short_message_is_left_alone_but_for_its_spaces() -> None:
    assert clip("  cancel\n HB-1042 ") == "cancel HB-1042"
    assert clip("") == ""


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    clipped = clip(LONG)
    assert tokens(clipped) <= MESSAGE_TOKENS
    head, tail = clipped.split(" … ")
    assert head.startswith("word0 word1")
    assert tail.endswith("word398 word399")
    assert LONG.startswith(head)
    assert LONG.endswith(tail)


def test_most_of_the_budget_is_used() -> None:
    assert tokens(clip(LONG)) > MESSAGE_TOKENS * 0.7


def test_a_message_without_spaces_is_cut_between_letters() -> None:
    text = "我想取消我的预订因为我女儿病了" * 40
    head, tail = clip(text).split("…")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert head
    assert tail


@given(st.text(max_size=400), st.integers(8, 60))
@settings(max_examples=60)
def test_whatever_is_written_the_budget_is_nearly_kept(text: str, budget: int) -> None:
    assert tokens(clip(text, budget)) <= budget + 1


@pytest.mark.parametrize("text", [LONG, "我想取消我的预订因为我女儿病了" * 40])
def test_any_budget_is_kept(text: str) -> None:
    for budget in range(8, 60):
        assert tokens(clip(text, budget)) <= budget


def test_one_endless_word_beside_others_keeps_something_of_it() -> None:
    clipped = clip("see " + "x1" * 3000 + " thanks")
    assert "x1" in clipped


@pytest.mark.parametrize("text", ["hello there", "HB-1042", "退款", "مرحبا", "🙂", "Évora"])
def test_every_text_costs_something(text: str) -> None:
    assert tokens(text) >= 1
    assert tokens(text * 2) > tokens(text)


def test_translated_articles_make_the_prefix_no_longer() -> None:
    translated = (*DESK.articles, Article("a", "A", "", "texto", ("¿Cuánto tarda?",), "es"))
    assert prefix(replace(DESK, articles=translated)) == prefix(DESK)
