"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DeskFolder = Annotated[Path, typer.Argument(metavar="DESK", help="The folder of the desk.")]
ModelId = Annotated[
    str | None,
    typer.Option("--model", metavar="ID", help="A model of `frontdesk models list`."),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file.")
]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="Where the desk's databases lie."),
]
