"""The app: the routes, their guards, and the chat page."""

from __future__ import annotations

import secrets
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from frontdesk.engine.turn import Parts
from frontdesk.engine.versions import Versions
from frontdesk.web import conversations, failures, identity
from frontdesk.web.context import Web
from frontdesk.web.demo import router as demo_routes
from frontdesk.web.guards import BodyLimit, SecurityHeaders
from frontdesk.web.schema import Health

STATIC = Path(__file__).parent / "static"
_LEAST_LIMIT = 64 * 1024
_BYTES_A_CHARACTER = 12
"""The longest way to write one in JSON: two escapes."""

_TAGS = [
    {"name": "desk", "description": "The desk itself."},
    {
        "name": "conversation",
        "description": "A customer's conversation. The token that opens it stands in the "
        "`Authorization` header.",
    },
    {"name": "demo", "description": "Sign in as a demo customer; there with the demo alone."},
    {"name": "operation", "description": "For the operator's monitoring."},
]


def create_app(desk: Parts | Versions, *, secret: str | None, demo: bool = False) -> FastAPI:
    """The app of one desk; serve it with :func:`frontdesk.web.server.serve`.

    Args:
        desk: what turns work with; the store is open as long as the app is served.
        secret: signs customers' identity; without one nobody can sign in, and a demo makes its own.
        demo: whether a page may be any customer of ``[demo]``.

    Raises:
        SettingError: the secret is too short.
    """
    if secret is None and demo:
        secret = secrets.token_urlsafe(48)
    web = Web(desk, identity.checked(secret) if secret else None, demo)
    app = FastAPI(
        title=f"{web.parts.desk.name}: frontdesk",
        description="The chat of an automated assistant, with people behind it. Every failure is "
        '`{"error": {"code", "message"}}`.',
        version=version("frontdesk"),
        openapi_tags=_TAGS,
        # The documentation pages of FastAPI load scripts from elsewhere; the schema stays.
        docs_url=None,
        redoc_url=None,
    )
    app.state.web = web

    def most() -> int:
        characters = web.parts.desk.message_characters
        return max(_LEAST_LIMIT, characters * _BYTES_A_CHARACTER + 4096)

    app.add_middleware(BodyLimit, most=most)
    app.add_middleware(SecurityHeaders)
    failures.install(app)
    app.include_router(conversations.router)
    if demo:
        app.include_router(demo_routes)
    app.add_api_route("/healthz", healthz, tags=["operation"], summary="Is it up?")
    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


async def healthz() -> Health:
    """Answers while the process serves."""
    return Health()


async def page() -> FileResponse:
    """The chat page."""
    return FileResponse(STATIC / "index.html")
