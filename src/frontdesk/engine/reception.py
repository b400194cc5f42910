"""Takes things in: opens conversations, and puts what happens to them into the inbox."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from frontdesk.errors import MessageRefused, SettingError, TokenRefused
from frontdesk.ports import Store, Visit
from frontdesk.procedures.builtin import message
from frontdesk.types.desk import Customer, Desk
from frontdesk.types.events import ConversationStarted, Replied
from frontdesk.types.triggers import Trigger

_KEPT_CONTROLS = "\n\t"
_DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LONGEST_BUTTON = 300


@dataclass(frozen=True)
class Opened:
    """A new conversation."""

    conversation: str
    token: str
    """Opens it; kept by the customer alone, the store has its hash."""
    language: str


async def open_conversation(
    store: Store, desk: Desk, customer: Customer | None, wanted: Sequence[str] = ()
) -> Opened:
    """A conversation with a greeting, for a customer who is signed in or for nobody known.

    Args:
        store: keeps it.
        desk: answers in it.
        customer: who is signed in.
        wanted: the customer's languages, best first; the conversation begins in the first one that
            the desk has.
    """
    language = spoken(desk, wanted)
    conversation, token = new_id(), secrets.token_urlsafe(32)
    started = ConversationStarted(desk.id, desk.digest, language, customer)
    await store.create(conversation, token_hash(token), started)
    greeting = Replied(message(desk, "greeting", language), said="greeting")
    await store.append(conversation, 1, [greeting])
    return Opened(conversation, token, language)


def spoken(desk: Desk, wanted: Iterable[str]) -> str:
    """The first of these languages ("es", "zh-Hans-CN") that the desk has, else its own first."""
    bare = (re.split(r"[-_]", code)[0].casefold() for code in wanted)
    return next((code for code in bare if code in desk.languages), desk.language)


async def find_conversation(store: Store, token: str) -> Visit:
    """The conversation that the token opens.

    Raises:
        TokenRefused: it opens none.
    """
    found = await store.visit(token_hash(token))
    if found is None:
        raise TokenRefused("this token opens no conversation; start a new one")
    return found


async def receive(
    store: Store,
    desk: Desk,
    conversation: str,
    kind: Literal["message", "button"],
    text: str,
    *,
    seen: int | None = None,
    client_id: str | None = None,
) -> Trigger:
    """Accepts a customer's message or button; one that was delivered before is not taken twice.

    Raises:
        MessageRefused: it is empty or too long.
    """
    most = desk.message_characters if kind == "message" else _LONGEST_BUTTON
    if len(text) > most:
        raise MessageRefused(f"the message has {len(text)} characters; at most {most} are taken")
    cleaned = clean(text)
    if not cleaned:
        raise MessageRefused("the message is empty")
    trigger = Trigger(new_id(), conversation, kind, cleaned, seen=seen, client_id=client_id or None)
    return await store.accept(trigger) or trigger


async def operate(
    store: Store,
    conversation: str,
    action: Literal["claim", "reply", "release"],
    person: str,
    text: str = "",
) -> Trigger:
    """Accepts what a person does with a conversation.

    Raises:
        SettingError: nobody is named.
        MessageRefused: a reply is empty.
    """
    person = clean(person)
    if not person:
        raise SettingError("say who you are with --as NAME")
    if action == "reply" and not clean(text):
        raise MessageRefused("the reply is empty")
    trigger = Trigger(new_id(), conversation, "operator", clean(text), action=action, person=person)
    await store.accept(trigger)
    return trigger


def clean(text: str) -> str:
    """The text without control characters and without marks that turn its direction around."""
    plain = _DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", text))
    kept = (c for c in plain if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def token_hash(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_id() -> str:
    """An id that nothing else has."""
    return uuid.uuid4().hex
