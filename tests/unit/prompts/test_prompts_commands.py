"""From what a model wrote to commands; whatever it wrote, nothing raises."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.prompts.commands import MOST_COMMANDS, first_lines, parse, readings
from frontdesk.types.commands import PROPOSABLE, Choose, Command, Set, Simple, Start, render
from frontdesk.types.generation import Alternative, Token
from frontdesk.types.legal import Legal, Words

UNCLEAR = Simple("unclear")


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("start cancel", (Start("cancel"),)),
        ("start cancel\nset day 14 May\n", (Start("cancel"), Set("day", "14 May"))),
        ("choose the one in Porto", (Choose("the one in Porto"),)),
        ("  ask  ", (Simple("ask"),)),
        ("ask\n\n\nask", (Simple("ask"),)),
        ("answer", (Simple("answer"),)),
        ("", ()),
        ("  \n ", ()),
        ("start", (UNCLEAR,)),
        ("start two words", (UNCLEAR,)),
        ("set day", (UNCLEAR,)),
        ("set", (UNCLEAR,)),
        ("choose ", (UNCLEAR,)),
        ("asking", (UNCLEAR,)),
        ("ASK", (UNCLEAR,)),
        ("yes", (UNCLEAR,)),
        ("press yes:abc", (UNCLEAR,)),
        ("yes_no yes", (UNCLEAR,)),
        ('{"command": "start"}', (UNCLEAR,)),
        ("rm -rf /", (UNCLEAR,)),
    ],
)
def test_commands_are_read_line_by_line(text: str, commands: tuple[Command, ...]) -> None:
    assert parse(text) == commands


def test_an_endless_answer_is_cut() -> None:
    assert len(parse("\n".join(f"start p{i}" for i in range(100)))) == MOST_COMMANDS


@given(st.text())
def test_garbage_never_raises(text: str) -> None:
    for command in parse(text):
        assert isinstance(command, PROPOSABLE)


COMMANDS: list[Command] = [
    Start("cancel"), Set("day", "14 May"), Choose("the one in Porto"), *map(
        Simple, ("answer", "cancel", "ask", "human", "chat", "unclear")
    ),
]  # fmt: skip


@given(st.lists(st.sampled_from(COMMANDS), unique=True, max_size=MOST_COMMANDS))
def test_what_is_rendered_is_read_back(commands: list[Command]) -> None:
    assert list(parse("\n".join(map(render, commands)))) == commands


# -- readings ---------------------------------------------------------------------------------

LEGAL = Legal(starts={"cancel": {}, "move": {}}, sets={"day": Words(("14 May",))}, cancel=True)


def token(text: str, probability: float, **others: float) -> Token:
    alternatives = [(text, probability), *others.items()]
    return Token(
        text,
        math.log(probability),
        tuple(Alternative(word.replace("_", " "), math.log(p)) for word, p in alternatives),
    )


def probabilities(*tokens: Token, legal: Legal = LEGAL) -> dict[tuple[Command, ...], float]:
    found = readings("".join(t.text for t in tokens), tokens, legal)
    return {reading.commands: pytest.approx(reading.confidence) for reading in found}


def test_without_probabilities_the_model_is_believed() -> None:
    (reading,) = readings("start cancel", (), LEGAL)
    assert (reading.commands, reading.confidence) == ((Start("cancel"),), 1.0)


def test_nothing_written_is_unclear() -> None:
    assert readings("", (), LEGAL)[0].commands == (UNCLEAR,)


def test_the_first_lines_are_the_legal_ones() -> None:
    assert first_lines(LEGAL) == [
        "start cancel", "start move", "set day ", "cancel", "ask", "human", "chat", "unclear",
    ]  # fmt: skip
    assert first_lines(Legal()) == ["ask", "human", "chat", "unclear"]
    assert {"choose ", "answer"} <= set(first_lines(Legal(choose=True, answer=True)))


def test_a_token_that_leads_elsewhere_is_another_reading() -> None:
    found = probabilities(token("start", 0.6, ask=0.3, human=0.1), token(" cancel", 1.0))
    assert found == {(Start("cancel"),): 0.6, (Simple("ask"),): 0.3, (Simple("human"),): 0.1}


def test_what_the_grammar_forbids_takes_no_part() -> None:
    """Of 0.3 for "start", 0.1 for "ask" and 0.6 for a word that can't stand there."""
    found = probabilities(token("start", 0.3, ask=0.1, Sure=0.6), token(" cancel", 1.0))
    assert found[(Start("cancel"),)] == 0.75
    assert found[(Simple("ask"),)] == 0.25


def test_probabilities_multiply_up_to_where_it_is_decided() -> None:
    first = token("start", 0.5, ask=0.5)
    found = probabilities(first, token(" cancel", 0.8, _move=0.2), token("\nset x", 0.1))
    assert found == {
        (Start("cancel"), UNCLEAR): 0.4,
        (Simple("ask"),): 0.5,
        (Start("move"),): pytest.approx(0.1),
    }


def test_a_command_in_pieces() -> None:
    found = probabilities(
        token("st", 0.9, a=0.1), token("art ", 1.0), token("can", 0.7, mo=0.3), token("cel", 0.5)
    )
    assert found[(Start("cancel"),)] == pytest.approx(0.63)
    assert found[(Start("move"),)] == pytest.approx(0.27)
    assert found[(Simple("ask"),)] == pytest.approx(0.1)


def test_a_value_is_no_reading_of_its_own() -> None:
    """Without its words a `set` says nothing."""
    found = readings("ask", (token("ask", 0.5, set_day_=0.5),), LEGAL)
    assert [reading.commands for reading in found] == [(Simple("ask"),)]


def test_the_sum_is_never_more_than_one() -> None:
    found = readings(
        "start cancel",
        (token("start", 0.4, ask=0.3, human=0.2, chat=0.1), token(" cancel", 0.5, _move=0.5)),
        LEGAL,
    )
    assert sum(reading.confidence for reading in found) <= 1.0 + 1e-9
    assert found[0].commands == (Start("cancel"),)
    rest = [reading.confidence for reading in found[1:]]
    assert rest == sorted(rest, reverse=True)


def test_the_readings_of_a_token_that_leads_to_several() -> None:
    """ "st" leads to both procedures; naming only the first of them is a guess."""
    found = readings("ask", (token("ask", 0.5, start=0.5),), LEGAL)
    assert [reading.commands for reading in found] != [(Simple("ask"),), (Start("cancel"),)]


WRITTEN = st.lists(
    st.builds(
        Token,
        st.sampled_from(["start", " cancel", "st", "ask", "", "\n", "x", "set day "]),
        st.floats(-50, 0),
        st.lists(
            st.builds(Alternative, st.sampled_from(["ask", "start", "", "hu"]), st.floats(-50, 0)),
            max_size=3,
        ).map(tuple),
    ),
    max_size=5,
)


@given(st.text(max_size=20), WRITTEN)
def test_any_tokens_give_probabilities(text: str, tokens: list[Token]) -> None:
    found = readings(text, tokens, LEGAL)
    assert found
    assert all(0 <= reading.confidence <= 1 + 1e-9 for reading in found)
