"""``frontdesk bench``: figures of the whole, measured on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from frontdesk import app
from frontdesk.cli.options import DeskFolder, JsonFile, ModelId, command_line
from frontdesk.evaluation import case_check, report, turn_bench
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
    json_file: JsonFile = None,
) -> None:
    """Time from a message to the reply's first byte, and tokens evaluated."""
    figures = asyncio.run(_turn(folder, model, conversations, seed))
    typer.echo(report.table(figures))
    if json_file:
        options = {"--model": model, "--conversations": conversations, "--seed": seed}
        command = command_line("bench turn", folder, options)
        report.write(json_file, figures, command=command, seed=seed)


async def _turn(
    folder: Path, model: str | None, conversations: int, seed: int
) -> dict[str, report.Figure]:
    loaded = app.load_desk(folder)
    found, _ = case_check.load(loaded.desk, loaded.folder)
    shown = [case for case in found if not case.held_out]
    settings = from_environment()
    async with app.open_model(settings, model or loaded.desk.model) as opened:
        await app.warm(opened, loaded.desk)
        async with app.open_semantics(settings, loaded.desk) as semantics:
            return await turn_bench.measure(
                loaded, shown, opened, semantics, conversations=conversations, seed=seed
            )
