"""Two opinions become one: both sure, one unsure, and what goes on with a procedure."""

from __future__ import annotations

import pytest

from frontdesk.intents.combine import combine, in_the_middle, kind
from frontdesk.types.commands import Choose, Command, Reading, Set, Simple, Start

CANCEL, MOVE, ASK = Start("cancel"), Start("move"), Simple("ask")


def reading(probability: float, *commands: Command) -> Reading:
    return Reading(commands, probability)


def best(lines: dict[str, float], *readings: Reading) -> Command:
    return combine(lines, readings)[0].commands[0]


def test_agreement_is_surer_than_either() -> None:
    found = combine({"start cancel": 0.6, "ask": 0.4}, [reading(0.6, CANCEL), reading(0.4, ASK)])
    assert found[0].commands == (CANCEL,)
    assert found[0].confidence > 0.65
    assert sum(one.confidence for one in found) == pytest.approx(1.0)


def test_the_surer_opinion_wins() -> None:
    assert (
        best({"start cancel": 0.97, "ask": 0.03}, reading(0.6, ASK), reading(0.3, CANCEL)) == CANCEL
    )
    assert best({"start cancel": 0.5, "ask": 0.3}, reading(0.95, ASK)) == ASK


def test_what_only_the_examples_know_is_a_reading_too() -> None:
    assert best({"start move": 0.9}, reading(0.4, ASK)) == MOVE


def test_the_words_of_the_model_are_kept() -> None:
    commands = (MOVE, Set("day", "the 4th"))
    found = combine({"start move": 0.9, "ask": 0.1}, [Reading(commands, 0.8)])
    assert found[0].commands == commands


def test_a_value_without_its_words_is_no_reading() -> None:
    found = combine({"set": 0.9, "ask": 0.1}, [reading(0.5, ASK)])
    assert [one.commands for one in found] == [(ASK,)]


def test_likely_readings_of_one_kind_count_together() -> None:
    sets = [reading(0.3, Set("a", "x")), reading(0.3, Set("b", "y"))]
    found = combine({"set": 0.5, "ask": 0.5}, [reading(0.4, ASK), *sets])
    assert found[0].commands == (Set("a", "x"),)


def test_what_resembles_the_procedure_under_way_goes_on_with_it() -> None:
    lines = {"start cancel": 0.6, "start move": 0.2, "ask": 0.2}
    found = in_the_middle(lines, {"cancel"}, {"answer": 1.0})
    assert found["answer"] > 0.6
    assert "start cancel" not in found
    assert found["start move"] < 0.2


def test_answers_and_corrections_are_shared_by_the_ways_to_go_on() -> None:
    lines = {"correct": 0.5, "answer reason": 0.3, "ask": 0.2}
    found = in_the_middle(lines, set(), {"set": 3.0, "choose": 1.0})
    assert found["set"] == pytest.approx(3 * found["choose"])
    assert sum(found.values()) == pytest.approx(1.0)


def test_agreement_that_code_did_not_see_is_asked_again() -> None:
    found = in_the_middle({"agree": 0.9, "cancel": 0.1}, {"cancel"}, {"unclear": 1.0})
    assert max(found, key=lambda line: found[line]) == "unclear"


@pytest.mark.parametrize(
    ("command", "said"),
    [(Set("a", "b"), "set"), (Choose("b"), "choose"), (CANCEL, "start cancel"), (ASK, "ask")],
)
def test_the_kind_is_the_command_without_its_words(command: Command, said: str) -> None:
    assert kind(command) == said
