"""Arguments and options that several commands share."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.types.desk import Desk, ModelChoice

DeskFolder = Annotated[Path, typer.Argument(metavar="DESK", help="The folder of the desk.")]
ModelId = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="ID",
        help="A model of `frontdesk models list`, on this machine, instead of the desk's.",
    ),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file.")
]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="Where the desk's databases lie."),
]


def announced(desk: Desk, wanted: str | None) -> ModelChoice:
    """The model that was asked for, or the desk's, said on standard error with where it runs."""
    choice = ModelChoice(wanted) if wanted else desk.model
    if choice.url:
        typer.echo(f"Messages go to {choice.url} ({choice.name}, {choice.dialect}).", err=True)
    else:
        typer.echo(f"Starting {choice.name} (the first time takes a minute or two) ...", err=True)
    return choice


def command_line(words: str, folder: Path, options: Mapping[str, object]) -> str:
    """The command as it can be given again; options that are not set are left out."""
    line = ["frontdesk", *words.split(), str(folder)]
    for name, value in options.items():
        if value is True:
            line.append(name)
        elif value is not None and value is not False:
            line += [name, str(value)]
    return shlex.join(line)
