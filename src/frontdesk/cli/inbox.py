"""``frontdesk inbox``: conversations that a person takes over."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from frontdesk import app
from frontdesk.cli.explain import transcript
from frontdesk.cli.options import DataFolder, DeskFolder
from frontdesk.engine.reception import operate
from frontdesk.engine.turn import Parts
from frontdesk.errors import SettingError
from frontdesk.settings import from_environment
from frontdesk.testing import ScriptedModel
from frontdesk.types.triggers import Conversation
from frontdesk.worker.loop import Worker

application = typer.Typer(help="Conversations that wait for a person.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="CONVERSATION", help="An id, or how it begins.")]
Person = Annotated[str, typer.Option("--as", metavar="NAME", help="Who you are.", envvar="USER")]


@application.command("list")
def list_(folder: DeskFolder, data: DataFolder = None) -> None:
    """Conversations that wait for a person, the longest waiting first, then those being held."""

    async def work(parts: Parts) -> None:
        found = await parts.store.conversations(["queue", "person"])
        for one in sorted(found, key=lambda c: c.holder != "queue"):
            who = f"held by {one.person}" if one.holder == "person" else f"waits: {one.reason}"
            typer.echo(f"{one.id[:8]}  {one.created:%Y-%m-%d %H:%M}  {who}")
        if not found:
            typer.echo("Nobody is waiting.")

    _run(folder, data, work)


@application.command("show")
def show(folder: DeskFolder, conversation: Which, data: DataFolder = None) -> None:
    """What was said in a conversation."""

    async def work(parts: Parts) -> None:
        one = await _find(parts, conversation)
        for line in transcript(await parts.store.history(one.id)):
            typer.echo(line)

    _run(folder, data, work)


@application.command("claim")
def claim(folder: DeskFolder, conversation: Which, person: Person, data: DataFolder = None) -> None:
    """Take a conversation; from then on the desk is silent in it."""
    _operate(folder, data, conversation, "claim", person)


@application.command("reply")
def reply(
    folder: DeskFolder,
    conversation: Which,
    text: Annotated[str, typer.Argument(help="What the customer reads.")],
    person: Person,
    data: DataFolder = None,
) -> None:
    """Write to the customer of a conversation that you hold."""
    _operate(folder, data, conversation, "reply", person, text)


@application.command("release")
def release(
    folder: DeskFolder,
    conversation: Which,
    person: Person,
    note: Annotated[str, typer.Option("--note", help="For colleagues.")] = "",
    data: DataFolder = None,
) -> None:
    """Give a conversation that you hold back to the desk."""
    _operate(folder, data, conversation, "release", person, note)


def _operate(
    folder: Path,
    data: Path | None,
    conversation: str,
    action: Literal["claim", "reply", "release"],
    person: str,
    text: str = "",
) -> None:
    async def work(parts: Parts) -> None:
        one = await _find(parts, conversation)
        if action == "claim" and one.holder == "person":
            raise SettingError(f"{one.id[:8]} is held by {one.person}")
        if action != "claim" and (one.holder, one.person) != ("person", person.strip()):
            raise SettingError(f"you don't hold {one.id[:8]}; claim it first, with --as {person}")
        accepted = await operate(parts.store, one.id, action, person, text)
        await Worker(parts).work_off(one.id, accepted)
        now = await parts.store.conversation(one.id)
        if action == "claim" and now and (now.holder, now.person) != ("person", person.strip()):
            who = f"{now.person} has it" if now.holder == "person" else "a turn is under way"
            raise SettingError(f"{one.id[:8]} was not claimed: {who}")
        typer.echo(f"{one.id[:8]}: {action} done")

    _run(folder, data, work)


async def _find(parts: Parts, start: str) -> Conversation:
    found = [
        one
        for one in await parts.store.conversations(["queue", "person", "desk"])
        if one.id.startswith(start)
    ]
    if len(found) != 1:
        many = "more than one conversation begins" if found else "no conversation begins"
        raise SettingError(f"{many} with {start!r}; see `frontdesk inbox list`")
    return found[0]


def _run(folder: Path, data: Path | None, work: object) -> None:
    loaded = app.load_desk(folder)
    place = data or app.data_folder(from_environment(), loaded.desk)

    async def run() -> None:
        async with app.open_desk(loaded, ScriptedModel(), place) as parts:
            await work(parts)  # type: ignore[operator]

    asyncio.run(run())
