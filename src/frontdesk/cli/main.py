"""The commands, each a thin call of the layer that does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from frontdesk import __version__
from frontdesk.cli import (
    bench,
    changes,
    check,
    desk,
    doctor,
    inbox,
    init,
    models,
    schema,
    serve,
)

application = typer.Typer(
    name="frontdesk",
    help="A customer-service agent that runs on an open-weight model on your own hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
application.command("init")(init.init)
application.command("check")(check.check)
application.command("schema")(schema.schema)
application.command("test")(desk.test)
application.command("doctor")(doctor.doctor)
application.command("diff")(changes.diff)
application.command("migrate")(changes.migrate)
application.command("say")(serve.say)
application.command("serve")(serve.serve)
application.add_typer(inbox.application, name="inbox")
application.add_typer(models.application, name="models")
application.add_typer(bench.application, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"frontdesk {__version__}")
        raise typer.Exit


@application.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
