"""The routes of a conversation: open it, write, press buttons, read, follow."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header
from sse_starlette.sse import EventSourceResponse

from frontdesk.engine.reception import open_conversation, receive
from frontdesk.errors import TokenRefused
from frontdesk.ports import Visit
from frontdesk.procedures.fold import replay
from frontdesk.types.desk import Customer
from frontdesk.types.events import ConversationStarted
from frontdesk.web import identity
from frontdesk.web.context import Current, Here, Web
from frontdesk.web.failures import UnknownButton
from frontdesk.web.schema import (
    Accepted,
    ButtonRequest,
    DeskInfo,
    History,
    MessageRequest,
    Opened,
    OpenRequest,
    failures,
)
from frontdesk.web.stream import PING_S, server_sent
from frontdesk.web.transcript import PERSON, PERSON_DOES, Entry, Transcript, button_of

router = APIRouter(prefix="/api", tags=["conversation"])

_MOST_LANGUAGES = 20
_STREAM: dict[str, Any] = {
    "description": "Server-sent events. `event` is the kind of entry, `data` the entry as JSON as "
    "in `GET /api/conversations/current`, `id` its `seq`. A comment comes every "
    f"{PING_S} seconds.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": "id: 2\nevent: reply\n"
            'data: {"seq":2,"type":"reply","text":"Hello","buttons":[],"citations":[]}\n\n',
        }
    },
}


@router.get("/desk", summary="The desk", tags=["desk"])
async def desk(web: Here) -> DeskInfo:
    """What a page needs to know before a conversation begins."""
    own = web.parts.desk
    return DeskInfo(
        name=own.name,
        language=own.language,
        languages=list(own.languages),
        message_characters=own.message_characters,
        demo=web.demo,
    )


@router.post(
    "/conversations",
    status_code=201,
    summary="Open a conversation",
    responses=failures(401, 413, 422, 503),
)
async def open_one(
    web: Here,
    request: OpenRequest,
    accept_language: Annotated[
        str, Header(description="The browser's languages; counts where `language` is not given.")
    ] = "",
) -> Opened:
    """Opens a conversation, for a customer whom the host site vouches for or for nobody known.

    A broken or expired identity is refused; it never makes an unknown customer.
    """
    customer = _customer(web, request.identity) if request.identity is not None else None
    own = web.parts.desk
    wanted = [*([request.language] if request.language else []), *_accepted(accept_language)]
    opened = await open_conversation(web.parts.store, own, customer, wanted)
    return Opened(token=opened.token, desk=own.name, language=opened.language)


def _accepted(header: str) -> list[str]:
    """The languages of an ``Accept-Language`` header, best first (RFC 9110, 12.5.4)."""
    found: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST_LANGUAGES]:
        match = re.fullmatch(r"\s*([A-Za-z-]+)\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part)
        if match and float(match[2] or 1) > 0:
            found.append((float(match[2] or 1), match[1]))
    return [code for _, code in sorted(found, key=lambda one: -one[0])]


def _customer(web: Web, token: str) -> Customer:
    if web.secret is None:
        raise TokenRefused("this desk has no identity secret, so nobody can sign in")
    return identity.read(token, web.secret, web.parts.desk.id)


@router.get(
    "/conversations/current",
    summary="The conversation so far",
    responses=failures(401, 503),
)
async def read_all(web: Here, visit: Current) -> History:
    """Everything that the customer may see, oldest first."""
    recorded = await visit.store.history(visit.conversation)
    transcript = Transcript()
    shown: list[Entry] = [x for one in recorded if (x := transcript.entry(one)) is not None]
    first = recorded[0].event
    state = replay(recorded)
    customer = first.customer if isinstance(first, ConversationStarted) else None
    return History(
        desk=web.parts.desk.name,
        customer=customer.name or customer.id if customer else "",
        language=state.language,
        entries=shown,
        last=recorded[-1].seq,
    )


@router.post(
    "/conversations/current/messages",
    status_code=202,
    summary="Write",
    responses=failures(401, 413, 422, 503),
)
async def write(web: Here, visit: Current, request: MessageRequest) -> Accepted:
    """Accepts a message; it and the reply come through the event stream."""
    return await _receive(web, visit, "message", request.text, request)


@router.post(
    "/conversations/current/buttons",
    status_code=202,
    summary="Press a button",
    responses=failures(401, 413, 422, 503),
)
async def press(web: Here, visit: Current, request: ButtonRequest) -> Accepted:
    """Accepts a pressed button; one whose reply isn't the newest any more does nothing."""
    does = await _does(visit, request.does)
    return await _receive(web, visit, "button", does, request)


async def _does(visit: Visit, name: str) -> str:
    """What the button with this name on the wire does."""
    if name == PERSON:
        return PERSON_DOES
    seq, place = map(int, name.split("."))
    recorded = await visit.store.history(visit.conversation, max(seq - 1, 0))
    found = button_of(recorded[0], place) if recorded and recorded[0].seq == seq else None
    if found is None:
        raise UnknownButton(f"there is no button {name!r} in this conversation")
    return found.does


async def _receive(
    web: Web, visit: Visit, kind: Any, text: str, request: MessageRequest | ButtonRequest
) -> Accepted:
    trigger = await receive(
        visit.store,
        web.parts.desk,
        visit.conversation,
        kind,
        text,
        seen=request.seen,
        client_id=request.id,
    )
    return Accepted(accepted=trigger.id)


@router.get(
    "/conversations/current/events",
    summary="Follow the conversation",
    response_class=EventSourceResponse,
    responses={200: _STREAM, **failures(401, 422, 503)},
)
async def follow(
    web: Here,
    visit: Current,
    last_event_id: Annotated[
        int, Header(ge=0, le=2**53, description="The `seq` after which to go on; 0 for all.")
    ] = 0,
) -> EventSourceResponse:
    """Sends what the customer may see, as it happens."""
    stream = server_sent(visit.store, visit.conversation, last_event_id, web.stopping)
    return EventSourceResponse(stream, ping=PING_S, sep="\n")
