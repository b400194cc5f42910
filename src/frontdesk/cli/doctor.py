"""``frontdesk doctor``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.doctor import show
from frontdesk.doctor.examine import examine
from frontdesk.settings import from_environment


def doctor(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DESK]", help="The folder of a desk.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ID", help="Measure this model only; can be repeated."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Measure nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what this machine can serve, how fast, and what is missing; exit 1 if it can't serve.

    Measures each model that is here, which takes some seconds for each. The network is used only
    for a desk whose engine runs elsewhere: that engine is asked for its list of models.
    """

    def say(text: str) -> None:
        typer.echo(text, err=True)

    found = asyncio.run(examine(from_environment(), folder, only=model or (), quick=quick, say=say))
    if as_json:
        typer.echo(json.dumps(show.as_data(found), indent=2, ensure_ascii=False))
    else:
        for line in show.lines(found):
            typer.echo(line)
    if not found.can_serve:
        raise typer.Exit(1)
