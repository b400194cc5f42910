"""The grammar of a turn offers what is legal and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from frontdesk.prompts.grammar import compile_grammar
from frontdesk.types.legal import Legal, Words


def rules(legal: Legal, message: str = "hello") -> dict[str, str]:
    lines = compile_grammar(legal, message).splitlines()
    assert lines[0] == "%llguidance {}"
    return dict(line.split(": ", 1) for line in lines[1:])


def test_with_nothing_under_way_only_the_simple_commands() -> None:
    assert rules(Legal()) == {
        "start": "start: other".removeprefix("start: "),
        "other": '"ask" | "human" | "chat" | "unclear"',
    }


def test_each_procedure_with_its_own_slots() -> None:
    legal = Legal(
        starts={
            "cancel": {},
            "move": {"day": Words(("14 May",)), "note": Words(any_run=True)},
        }
    )
    made = rules(legal, "on 14 May")
    assert made["start"] == '(request | other) ("\\n" request)?'
    assert made["request"] == '"start cancel" | "start move" ("\\nset " set_move){0,2}'
    assert made["set_move"] == '"day " ("14 May") | "note " (RUN)'
    assert made["RUN"] == '%regex {"substring_words": "on 14 May"}'


@pytest.mark.parametrize(
    ("legal", "offered"),
    [
        (Legal(cancel=True), '"cancel"'),
        (Legal(answer=True), '"answer"'),
        (Legal(choose=True), '"choose " RUN'),
        (
            Legal(sets={"day": Words(("4 May",))}),
            '"set " set_here ("\\nset " set_here){0,1}',
        ),
    ],
)
def test_what_is_legal_is_offered(legal: Legal, offered: str) -> None:
    assert offered in rules(legal)["other"].split(" | ")
    assert offered not in rules(Legal())["other"].split(" | ")


def test_values_are_literals() -> None:
    legal = Legal(sets={"day": Words(("14 May", "15 May")), "kind": Words(("noise",))})
    assert rules(legal)["set_here"] == '"day " ("14 May" | "15 May") | "kind " ("noise")'
    assert "RUN" not in rules(legal)


@pytest.mark.parametrize("words", ['say "hi"', "a\\b", "two\nlines", "emoji 🙂", "tab\t", "%{}|/"])
def test_what_the_customer_wrote_cannot_become_grammar(words: str) -> None:
    legal = Legal(sets={"a": Words((words,)), "b": Words(any_run=True)})
    text = compile_grammar(legal, words)
    made = rules(legal, words)
    literal = re.search(r'"a " \((".*?(?<!\\)")\)', made["set_here"])
    assert literal
    assert json.loads(literal[1]) == words
    assert json.loads(made["RUN"].removeprefix("%regex ")) == {"substring_words": words}
    assert len(text.splitlines()) == 5


def test_a_language_without_spaces_is_cut_between_letters() -> None:
    legal = Legal(choose=True)
    for message in ("我要取消", "キャンセル", "ยกเลิก", "cancel 预订"):
        assert json.loads(rules(legal, message)["RUN"].removeprefix("%regex ")) == {
            "substring_chars": message
        }
    assert '"substring_words"' in rules(legal, "отменить")["RUN"]


def test_an_empty_message_still_has_a_grammar() -> None:
    assert rules(Legal(choose=True), "")["RUN"] == '%regex {"substring_words": "-"}'


def test_the_number_of_values_has_a_bound() -> None:
    legal = Legal(sets={f"s{i}": Words(("x",)) for i in range(9)})
    assert "{0,4}" in rules(legal)["other"]


def test_every_rule_that_is_named_is_there() -> None:
    legal = Legal(
        starts={"a": {"x": Words(any_run=True)}, "b": {"y": Words(("1",))}, "c": {}},
        sets={"z": Words(("2",), any_run=True)},
        answer=True,
        choose=True,
        cancel=True,
    )
    made = rules(legal)
    used = set()
    for rule in made.values():
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|%regex .*', " ", rule)
        used |= set(re.findall(r"[A-Za-z_]+", bare))
    assert used <= made.keys()
    assert made.keys() <= used | {"start"}
