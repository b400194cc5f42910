"""``frontdesk bench``: figures of the whole, measured on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from frontdesk import app
from frontdesk.cli.options import DeskFolder, JsonFile, ModelId, announced, command_line
from frontdesk.evaluation import case_check, plain_bench, report, turn_bench
from frontdesk.settings import from_environment

application = typer.Typer(help="Measure this machine and this desk.", no_args_is_help=True)


@application.callback()
def _bench() -> None:
    pass


@application.command("turn")
def turn(
    folder: DeskFolder,
    model: ModelId = None,
    conversations: Annotated[int, typer.Option(min=1, help="How many, interleaved.")] = 60,
    seed: Annotated[int, typer.Option(help="For the order of the turns.")] = 1,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Beside a plain agent: same model, tools and conversations."),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --plain: show the plain agent's conversations.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Time from a message to the reply's first byte, and tokens evaluated.

    With --plain: the whole turn of the desk and of an agent that calls tools in JSON with the rules
    in its prompt (tests/policy.md), and how many conversations end right with each.
    """
    work = (
        _plain(folder, model, conversations, seed, explain=explain)
        if plain
        else _turn(folder, model, conversations, seed)
    )
    figures = asyncio.run(work)
    typer.echo(report.table(figures))
    if json_file:
        options = {
            "--model": model,
            "--conversations": conversations,
            "--seed": seed,
            "--plain": plain,
        }
        command = command_line("bench turn", folder, options)
        report.write(json_file, figures, command=command, seed=seed)


async def _turn(
    folder: Path, model: str | None, conversations: int, seed: int
) -> dict[str, report.Figure]:
    loaded = app.load_desk(folder)
    found, _ = case_check.load(loaded.desk, loaded.folder)
    shown = [case for case in found if not case.held_out]
    settings = from_environment()
    async with app.open_model(settings, announced(loaded.desk, model), loaded.folder) as opened:
        await app.warm(opened, loaded.desk)
        async with app.open_semantics(settings, loaded.desk) as semantics:
            return await turn_bench.measure(
                loaded, shown, opened, semantics, conversations=conversations, seed=seed
            )


async def _plain(
    folder: Path, model: str | None, conversations: int, seed: int, *, explain: bool
) -> dict[str, report.Figure]:
    loaded = app.load_desk(folder)
    found, _ = case_check.load(loaded.desk, loaded.folder)
    chosen = plain_bench.suitable([case for case in found if not case.held_out], seed)

    def show(side: str, played: plain_bench.Played) -> None:
        verdict = "right" if played.right else "WRONG"
        typer.echo(f"{side:<5}  {verdict}  {sum(played.turn_seconds):7.2f} s  {played.name}")
        for line in (*played.transcript, *played.failures) if explain else ():
            typer.echo(f"        {line}")

    settings = from_environment()
    async with app.open_model(settings, announced(loaded.desk, model), loaded.folder) as opened:
        await app.warm(opened, loaded.desk)
        async with app.open_semantics(settings, loaded.desk) as semantics:
            return await plain_bench.compare(
                loaded, chosen[:conversations], opened, semantics, show
            )
