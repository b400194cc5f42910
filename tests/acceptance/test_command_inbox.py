"""The inbox over several processes, as a colleague in a terminal has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from installed_command import DESK, Ran, frontdesk, refused

from frontdesk.app import SystemClock, load_desk, open_desk
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.procedures.fold import replay
from frontdesk.testing import ScriptedModel
from frontdesk.types import events as e
from frontdesk.worker.loop import Worker


async def talk(data: Path, messages: Sequence[str], conversation: str = "") -> str:
    """What a customer writes, handled in this process; the conversation's id."""
    loaded = load_desk(DESK)
    async with open_desk(loaded, ScriptedModel(), data, clock=SystemClock()) as parts:
        if not conversation:
            customer = loaded.desk.customers[0]
            opened = await open_conversation(parts.store, loaded.desk, customer)
            conversation = opened.conversation
        for text in messages:
            kind = "button" if text == "human" else "message"
            await receive(parts.store, loaded.desk, conversation, kind, text)
        await Worker(parts).work_off(conversation)
    return conversation


async def history(data: Path, conversation: str) -> list[e.Recorded]:
    async with open_desk(load_desk(DESK), ScriptedModel(), data) as parts:
        return await parts.store.history(conversation)


async def test_a_conversation_is_claimed_answered_and_given_back(tmp_path: Path) -> None:
    data = tmp_path / "data" / "harbor-stays"

    def inbox(*arguments: str) -> Ran:
        command, *rest = arguments
        return frontdesk("inbox", command, DESK, *rest, home=tmp_path)

    one = await talk(data, ["human"])
    listed = inbox("list").out
    assert listed.startswith(f"{one[:8]}  ")
    assert listed.endswith("  waits: the customer asked for a person\n")
    said = refused(inbox("reply", one[:8], "Hello", "--as", "Maria"))
    assert f"you don't hold {one[:8]}; claim it first" in said

    assert inbox("claim", one[:8], "--as", "Maria").out == f"{one[:8]}: claim done\n"
    assert f"{one[:8]} is held by Maria" in refused(inbox("claim", one[:8], "--as", "Jon"))
    assert "you don't hold" in refused(inbox("reply", one[:8], "Hello", "--as", "Jon"))
    await talk(data, ["Is anybody there?"], one)
    assert inbox("reply", one[:8], "Hello Ana, Maria here.", "--as", "Maria").code == 0
    assert inbox("release", one[:8], "--as", "Maria", "--note", "solved").code == 0
    shown = inbox("show", one[:8])
    assert shown.code == 0
    lines = [line for line in shown.out.splitlines() if line and "Desk:" not in line]
    assert lines[0].startswith("Customer: ")
    assert lines[1:] == [
        "-- waits for a person: the customer asked for a person",
        "-- held by Maria",
        "Customer: Is anybody there?",
        "Maria: Hello Ana, Maria here.",
        "-- given back by Maria solved",
    ]
    assert replay(await history(data, one)).holder == "desk"
    assert inbox("list").out == "Nobody is waiting.\n"


def test_an_id_that_no_conversation_has(tmp_path: Path) -> None:
    said = refused(frontdesk("inbox", "show", DESK, "abc", home=tmp_path))
    assert "no conversation begins with 'abc'; see `frontdesk inbox list`" in said


@pytest.mark.parametrize("data", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, data: str) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    said = refused(frontdesk("inbox", "list", DESK, "--data", tmp_path / data, home=tmp_path))
    assert f"the database {tmp_path / data / 'frontdesk.db'} can't be opened" in said
