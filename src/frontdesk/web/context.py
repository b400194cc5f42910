"""What requests share, and who they come from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from frontdesk.engine.reception import find_conversation
from frontdesk.engine.turn import Parts
from frontdesk.engine.versions import Versions
from frontdesk.errors import TokenRefused
from frontdesk.ports import Visit


@dataclass(frozen=True)
class Web:
    """What the web layer works with."""

    desk: Parts | Versions
    secret: str | None
    """Signs customers' identity; none when nobody can sign in."""
    demo: bool
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server stops: open streams end."""

    @property
    def parts(self) -> Parts:
        """What requests work with: the newest version of the desk."""
        return self.desk if isinstance(self.desk, Parts) else self.desk.newest


def web_of(request: Request) -> Web:
    """What the app was made with."""
    web: Web = request.app.state.web
    return web


Here = Annotated[Web, Depends(web_of)]

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="conversation",
    description="The token of the conversation, as `POST /api/conversations` gave it. "
    "It travels in this header alone, never in an address.",
)


async def current_conversation(
    web: Here,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Visit:
    """The conversation that the request's token opens.

    Raises:
        TokenRefused: there is no token, or it opens no conversation of this desk.
    """
    if credentials is None:
        raise TokenRefused("send the conversation's token as 'Authorization: Bearer TOKEN'")
    return await find_conversation(web.parts.store, credentials.credentials)


Current = Annotated[Visit, Depends(current_conversation)]
