"""The command language as JSON and back."""

from __future__ import annotations

import json
import math

import pytest

from frontdesk.prompts import json_form
from frontdesk.prompts.commands import readings
from frontdesk.types.commands import Set, Simple, Start
from frontdesk.types.generation import Alternative, Message, Token
from frontdesk.types.legal import Legal, Words

LEGAL = Legal(
    starts={"cancel": {}, "move": {"day": Words(("14 May",))}},
    sets={"day": Words(("15 May",)), "note": Words(any_run=True)},
    choose=True,
    cancel=True,
)


def test_the_schema_has_what_is_legal() -> None:
    items = json_form.schema(LEGAL)["properties"]["c"]["items"]["anyOf"]
    plain = ["start cancel", "start move", "cancel", "ask", "human", "chat", "unclear"]
    assert items[0] == {"type": "string", "enum": plain}
    values = {key: value for item in items[1:] for key, value in item["properties"].items()}
    assert values == {
        "set_day": {"type": "string", "enum": ["15 May", "14 May"]},
        "set_note": {"type": "string"},
        "choose": {"type": "string"},
    }
    assert all(item["additionalProperties"] is False for item in items[1:])


def test_a_single_kind_needs_no_choice() -> None:
    items = json_form.schema(Legal())["properties"]["c"]["items"]
    assert items == {"type": "string", "enum": ["ask", "human", "chat", "unclear"]}


LINES = 'start move\nset day 14 May\nset note he said "no"\nchoose the 2nd\ncancel'


def test_lines_become_json_and_lines_again() -> None:
    (answer,) = json_form.rewritten([Message("assistant", LINES)])
    assert json.loads(answer.content) == {
        "c": ["start move", {"set_day": "14 May"}, {"set_note": 'he said "no"'},
              {"choose": "the 2nd"}, "cancel"]
    }  # fmt: skip
    assert json_form.lines(answer.content) == LINES


def test_only_the_instructions_and_the_answers_change() -> None:
    messages = [Message("system", "Rules."), Message("user", "start x"), Message("assistant", "a")]
    system, user, assistant = json_form.rewritten(messages)
    assert system.content.startswith("Rules.\n\nWrite the commands as JSON")
    assert user == messages[1]
    assert assistant.content == '{"c":["a"]}'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"c": ["ask", {"set_note": "it ra', "ask\n"),
        ('{"c": ["ask", "hum', "ask"),
        ('{"c": ["ask"', "ask"),
        ('{"c": []}', ""),
        ('{"d": ["ask"]}', ""),
        ('["ask"]', ""),
        ('{"c": ["ask", 3, ["x"], {"a": "1", "b": "2"}]}', "ask\n\n\n"),
        ('{"c": [{"set_note": "two\\nlines"}, "start\\nx"]}', "set note two lines\nstart x"),
        ("start cancel", "start cancel"),
    ],
)  # fmt: skip
def test_an_answer_that_is_cut_off_or_odd(text: str, lines: str) -> None:
    assert json_form.lines(text).rstrip("\n") == lines.rstrip("\n")


def token(text: str, probability: float, **others: float) -> Token:
    found = [(text, probability), *others.items()]
    return Token(text, math.log(probability), tuple(Alternative(t, math.log(p)) for t, p in found))


def test_the_brackets_decide_nothing() -> None:
    tokens = (
        token('{"', 0.3, Sure=0.7),
        token('c":', 1.0),
        token(' ["', 0.5, **{'["': 0.5}),
        token("start", 0.6, ask=0.3, no=0.1),
        token(" cancel", 0.75, **{" move": 0.25}),
        token('"]}', 0.1),
    )
    found = readings("start cancel", tokens, LEGAL, in_json=True)
    assert found[0].commands == (Start("cancel"),)
    assert found[0].confidence == pytest.approx(0.5)
    others = {reading.commands: reading.confidence for reading in found[1:]}
    assert others == {
        (Simple("ask"),): pytest.approx(1 / 3),
        (Start("move"),): pytest.approx(1 / 6),
    }


def test_a_value_is_decided_by_its_key() -> None:
    tokens = (
        token('{"c":[', 1.0),
        token('{"', 0.8, **{'"': 0.2}),
        token("set_", 0.5, choose=0.5),
        token("note", 1.0),
        token('": "', 1.0),
        token("rain", 0.01),
        token('"}]}', 1.0),
    )
    found = readings("set note rain", tokens, LEGAL, in_json=True)
    assert found[0].commands == (Set("note", "rain"),)
    assert found[0].confidence == pytest.approx(0.4)
