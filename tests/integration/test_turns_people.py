"""People, a failing model, a changed desk and a circle: what a turn does about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from turns_stage import Stage, said, write_desk

from frontdesk.app import load_desk
from frontdesk.engine.reception import operate
from frontdesk.errors import EngineDied, EngineTimeout, RequestRefused
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.testing import ScriptedModel
from frontdesk.types import events as e
from frontdesk.types.generation import Completion, Generation
from frontdesk.types.triggers import Trigger
from frontdesk.worker.loop import Worker

TOOLS = """
from frontdesk.tools import Customer, read
@read
def look(customer: Customer) -> str:
    return "a view"
"""
LOOK = """
procedure: look
title: Look
description: The customer wants to look.
examples: [let me look]
slots:
  where: {type: text, ask: 'Where?'}
steps:
  - id: here
    collect: where
  - tool: look
    save: seen
  - say: "{{ where }}: {{ seen }}."
"""
CIRCLE = """
procedure: circle
title: Go round
description: The customer wants to go round.
examples: [go round]
steps:
  - id: here
    say: Round.
  - branch:
      - when: 1 == 1
        steps:
          - say: And round.
            next: here
      - otherwise:
          - end
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    loaded = write_desk(tmp_path / "desk", TOOLS, look=LOOK, circle=CIRCLE)
    async with Stage(loaded, tmp_path / "data") as stage:
        await stage.begin()
        yield stage


def built_in(name: str) -> str:
    return MESSAGES[name]["en"]


async def person(
    stage: Stage, action: Literal["claim", "reply", "release"], name: str = "Ida", text: str = ""
) -> list[object]:
    """The events that a person's action leads to."""
    before = len(await stage.history())
    await operate(stage.parts.store, stage.conversation, action, name, text)
    await stage.work_off()
    return [recorded.event for recorded in (await stage.history())[before:]]


# -- people ---------------------------------------------------------------------------------------


async def test_while_a_person_holds_it_the_desk_says_nothing(stage: Stage) -> None:
    await stage.say("let me look", "start look")
    assert await person(stage, "claim") == [e.PersonClaimed("Ida")]
    assert await stage.holder() == "person"
    asked = len(stage.model.requests)
    for text in ("in the garden", "yes", "hello?", "a human please"):
        assert await stage.say(text, "human") == []
    assert await stage.press("human") == []
    assert len(stage.model.requests) == asked
    assert await person(stage, "reply", text="I look after it.") == [
        e.PersonReplied("Ida", "I look after it.")
    ]
    released = await person(stage, "release", text="done")
    assert released == [
        e.PersonReleased("Ida", "done"),
        e.Replied(built_in("released"), said="released"),
    ]
    assert await stage.holder() == "desk"
    assert await stage.say("thanks") != []


async def test_what_a_customer_wrote_to_a_person_is_in_the_log(stage: Stage) -> None:
    await person(stage, "claim")
    await stage.say("my secret garden")
    texts = [r.event.text for r in await stage.history() if isinstance(r.event, e.TurnStarted)]
    assert texts == ["my secret garden"]


async def test_only_the_person_who_holds_it_writes_and_releases(stage: Stage) -> None:
    for action in ("reply", "release"):
        assert await person(stage, action, text="x") == []  # type: ignore[arg-type]
    await person(stage, "claim")
    assert await person(stage, "claim", "Ole") == []
    assert await person(stage, "reply", "Ole", "mine") == []
    assert await person(stage, "release", "Ole") == []
    state = await stage.state()
    assert (state.holder, state.person) == ("person", "Ida")


async def test_a_conversation_that_waits_for_a_person_is_claimed_and_comes_back(
    stage: Stage,
) -> None:
    assert await stage.say("a human", "human") == [built_in("handed_over")]
    assert await stage.holder() == "queue"
    assert await stage.say("anybody?") == []
    await person(stage, "claim")
    await person(stage, "release")
    assert (await stage.say("let me look", "start look"))[-1] == "Where?"


class SlowModel(ScriptedModel):
    """Lets the test do something while it thinks."""

    def __init__(self, answers: Sequence[str | Exception]) -> None:
        super().__init__(answers)
        self.thinking = asyncio.Event()
        self.go_on = asyncio.Event()

    async def generate(self, request: Generation) -> Completion:
        self.thinking.set()
        await self.go_on.wait()
        return await super().generate(request)


async def test_a_person_who_claims_during_a_turn_comes_behind_it(stage: Stage) -> None:
    """The turn in flight ends; the claim is next, and from then on the desk is silent."""
    model = SlowModel(["start look"])
    parts = replace(stage.parts, model=model)
    await stage.accept("let me look")
    turn = asyncio.create_task(Worker(parts).work_off(stage.conversation))
    await model.thinking.wait()
    await operate(parts.store, stage.conversation, "claim", "Ida")
    await stage.accept("and another thing")
    model.go_on.set()
    await turn
    kinds = [type(r.event) for r in await stage.history()]
    claimed = kinds.index(e.PersonClaimed)
    assert kinds[claimed - 1] is e.TurnEnded
    assert kinds[claimed + 1 :] == [e.TurnStarted, e.TurnEnded]


async def test_a_turn_that_was_cut_off_is_silent_after_a_claim(stage: Stage) -> None:
    """The desk died while it understood; a person was faster than the restart."""
    trigger = await stage.accept("let me look")
    history = await stage.history()
    await stage.parts.store.append(
        stage.conversation, len(history), [e.TurnStarted(trigger.id, "message", "let me look")]
    )
    await stage.parts.store.append(stage.conversation, len(history) + 1, [e.PersonClaimed("Ida")])
    await stage.work_off()
    assert [type(r.event) for r in await stage.history()][-2:] == [e.PersonClaimed, e.TurnEnded]
    assert stage.model.requests == []


# -- the model ------------------------------------------------------------------------------------


async def test_a_model_that_dies_once_is_asked_again(stage: Stage) -> None:
    stage.model.answers = [EngineDied(), "start look"]
    assert await stage.say("let me look") == ["Where?"]
    assert len(stage.model.requests) == 2


@pytest.mark.parametrize(
    ("errors", "asked"),
    [((EngineDied(), EngineDied()), 2), ((EngineTimeout(),), 1), ((RequestRefused(),), 1),
     ((EngineDied(), EngineTimeout()), 2)],
)  # fmt: skip
async def test_a_model_that_fails_is_admitted_to_and_a_person_offered(
    stage: Stage, errors: tuple[Exception, ...], asked: int
) -> None:
    stage.model.answers = list(errors)
    assert await stage.say("let me look") == [built_in("model_failed")]
    assert len(stage.model.requests) == asked
    state = await stage.state()
    assert [button.does for button in state.buttons] == ["human", "decline"]
    assert (state.holder, state.turn) == ("desk", None)
    assert await stage.press("human") == [built_in("handed_over")]


async def test_a_yes_to_the_offer_behind_a_failed_model_calls_a_person(stage: Stage) -> None:
    """The reply asks whether a colleague shall take over; the customer writes yes."""
    stage.model.answers = [EngineTimeout()]
    await stage.say("let me look")
    assert await stage.say("yes please") == [built_in("handed_over")]


async def test_a_model_that_fails_within_a_procedure_leaves_it_standing(stage: Stage) -> None:
    await stage.say("let me look", "start look")
    stage.model.answers = [EngineTimeout()]
    replies = await stage.say("in the garden, I think")
    assert replies[0] == built_in("model_failed")
    assert replies[-1] == "Where?"
    assert (await stage.say("the garden", "set where the garden"))[-1] == "the garden: a view."


# -- the procedures -------------------------------------------------------------------------------


async def test_a_circle_ends_with_a_person(stage: Stage) -> None:
    replies = await stage.say("go round", "start circle")
    assert replies[:2] == ["Round.", "And round."]
    assert replies[-1] == built_in("problem")
    assert len(replies) == 3
    assert await stage.holder() == "queue"
    assert await stage.parts.store.waiting(stage.conversation) == 0


@pytest.mark.parametrize(
    "changed",
    [
        LOOK.replace("id: here", "id: there"),
        LOOK.replace("procedure: look", "procedure: gaze"),
    ],
)
async def test_a_conversation_whose_step_is_gone_gets_a_person(stage: Stage, changed: str) -> None:
    await stage.say("let me look", "start look")
    folder = stage.loaded.folder
    (folder / "procedures" / "look.yaml").unlink()
    name = "look" if "procedure: look" in changed else "gaze"
    (folder / "procedures" / f"{name}.yaml").write_text(changed)
    stage.loaded = load_desk(folder)
    await stage.restart()
    assert await stage.say("the garden", "set where the garden") == [built_in("problem")]
    assert await stage.holder() == "queue"
    assert said(await stage.history())[-1] == built_in("problem")


async def test_a_conversation_whose_step_is_left_goes_on_with_the_changed_desk(
    stage: Stage,
) -> None:
    await stage.say("let me look", "start look")
    folder = stage.loaded.folder
    (folder / "procedures" / "look.yaml").write_text(LOOK.replace(": {{ seen", " has {{ seen"))
    stage.loaded = load_desk(folder)
    await stage.restart()
    assert (await stage.say("the garden", "answer"))[-1] == "the garden has a view."


async def test_a_slot_that_is_gone_under_a_filled_frame_gets_a_person(stage: Stage) -> None:
    """The step's id is still there, but what it asks for has another name."""
    await stage.say("let me look", "start look")
    folder = stage.loaded.folder
    (folder / "procedures" / "look.yaml").write_text(LOOK.replace("where", "place"))
    stage.loaded = load_desk(folder)
    await stage.restart()
    assert (await stage.say("the garden", "answer"))[-1] == "the garden: a view."


async def test_a_timer_for_a_conversation_at_rest_changes_nothing(stage: Stage) -> None:
    await stage.parts.store.accept(Trigger("timer-1", stage.conversation, "timer"))
    await stage.work_off()
    kinds = [type(r.event) for r in await stage.history()]
    assert kinds[-2:] == [e.TurnStarted, e.TurnEnded]
