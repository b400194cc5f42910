"""What may be proposed, as a regular expression and in GBNF."""

from __future__ import annotations

import re

import pytest

from frontdesk.prompts.lines import LONGEST, gbnf, regex
from frontdesk.types.legal import Legal, Words

LEGAL = Legal(
    starts={"cancel": {}, "move": {"day": Words(("14 May",)), "note": Words(any_run=True)}},
    sets={"why": Words(any_run=True)},
    answer=True,
    choose=True,
    cancel=True,
)


def allowed(text: str, legal: Legal = LEGAL) -> bool:
    return re.fullmatch(regex(legal), text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "ask", "human", "chat", "unclear", "answer", "cancel", "choose the second one",
        "set why it rains", "set why it rains\nset why it pours", "start cancel",
        "start move\nset day 14 May\nset note bring the dog", "ask\nstart cancel",
        "start cancel\nstart move\nset day 14 May",
    ],
)  # fmt: skip
def test_a_legal_answer(text: str) -> None:
    assert allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Ask", "ask ", "start dance", "start cancel\nset note x", "start move\nset day 15 May",
        "set day 14 May", "set why ", "choose ", "start cancel\nask", "human\nhuman",
        "start cancel\nstart cancel\nstart cancel", f"set why {'x' * (LONGEST + 1)}",
    ],
)  # fmt: skip
def test_an_illegal_answer(text: str) -> None:
    assert not allowed(text)


def test_what_is_not_legal_now_is_not_offered() -> None:
    for text in ("answer", "cancel", "choose it", "set why x", "start cancel"):
        assert not allowed(text, Legal())
    assert not allowed("ask", Legal(starts={"cancel": {}}, talk=False))


def test_so_many_values_as_a_request_surely_brings() -> None:
    legal = Legal(starts={"move": {"note": Words(any_run=True)}}, talk=False, least=1)
    assert not allowed("start move", legal)
    assert allowed("start move\nset note x", legal)


@pytest.mark.parametrize("words", ["a.b", "what? (no)", "[x]{2}|^$", "back\\slash", 'say "hi"'])
def test_what_the_customer_wrote_cannot_become_a_pattern(words: str) -> None:
    legal = Legal(sets={"a": Words((words,))})
    assert allowed(f"set a {words}", legal)
    assert not allowed("set a axb", legal)


def test_gbnf_is_one_rule_with_quoted_words() -> None:
    legal = Legal(starts={"go": {}}, sets={"a": Words(('say "hi"\\\x07', "x"), any_run=True)})
    request = '("start go")'
    value = r'("say \"hi\"\\\U00000007"|"x"|[^\n]+)'
    setting = f'"set " ("a " {value}) ("\\U0000000Aset " ("a " {value})){{0,1}}'
    others = f'"ask"|"human"|"chat"|"unclear"|{setting}'
    assert gbnf(legal) == f'root ::= ({request}|{others}) ("\\U0000000A" {request}){{0,1}}'
