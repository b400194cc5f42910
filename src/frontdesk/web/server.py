"""Runs the app on a socket, beside whatever else the event loop does, and stops it in order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from fastapi import FastAPI

from frontdesk.errors import SettingError

_GRACE_S = 5
"""For requests under way when the server stops."""


class Server(uvicorn.Server):
    """A server that ends open event streams first, and returns after a signal.

    uvicorn raises the signal once more when it has stopped, which would end the process before
    the worker, the engine and the database are closed.
    """

    def __init__(self, app: FastAPI, ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then waits for what is under way."""
        self._app.state.web.stopping.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Takes SIGINT and SIGTERM as the wish to stop, for as long as it serves."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Takes the address, before anything slow happens; port 0 is any that is free.

    Raises:
        SettingError: the address can't be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        raise SettingError(
            f"can't listen on {host}, port {port}: {str(error).rstrip('.')}; "
            "choose another with --port"
        ) from error


async def serve(
    app: FastAPI, listener: socket.socket, *, ready: Callable[[str], None] = lambda _: None
) -> None:
    """Serves until SIGINT, SIGTERM or cancellation; returns when every connection is closed.

    Args:
        app: from :func:`frontdesk.web.api.create_app`.
        listener: from :func:`listen`; closed at the end.
        ready: called with the page's address once requests are taken.
    """
    with listener:
        host, port = listener.getsockname()[:2]
        page = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        server = Server(app, lambda: ready(page))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise
