"""What a customer hears, and what stands in the ledger, when a tool does this or that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from turns_stage import ANA, CountingTools, Stage, write_desk

from frontdesk.app import LoadedDesk
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.types import events as e
from frontdesk.types import procedures as p

TOOLS = """
import time
from frontdesk.tools import Customer, DataFolder, IdempotencyKey, Refused, read, write

def act(data, name):
    with (data / "log").open("a") as file:
        file.write(name + "\\n")
    how = (data / "how").read_text().split(",")
    now = how.pop(0) if len(how) > 1 else how[0]
    (data / "how").write_text(",".join(how))
    if now == "hang":
        time.sleep(1)
    if now == "raise":
        raise RuntimeError("secret detail")
    if now == "refuse":
        raise Refused("It is too late for that.")
    return 3 if now == "wrong" else now

@read(timeout_s=0.2)
def look(customer: Customer, data: DataFolder) -> str:
    return act(data, "look")

@write(timeout_s=0.2)
def pay(customer: Customer, data: DataFolder, key: IdempotencyKey, amount: int) -> str:
    return act(data, "pay")
"""
LOOK = """
procedure: look
title: Look
description: The customer wants to look.
examples: [let me look, show it]
steps:
  - tool: look
    save: seen
    {more}
  - say: It says {{{{ seen }}}}.
"""
PAY = """
procedure: pay
title: Pay
description: The customer wants to pay.
examples: [I want to pay, pay now]
slots:
  amount: {{type: integer, ask: 'How much?'}}
steps:
  - collect: amount
  - id: consent
    confirm: Shall I pay {{{{ amount }}}}?
  - id: paying
    tool: pay
    with: {{amount: amount}}
    save: paid
    {more}
  - say: Paid, {{{{ paid }}}}.
