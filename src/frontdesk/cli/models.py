"""``frontdesk models``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from frontdesk import app
from frontdesk.desk.load import read_settings
from frontdesk.errors import SettingError
from frontdesk.models import catalogue, own
from frontdesk.models.add import Addition
from frontdesk.models.add import add as add_model
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.pull import pull as pull_model
from frontdesk.models.shelf import Progress, Shelf
from frontdesk.settings import from_environment

application = typer.Typer(help="Choose, fetch and check models.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="An id or short name of the list.")]
Desk = Annotated[
    Path | None,
    typer.Option("--desk", metavar="DESK", help="For this desk: its languages, its own models."),
]


@application.command("list")
def list_models(desk: Desk = None) -> None:
    """The models that are known, and which of them are on this machine."""
    shelf = _shelf()
    for entry in (*catalogue.entries(), *_own(desk)):
        about = "" if entry.resident_measured else "about "
        memory = f"{about}{entry.resident_bytes / 1e9:.1f} GB memory"
        typer.echo(
            f"{entry.alias:<17} {shelf.state(entry):<8} {entry.size / 1e9:>5.2f} GB  {memory:>21}  "
            f"{entry.licence:<25}  {entry.kind:<9}  {entry.id}"
        )


@application.command("pull")
def pull(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Take this file instead.")
    ] = None,
    desk: Desk = None,
) -> None:
    """Fetch a model from the first of its mirrors that has it, or from a file.

    What was interrupted goes on where it stopped. With a language model comes the small embedding
    model that every desk needs, unless you give a file; for a desk that speaks more than English
    it is another one, so name it with --desk.
    """
    entry = _find(name, desk)
    _pull(entry, source)
    if source is None and entry.kind == "language":
        _pull(catalogue.embedder(_languages(desk)), None)


@application.command("add")
def add(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A GGUF file, https://... or hf:OWNER/NAME/FILE."),
    ],
    alias: Annotated[
        str | None, typer.Option("--alias", metavar="NAME", help="A short name for it.")
    ] = None,
    desk: Annotated[
        Path | None,
        typer.Option("--desk", metavar="DESK", help="Pin it in this desk, not on this machine."),
    ] = None,
) -> None:
    """Fetch a model that the list doesn't have, and pin its bytes in models.lock.toml."""
    settings = from_environment()
    lock = _folder(desk) / own.FILE if desk else settings.own_models
    with _progress(f"adding {source}") as progress:
        entry = add_model(
            Addition(source, lock, settings.models, own.load([lock]), alias, progress)
        )
    typer.echo(f"{entry.id} ({entry.alias}): {entry.title}, {entry.size / 1e9:.2f} GB")
    typer.echo(
        f"  architecture    {entry.architecture}, {entry.parameters / 1e6:,.0f} M parameters"
    )
    typer.echo(f"  context         {entry.context_tokens:,} tokens")
    typer.echo(f"  prompt format   {entry.prompt_format}")
    typer.echo(f"  licence         {entry.licence}")
    typer.echo(f"  SHA-256         {entry.sha256}")
    known = entry in catalogue.entries()
    typer.echo("It is in the catalogue already." if known else f"Pinned in {lock}")


@application.command("verify")
def verify(name: Name, desk: Desk = None) -> None:
    """Hash a model's whole file and compare it with what its entry names."""
    entry = _find(name, desk)
    with _progress(f"checking {entry.alias}") as progress:
        path = _shelf().verify(entry, progress)
    typer.echo(f"{path} holds {entry.id}: SHA-256 {entry.sha256}")


@application.command("remove")
def remove(name: Name, desk: Desk = None) -> None:
    """Delete a model's file; its entry stays."""
    entry = _find(name, desk)
    freed = _shelf().remove(entry)
    typer.echo(f"{entry.id}: {freed / 1e9:.2f} GB freed" if freed else f"{entry.id} is not here")


def _shelf() -> Shelf:
    return Shelf(from_environment().models)


def _own(desk: Path | None) -> tuple[ModelEntry, ...]:
    return app.own_models(from_environment(), _folder(desk) if desk else None)


def _find(name: str, desk: Path | None) -> ModelEntry:
    return catalogue.find(name, own=_own(desk))


def _languages(desk: Path | None) -> Sequence[str]:
    """The desk's, or English where there is none or its settings can't be read yet."""
    content = read_settings(_folder(desk))[0] if desk else None
    return content.languages if content else ("en",)


def _folder(desk: Path) -> Path:
    if not (desk / "desk.toml").is_file():
        raise SettingError(f"{desk} is not a desk: it has no desk.toml")
    return desk


def _pull(entry: ModelEntry, source: Path | None) -> None:
    with _progress(f"fetching {entry.alias}") as progress:
        path = pull_model(entry, _shelf().folder, source=source, progress=progress)
    typer.echo(f"{entry.id} is in {path}")


@contextmanager
def _progress(title: str) -> Iterator[Progress]:
    """A bar, and what moves it."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns) as bar:
        task = bar.add_task(title, total=None)

        def show(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        yield show
