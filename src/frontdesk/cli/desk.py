"""``frontdesk test``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from frontdesk import app
from frontdesk.cli.options import DeskFolder, JsonFile, ModelId, announced, command_line
from frontdesk.errors import DeskError, SettingError
from frontdesk.evaluation import case_check, cases, desk_tests, report
from frontdesk.settings import from_environment

SCRIPTED = "scripted"
OF_THE_DESK = "desk"


def test(
    folder: DeskFolder,
    model: ModelId = SCRIPTED,
    file: Annotated[
        str | None, typer.Option("--file", metavar="NAME", help="Only tests/NAME.yaml.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Only names with this text.")
    ] = None,
    show_held_out: Annotated[
        bool, typer.Option("--show-held-out", help="Show what failed in tests/held-out.yaml too.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Play a desk's test conversations; exit 1 unless all pass.

    Without --model a scripted model says what each turn's `means` holds, so that procedures,
    tools and articles are tested alone. `--model desk` takes the model that desk.toml names.
    """
    loaded = app.load_desk(folder)
    found, problems = case_check.load(loaded.desk, loaded.folder)
    if problems:
        raise DeskError(problems)
    chosen = [
        case
        for case in found
        if (file is None or case.file.stem == file) and (only is None or only in case.case.test)
    ]
    if not chosen:
        raise SettingError(f"{folder / 'tests'} has no such conversation")

    def show(result: desk_tests.Result) -> None:
        hidden = result.case.held_out and not show_held_out
        name = "(held out)" if hidden else result.case.case.test
        verdict = "passed" if result.passed else "FAILED"
        typer.echo(f"{verdict}  {result.seconds:6.2f} s  {name}")
        if not hidden:
            for failure in result.failures:
                typer.echo(f"        {result.case.file.name}:{result.case.line}: {failure}")

    results = asyncio.run(_play(loaded, chosen, model, show))
    figures = desk_tests.summary(results)
    typer.echo("")
    typer.echo(report.table(figures))
    if json_file:
        options = {
            "--model": model,
            "--file": file,
            "--only": only,
            "--show-held-out": show_held_out,
        }
        command = command_line("test", folder, options)
        report.write(json_file, figures, command=command, seed=None)
    if figures["passed"] < figures["conversations"]:
        raise typer.Exit(1)


async def _play(
    loaded: app.LoadedDesk,
    chosen: list[cases.TestCase],
    name: str | None,
    show: desk_tests.Report,
) -> list[desk_tests.Result]:
    if name in (None, SCRIPTED):
        return await desk_tests.play(loaded, chosen, None, show)
    settings = from_environment()
    wanted = None if name == OF_THE_DESK else name
    choice = announced(loaded.desk, wanted)
    async with app.open_model(settings, choice, loaded.folder) as model:
        await app.warm(model, loaded.desk)
        async with app.open_semantics(settings, loaded.desk) as semantics:
            return await desk_tests.play(loaded, chosen, model, show, semantics=semantics)
