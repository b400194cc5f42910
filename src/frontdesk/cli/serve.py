"""``frontdesk serve`` and ``frontdesk say``."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from frontdesk import app
from frontdesk.cli.explain import transcript
from frontdesk.cli.options import DataFolder, DeskFolder, ModelId, announced
from frontdesk.desk.snapshots import Snapshots
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts
from frontdesk.errors import SettingError
from frontdesk.reload.reloader import Reloader
from frontdesk.reload.versions import DeskVersions
from frontdesk.settings import Settings, from_environment
from frontdesk.store.opening import open_store
from frontdesk.types.desk import Customer, Desk
from frontdesk.web import identity, server
from frontdesk.web.api import create_app
from frontdesk.worker.loop import Worker


def say(
    folder: DeskFolder,
    messages: Annotated[list[str], typer.Argument(metavar="MESSAGE...", help="What you say.")],
    customer: Annotated[
        str, typer.Option("--as", metavar="ID", help="A customer of [demo]; none: not signed in.")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what was understood, decided and done.")
    ] = False,
    model: ModelId = None,
    data: DataFolder = None,
) -> None:
    """Hold a conversation with the desk in the terminal."""
    loaded = app.load_desk(folder)
    asyncio.run(_say(loaded, messages, _customer(loaded.desk, customer), explain, model, data))


async def _say(
    loaded: app.LoadedDesk,
    messages: list[str],
    customer: Customer | None,
    explain: bool,
    model: str | None,
    data: Path | None,
) -> None:
    async with _opened(loaded, model, data) as parts:
        worker = Worker(parts)
        opened = await open_conversation(parts.store, parts.desk, customer)
        shown = 0
        for text in ["", *messages]:
            if text:
                await receive(parts.store, parts.desk, opened.conversation, "message", text)
                await worker.work_off(opened.conversation)
            history = await parts.store.history(opened.conversation, shown)
            for line in transcript(history, explain=explain):
                typer.echo(line)
            shown += len(history)


def _customer(desk: Desk, wanted: str) -> Customer | None:
    if wanted == "none":
        return None
    if not wanted:
        return desk.customers[0] if desk.customers else None
    for customer in desk.customers:
        if customer.id == wanted:
            return customer
    known = ", ".join(customer.id for customer in desk.customers) or "none"
    raise SettingError(f"there is no customer {wanted!r} in [demo]; known: {known}")


def serve(
    folder: DeskFolder,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8300,
    demo: Annotated[
        bool, typer.Option("--demo", help="Let the page be any customer of [demo]: no real data!")
    ] = False,
    no_reload: Annotated[
        bool, typer.Option("--no-reload", help="Don't watch the desk's files; SIGHUP reloads.")
    ] = False,
    model: ModelId = None,
    data: DataFolder = None,
) -> None:
    """Open the desk: HTTP API, chat page and worker in one process.

    A changed desk is checked and swapped in. Ctrl-C closes it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(folder, host, port, demo, model, data, watch=not no_reload))


async def _serve(
    folder: Path,
    host: str,
    port: int,
    demo: bool,
    model: str | None,
    data: Path | None,
    *,
    watch: bool,
) -> None:
    loaded = app.load_desk(folder)
    secret = _secret(loaded.desk, demo=demo)
    listener = server.listen(host, port)
    async with _versions(loaded, model, data) as versions:
        worker = Worker(versions)
        web = create_app(versions, secret=secret, demo=demo)
        reloader = Reloader(folder, versions, typer.echo)
        beside = [asyncio.create_task(one) for one in (worker.run(), reloader.run(watch=watch))]

        def ready(address: str) -> None:
            typer.echo(f"{loaded.desk.name} is open at {address} (Ctrl-C closes it)")

        try:
            await server.serve(web, listener, ready=ready)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
    typer.echo("Closed.")


@contextlib.asynccontextmanager
async def _versions(
    loaded: app.LoadedDesk, model: str | None, data: Path | None
) -> AsyncIterator[DeskVersions]:
    settings = from_environment()
    place = data or app.data_folder(settings, loaded.desk)
    if loaded.folder in place.resolve().parents:
        raise SettingError(f"the data folder {place} lies in the desk's own folder; choose another")
    clock = app.SystemClock()
    async with (
        app.open_model(settings, announced(loaded.desk, model), loaded.folder) as running,
        open_store(place / "frontdesk.db", loaded.desk.id, clock) as store,
    ):

        @contextlib.asynccontextmanager
        async def opener(version: app.LoadedDesk) -> AsyncIterator[Parts]:
            await app.warm(running, version.desk)
            async with (
                app.open_semantics(settings, version.desk) as semantics,
                app.open_version(
                    version, running, place, store, clock, semantics=semantics
                ) as parts,
            ):
                yield parts

        versions = DeskVersions(Snapshots(place / "desks"), opener)
        versions.snapshots.tidy()
        try:
            await versions.swap(await versions.load(loaded.folder))
            yield versions
        finally:
            await versions.close()


def _secret(desk: Desk, *, demo: bool) -> str | None:
    """The secret that signs customers' identity, from the environment alone.

    Raises:
        SettingError: it is too short.
    """
    secret = os.environ.get(desk.secret_env) if desk.secret_env else None
    if secret:
        return identity.checked(secret)
    if desk.secret_env and not demo:
        typer.echo(
            f"{desk.secret_env} is not set: nobody can sign in, everybody gets knowledge only.",
            err=True,
        )
    return None


@contextlib.asynccontextmanager
async def _opened(
    loaded: app.LoadedDesk, model: str | None, data: Path | None
) -> AsyncIterator[Parts]:
    settings: Settings = from_environment()
    place = data or app.data_folder(settings, loaded.desk)
    async with app.open_model(settings, announced(loaded.desk, model), loaded.folder) as opened:
        await app.warm(opened, loaded.desk)
        async with (
            app.open_semantics(settings, loaded.desk) as semantics,
            app.open_desk(loaded, opened, place, semantics=semantics) as parts,
        ):
            yield parts
