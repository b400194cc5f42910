"""Who decides what a message means: code, the examples, the model, or the last two together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from understanding_desk import (
    CANCELLING,
    DATING,
    DESCRIBING,
    DESK,
    KIND,
    MOVING,
    NOW,
    PICKING,
    REPORTING,
    REST,
    STAYING,
    Says,
)

from frontdesk.engine.understand import understand
from frontdesk.errors import EngineDied, EngineTimeout, RequestRefused
from frontdesk.procedures.admit import Message
from frontdesk.testing import ScriptedModel
from frontdesk.types.commands import Choose, Command, Reading, Set, Simple, Start
from frontdesk.types.events import Understood
from frontdesk.types.generation import Completion, Generation, Usage
from frontdesk.types.hint import Hint
from frontdesk.types.state import State, Turn

ASK, CHAT, UNCLEAR, CANCEL = Simple("ask"), Simple("chat"), Simple("unclear"), Start("cancel")
LONG = "there is water under the boiler and it drips on the floor of the kitchen all night"


class CostlyModel(ScriptedModel):
    """Says what each call costs."""

    def __init__(self, answers: Sequence[str | Exception], *prompts: int) -> None:
        super().__init__(answers)
        self.prompts = list(prompts)

    async def generate(self, request: Generation) -> Completion:
        completion = await super().generate(request)
        return replace(completion, usage=Usage(self.prompts.pop(0), 100, 4))


@dataclass(frozen=True)
class Heard:
    """What was understood, and what the model was asked for it."""

    event: Understood
    requests: list[Generation]

    @property
    def by(self) -> str:
        return self.event.by

    @property
    def readings(self) -> tuple[Reading, ...]:
        return self.event.understanding.readings

    @property
    def commands(self) -> tuple[Command, ...]:
        return self.readings[0].commands

    def grammar(self, place: int) -> str:
        """What the model could write, without the words of the message."""
        asked = self.requests[place].constraint
        assert asked is not None
        assert asked.lark is not None
        return "\n".join(line for line in asked.lark.splitlines() if "%" not in line)


async def heard(
    text: str,
    *answers: str | Exception,
    state: State = REST,
    model: ScriptedModel | None = None,
    **hint: Any,
) -> Heard:
    """A message, what the model answers to it, and what the examples say of it."""
    model = model or ScriptedModel(answers)
    vague: dict[str, Any] = {"lines": {"ask": 0.4, "chat": 0.3, "human": 0.3}}
    vague["within"] = {"ask": 0.4, "cancel": 0.3, "correct": 0.3}
    intents = Says(Hint(**vague | hint))
    found = await understand(model, intents, DESK, state, Message("t9", text), NOW)
    return Heard(found, model.requests)


# -- with nothing under way -------------------------------------------------------------------


async def test_sure_examples_need_no_model() -> None:
    found = await heard("it's off", lines={"start cancel": 0.9, "ask": 0.1})
    assert (found.by, found.commands, found.requests) == ("examples", (CANCEL,), [])
    assert found.event.model_calls == 0
    assert found.event.prompt_tokens == found.event.generated_tokens == 0
    assert found.event.confidence == found.readings[0].confidence > 0.8
    assert [one.commands for one in found.readings] == [(CANCEL,), (ASK,)]


@pytest.mark.parametrize(("sure", "calls"), [(0.75, 0), (0.74, 1)])
async def test_how_sure_the_examples_must_be_alone(sure: float, calls: int) -> None:
    found = await heard("it's off", lines={"start cancel": sure, "ask": 1 - sure})
    assert (found.event.model_calls, len(found.requests)) == (calls, calls)
    assert found.by == ("model" if calls else "examples")


async def test_nobody_is_surely_unclear() -> None:
    found = await heard("it's off", "ask", lines={"unclear": 0.9, "ask": 0.1})
    assert len(found.requests) == 1


async def test_unsure_opinions_are_pooled() -> None:
    lines = {"start cancel": 0.6, "start move": 0.3, "ask": 0.1}
    agreed = await heard("it's off", "start cancel", lines=lines)
    assert (agreed.by, agreed.commands) == ("model", (CANCEL,))
    assert agreed.event.confidence > 0.9
    disagreed = await heard("it's off", "ask", lines=lines)
    assert [one.commands for one in disagreed.readings] == [(ASK,), (CANCEL,), (Start("move"),)]
    assert agreed.event.confidence > disagreed.event.confidence
    assert sum(one.confidence for one in disagreed.readings) == pytest.approx(1.0)


async def test_examples_that_know_outweigh_a_model_that_errs() -> None:
    found = await heard("it's off", "chat", lines={"start cancel": 0.7, "ask": 0.3})
    assert found.commands == (CANCEL,)


async def test_of_two_requests_the_model_tells() -> None:
    lines = {"start cancel": 0.9, "ask": 0.1}
    both = await heard("off, and move it", "start cancel\nstart move", lines=lines, several=True)
    assert both.commands == (CANCEL, Start("move"))
    assert (both.by, len(both.requests)) == ("model", 1)


async def test_without_examples_the_model_decides_alone() -> None:
    model = ScriptedModel(["start report\nset kind noise"])
    found = await understand(model, None, DESK, REST, Message("t9", "they shout"), NOW)
    assert found.understanding.readings == (Reading((Start("report"), Set("kind", "noise")), 1.0),)
    assert (found.by, found.model_calls) == ("model", 1)


@pytest.mark.parametrize(
    ("text", "state", "command"),
    [("thanks", REST, CHAT), ("porto", PICKING, Choose("porto")), ("!!", REST, UNCLEAR)],
)
async def test_what_code_knows_is_asked_of_nobody(text: str, state: State, command: Any) -> None:
    found = await heard(text, state=state, lines={"ask": 1.0}, within={"ask": 1.0})
    assert (found.by, found.commands, found.requests) == ("code", (command,), [])
    assert (found.event.confidence, found.event.model_calls) == (1.0, 0)


async def test_a_button_is_no_message() -> None:
    pressed = replace(REST, turn=Turn("t9", "button", "start:move"))
    assert (await heard("start:move", state=pressed)).by == "code"


LINES = {"ask": 0.6, "start cancel": 0.4}


@pytest.mark.parametrize(
    ("text", "finished", "command"),
    [
        ("the second trip goes as well", "cancel", CANCEL),
        ("my second trip goes there as well", "cancel", ASK),
        ("the second trip goes as well", "", ASK),
        ("the second trip goes as well", "report", ASK),
    ],
)
async def test_a_few_words_may_ask_for_the_same_again(
    text: str, finished: str, command: Command
) -> None:
    """Six words or less, right behind what was finished."""
    state = replace(REST, finished=finished)
    assert (await heard(text, "unclear", state=state, lines=LINES)).commands == (command,)


async def test_a_few_words_behind_something_are_less_sure() -> None:
    lines = {"ask": 0.8, "start cancel": 0.2}
    assert not (await heard("the second trip", state=REST, lines=lines)).requests
    after = replace(REST, finished="cancel")
    assert (await heard("the second trip", state=after, lines=lines)).requests


# -- when the model fails ---------------------------------------------------------------------


@pytest.mark.parametrize("error", [EngineTimeout("too slow"), RequestRefused("too long")])
async def test_a_model_that_fails_leaves_nobody(error: Exception) -> None:
    found = await heard("it is so", error)
    assert (found.by, found.readings, found.event.confidence) == ("nobody", (), 0.0)
    assert found.event.understanding.raw == str(error)
    assert found.event.model_calls == 0


async def test_an_engine_that_died_is_asked_once_more() -> None:
    again = await heard("it is so", EngineDied(), "ask")
    assert (again.by, again.commands, len(again.requests)) == ("model", (ASK,), 2)
    assert again.requests[0] == again.requests[1]
    dead = await heard("it is so", EngineDied(), EngineDied(), "ask")
    assert (dead.by, len(dead.requests)) == ("nobody", 2)


# -- in the middle ----------------------------------------------------------------------------


@pytest.mark.parametrize(("sure", "calls"), [(0.9, 0), (0.89, 1)])
async def test_how_sure_the_examples_must_be_in_the_middle(sure: float, calls: int) -> None:
    within = {"ask": sure, "correct": 1 - sure}
    found = await heard("what about pets", "ask", state=CANCELLING, within=within)
    assert (found.commands, len(found.requests)) == ((ASK,), calls)


@pytest.mark.parametrize("line", ["correct", "answer details", "agree", "unclear", "start cancel"])
async def test_what_goes_on_needs_the_model(line: str) -> None:
    found = await heard("my boss decides", state=CANCELLING, within={line: 0.99, "ask": 0.01})
    assert len(found.requests) == 1


@pytest.mark.parametrize("line", ["ask", "start cancel", "cancel", "human"])
async def test_a_text_that_is_awaited_can_be_anything(line: str) -> None:
    text = "our train was cancelled"
    found = await heard(text, "answer", state=DESCRIBING, within={line: 1.0})
    assert len(found.requests) == 1
    assert not (await heard(text, state=KIND, within={line: 1.0})).requests


async def test_a_new_request_in_the_middle() -> None:
    within = {"start move": 0.95, "ask": 0.05}
    sure = await heard("move the Faro trip", state=CANCELLING, within=within)
    assert (sure.by, sure.commands, sure.requests) == ("examples", (Start("move"),), [])
    within = {"start move": 0.5, "start cancel": 0.5}
    pooled = await heard("move the trip", "start move", state=CANCELLING, within=within)
    assert (pooled.by, pooled.commands) == ("model", (Start("move"),))
    assert pooled.requests[0].messages[-1].content == "(cancel: yes or no) move the trip"


async def test_a_value_of_the_model_counts_when_the_words_give_it() -> None:
    within = {"correct": 0.6, "ask": 0.4}
    text = "my boss says 15 May"
    right = await heard(text, "set day 15 May", state=MOVING, within=within)
    assert right.commands == (Set("day", "15 May"),)
    wrong = await heard("my boss says nothing", "set day 15 May", state=MOVING, within=within)
    assert wrong.commands == (UNCLEAR,)
    same = await heard("my boss says 14 May", "set day 14 May", state=MOVING, within=within)
    assert same.commands == (UNCLEAR,)


async def test_one_value_corrects_one_slot() -> None:
    text, within = "my boss says 25 May", {"correct": 0.6, "ask": 0.4}
    both = "set day 25 May\nset until 25 May"
    found = await heard(text, both, state=STAYING, within=within)
    assert found.commands == (Set("until", "25 May"),)


@pytest.mark.parametrize(
    ("text", "state", "command"),
    [
        ("my boss says 15 May", MOVING, Set("day", "15 May")),
        ("my boss says 15 May", DATING, Simple("answer")),
        ("my wife means porto", PICKING, Simple("answer")),
        ("my wife means evora", CANCELLING, Choose("my wife means evora")),
    ],
)
async def test_code_finds_the_value_that_the_model_did_not_see(
    text: str, state: State, command: Command
) -> None:
    found = await heard(text, "unclear", state=state, within={"correct": 0.8, "ask": 0.2})
    assert (found.by, found.commands, len(found.requests)) == ("model", (command,), 1)


async def test_an_option_that_the_examples_see() -> None:
    options = {"report": {"kind": "noise"}}
    within = {"start report": 0.9, "ask": 0.1}
    found = await heard("they shout", "unclear", state=KIND, within=within, options=options)
    assert found.commands == (Set("kind", "noise"),)


async def test_a_question_about_what_is_under_way_is_a_question() -> None:
    within = {"start cancel": 0.8, "ask": 0.2}
    asked = await heard("what is it then?", "unclear", state=CANCELLING, within=within)
    assert asked.commands == (ASK,)
    said = await heard("what it is then", "unclear", state=CANCELLING, within=within)
    assert said.commands == (UNCLEAR,)


async def test_a_text_given_anew_is_asked_for_a_second_time() -> None:
    text = "change that to the boiler drips"
    model = CostlyModel(["unclear", "set details the boiler drips"], 30, 20)
    within = {"correct": 0.9, "ask": 0.1}
    found = await heard(text, state=REPORTING, model=model, within=within)
    assert found.commands == (Set("details", "the boiler drips"),)
    assert found.grammar(1).splitlines()[0] == "start: other"
    assert found.grammar(1).splitlines()[2] == 'set_here: "details " (RUN)'
    assert found.event.model_calls == 2
    assert (found.event.prompt_tokens, found.event.largest_prompt) == (50, 30)


async def test_a_text_is_not_asked_for_anew_without_need() -> None:
    text = "change that to the boiler drips"
    within = {"correct": 0.3, "ask": 0.7}
    assert len((await heard(text, "ask", state=REPORTING, within=within)).requests) == 1
    within = {"correct": 0.9, "ask": 0.1}
    value = "set details the boiler drips"
    assert len((await heard(text, value, state=REPORTING, within=within)).requests) == 1
    assert len((await heard(text, "ask", state=MOVING, within=within)).requests) == 1


async def test_what_is_not_given_anew_stays() -> None:
    within = {"correct": 0.9, "ask": 0.1}
    text = "change that please"
    found = await heard(text, "unclear", "set details thanks", state=REPORTING, within=within)
    assert (found.commands, len(found.requests)) == ((UNCLEAR,), 2)


# -- what a request brings along --------------------------------------------------------------


async def test_what_only_a_model_can_fill_in_is_asked_of_it() -> None:
    options = {"report": {"kind": "heating"}}
    lines = {"start report": 0.9, "ask": 0.1}
    answer = "start report\nset details there is water under the boiler"
    found = await heard(LONG, answer, lines=lines, options=options)
    assert found.by == "examples"
    assert found.commands == (
        Start("report"),
        Set("kind", "heating"),
        Set("details", "there is water under the boiler"),
    )
    assert (found.event.model_calls, len(found.requests)) == (1, 1)
    assert found.grammar(0).splitlines()[:3] == [
        "start: request",
        'request: "start report" ("\\nset " set_report){1,1}',
        'set_report: "details " (RUN)',
    ]
    assert found.event.understanding.raw == answer


async def test_a_request_outlives_the_model_that_should_fill_it_in() -> None:
    lines, options = {"start report": 0.9, "ask": 0.1}, {"report": {"kind": "heating"}}
    found = await heard(LONG, EngineTimeout(), lines=lines, options=options)
    assert (found.by, found.commands) == ("examples", (Start("report"), Set("kind", "heating")))


async def test_both_calls_are_counted() -> None:
    model = CostlyModel(["ask", "start report\nset details there is water"], 30, 45)
    lines = {"start report": 0.97, "ask": 0.03}
    found = await heard(LONG, model=model, lines=lines, several=True)
    assert found.commands == (Start("report"), Set("details", "there is water"))
    assert found.by == "model"
    assert (found.event.model_calls, found.event.prompt_tokens) == (2, 75)
    assert (found.event.largest_prompt, found.event.cached_tokens) == (45, 200)
    assert found.event.generated_tokens == 8
    assert found.event.understanding.raw == "ask\nstart report\nset details there is water"


async def test_a_request_in_the_middle_is_filled_in_as_one_at_rest() -> None:
    answer = "start report\nset details there is water"
    within = {"start report": 0.95, "ask": 0.05}
    found = await heard(LONG, answer, state=CANCELLING, within=within)
    assert found.commands == (Start("report"), Set("details", "there is water"))
    assert found.requests[0].messages[-1].content == LONG


async def test_what_the_model_wrote_itself_is_not_asked_again() -> None:
    lines = {"start report": 0.7, "ask": 0.3}
    answer = "start report\nset kind noise\nset details there is water"
    found = await heard(LONG, answer, lines=lines)
    assert found.commands == (Start("report"), Set("details", "there is water"))
    assert len(found.requests) == 1


async def test_options_are_what_the_examples_say() -> None:
    lines = {"start report": 0.7, "ask": 0.3}
    options = {"report": {"kind": "heating"}, "secret": {"kind": "noise"}}
    answer = "start report\nset kind noise"
    found = await heard("it is bad", answer, lines=lines, options=options)
    assert found.commands == (Start("report"), Set("kind", "heating"))


@pytest.mark.parametrize("line", ["start secret", "start nothing"])
async def test_what_cannot_start_is_left_to_the_gate(line: str) -> None:
    found = await heard(LONG, lines={line: 0.9, "ask": 0.1})
    assert found.commands == (Start(line.removeprefix("start ")),)