"""
REFUSED = "refused:\n      - say: 'No: {{ refusal }}'\n      - end"
FAILED = "failed:\n      - say: Not now.\n      - end"


def desk(folder: Path, look: str = "", pay: str = "") -> LoadedDesk:
    return write_desk(folder, TOOLS, look=LOOK.format(more=look), pay=PAY.format(more=pay))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(desk(tmp_path / "desk"), tmp_path / "data") as stage:
        await stage.begin()
        yield stage


@pytest.fixture
async def careful(tmp_path: Path) -> AsyncIterator[Stage]:
    """A desk whose steps say what follows a refusal and a failure."""
    loaded = desk(tmp_path / "desk", f"{REFUSED}\n    {FAILED}", REFUSED)
    async with Stage(loaded, tmp_path / "data") as stage:
        await stage.begin()
        yield stage


def built_in(name: str) -> str:
    return MESSAGES[name]["en"]


async def look(stage: Stage, how: str) -> list[str]:
    (stage.data / "tools" / "how").write_text(how)
    return await stage.say("let me look", "start look")


async def pay(stage: Stage, how: str) -> list[str]:
    """What the desk says to the yes."""
    (stage.data / "tools" / "how").write_text(how)
    await stage.say("I want to pay", "start pay")
    assert await stage.say("12") == ["Shall I pay 12?"]
    return await stage.say("yes")


def made(stage: Stage) -> list[str]:
    """The calls that really ran."""
    log = stage.data / "tools" / "log"
    return log.read_text().split() if log.exists() else []


async def test_a_read_and_a_write_that_go_well(stage: Stage) -> None:
    assert await look(stage, "fine") == ["It says fine."]
    assert await pay(stage, "fine") == ["Paid, fine."]
    assert made(stage) == ["look", "pay"]
    (entry,) = await stage.ledger()
    assert (entry.tool, entry.status) == ("pay", "ok")
    assert stage.calls[-1] == ("pay", entry.key)
    assert await stage.holder() == "desk"


@pytest.mark.parametrize("how", ["hang", "raise", "wrong"])
async def test_a_read_that_fails_calls_a_person(stage: Stage, how: str) -> None:
    assert await look(stage, how) == [built_in("tool_failed")]
    assert await stage.holder() == "queue"
    assert await stage.ledger() == []
    assert (await stage.state()).stack == ()


@pytest.mark.parametrize("how", ["hang", "raise", "wrong"])
async def test_a_write_that_fails_is_unknown_and_not_made_again(stage: Stage, how: str) -> None:
    assert await pay(stage, how) == [built_in("outcome_unknown")]
    assert await stage.holder() == "queue"
    assert [entry.status for entry in await stage.ledger()] == ["unknown"]
    assert made(stage) == ["pay"]
    await stage.say("yes")
    await stage.press("yes:")
    assert made(stage) == ["pay"]


async def test_what_a_tool_raised_is_not_told_to_the_customer(stage: Stage) -> None:
    await pay(stage, "raise")
    told = [r.event for r in await stage.history() if isinstance(r.event, e.Replied | e.HandedOver)]
    assert "secret" not in str(told)
    assert "RuntimeError" not in str(told)


async def test_a_refusal_is_told_in_the_tools_words_and_a_person_called(stage: Stage) -> None:
    for replies in (await look(stage, "refuse"),):
        assert replies == ["It is too late for that.", built_in("handed_over")]
    assert await stage.holder() == "queue"


async def test_a_refused_write_is_in_the_ledger_as_refused(stage: Stage) -> None:
    assert await pay(stage, "refuse") == ["It is too late for that.", built_in("handed_over")]
    assert [entry.status for entry in await stage.ledger()] == ["refused"]
    assert await stage.holder() == "queue"


async def test_the_steps_say_what_follows_a_refusal(careful: Stage) -> None:
    assert await look(careful, "refuse") == ["No: It is too late for that."]
    assert await pay(careful, "refuse") == ["No: It is too late for that."]
    assert [entry.status for entry in await careful.ledger()] == ["refused"]
    assert await careful.holder() == "desk"


async def test_the_steps_say_what_follows_a_failed_read(careful: Stage) -> None:
    assert await look(careful, "raise") == ["Not now."]
    assert await careful.holder() == "desk"
    assert await look(careful, "fine") == ["It says fine."]


async def test_nobody_signed_in_starts_nothing(tmp_path: Path) -> None:
    async with Stage(desk(tmp_path / "desk"), tmp_path / "data") as stage:
        await stage.begin(None)
        assert await look(stage, "fine") == [built_in("sign_in")]
        assert stage.calls == []


async def test_an_anonymous_procedure_whose_tool_needs_a_customer_calls_a_person(
    tmp_path: Path,
) -> None:
    loaded = write_desk(
        tmp_path / "desk",
        TOOLS,
        look=LOOK.format(more="").replace("title: Look", "title: Look\nanonymous: true"),
    )
    async with Stage(loaded, tmp_path / "data") as stage:
        await stage.begin(None)
        assert await look(stage, "fine") == [built_in("tool_failed")]
        assert made(stage) == []


async def test_a_refused_write_that_the_procedure_repeats_is_asked_about_again(
    tmp_path: Path,
) -> None:
    """A yes is good for one call: the same call a second time needs another yes.

    The check of a desk refuses such a procedure; here the step is bent back behind its back.
    """
    loaded = desk(
        tmp_path / "desk", pay="refused:\n      - id: again\n        say: Once more.\n      - end"
    )
    procedure = loaded.desk.procedures["pay"]
    again = procedure.nodes["again"]
    assert isinstance(again, p.Say)
    nodes = {**procedure.nodes, "again": replace(again, next="paying")}
    bent = {**loaded.desk.procedures, "pay": replace(procedure, nodes=nodes)}
    loaded = replace(loaded, desk=replace(loaded.desk, procedures=bent))
    async with Stage(loaded, tmp_path / "data") as stage:
        await stage.begin(ANA)
        assert await pay(stage, "refuse,fine") == ["Once more.", "Shall I pay 12?"]
        assert made(stage) == ["pay"]
        assert await stage.say("yes") == ["Paid, fine."]
        statuses = [entry.status for entry in await stage.ledger()]
        assert statuses == ["refused", "ok"]
        keys = [key for _, key in stage.calls]
        assert len(set(keys)) == 2


async def test_a_yes_counts_once_however_often_it_comes(stage: Stage) -> None:
    await pay(stage, "fine")
    digest = next(
        r.event.digest for r in await stage.history() if isinstance(r.event, e.ConsentAsked)
    )
    for _ in range(2):
        await stage.say("yes")
        await stage.press(f"yes:{digest}")
    assert made(stage) == ["pay"]


async def test_a_changed_value_needs_another_yes(stage: Stage) -> None:
    (stage.data / "tools" / "how").write_text("fine")
    await stage.say("I want to pay", "start pay")
    await stage.say("12")
    old = next(b.does for b in (await stage.state()).buttons if b.does.startswith("yes:"))
    assert (await stage.say("make it 13", "set amount 13"))[-1] == "Shall I pay 13?"
    assert (await stage.press(old))[0] == built_in("stale")
    assert made(stage) == []
    assert await stage.say("yes") == ["Paid, fine."]
    written = [r.event for r in await stage.history() if isinstance(r.event, e.ToolCalled)]
    assert [called.arguments for called in written] == [{"amount": 13}]
    assert isinstance(stage.parts.tools, CountingTools)
