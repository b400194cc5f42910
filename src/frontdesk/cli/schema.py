"""``frontdesk schema``: JSON Schemas of a desk's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.errors import SettingError
from frontdesk.evaluation import schemas


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help=f"One of {', '.join(schemas.NAMES)}; all if none."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write NAME.schema.json there."),
    ] = None,
) -> None:
    """Print the JSON Schemas of a desk's files, with which editors complete and check them."""
    if name is not None and name not in schemas.NAMES:
        raise SettingError(f"there is no schema {name!r}; there are {', '.join(schemas.NAMES)}")
    for one in schemas.NAMES if name is None else (name,):
        text = json.dumps(schemas.schema(one), indent=2, ensure_ascii=False)
        if out is None:
            typer.echo(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{one}.schema.json").write_text(text + "\n", encoding="utf-8")
