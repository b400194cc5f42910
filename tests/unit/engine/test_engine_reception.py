"""What is taken in, what is refused, and what is taken off a message."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.engine.reception import (
    clean,
    find_conversation,
    open_conversation,
    operate,
    receive,
    token_hash,
)
from frontdesk.errors import MessageRefused, SettingError, StoreError, TokenRefused
from frontdesk.store.sql_store import SqlStore
from frontdesk.store.sqlite import IN_MEMORY, SqliteDatabase
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.desk import Customer, Desk, ModelChoice

ANA = Customer("c-1", "Ana", "ana@example.com")


@pytest.fixture
def desk() -> Desk:
    return Desk(
        id="small", name="Small Desk", digest="d1", languages=("en",),
        timezone=ZoneInfo("Europe/Lisbon"), currency="EUR", model=ModelChoice("m"),
        procedures={}, tools={},
        message_characters=20,
    )  # fmt: skip


@pytest.fixture
async def store() -> AsyncIterator[SqlStore]:
    store = SqlStore(
        SqliteDatabase(IN_MEMORY), "small", FixedClock(datetime(2026, 5, 4, 12, tzinfo=UTC))
    )
    yield store
    await store.close()


@pytest.fixture
async def conversation(store: SqlStore, desk: Desk) -> str:
    return (await open_conversation(store, desk, ANA)).conversation


# -- conversations --------------------------------------------------------------------------------


async def test_a_conversation_opens_with_a_greeting(store: SqlStore, desk: Desk) -> None:
    opened = await open_conversation(store, desk, ANA)
    started, greeting = [r.event for r in await store.history(opened.conversation)]
    assert started == e.ConversationStarted("small", "d1", "en", ANA)
    assert isinstance(greeting, e.Replied)
    assert greeting.said == "greeting"
    assert "Small Desk" in greeting.text


async def test_the_token_opens_it_and_nothing_else_does(store: SqlStore, desk: Desk) -> None:
    one, two = [await open_conversation(store, desk, None) for _ in range(2)]
    assert (await find_conversation(store, one.token)).conversation == one.conversation
    assert (await find_conversation(store, two.token)).conversation == two.conversation
    for wrong in ("", one.token[:-1], one.token + "x", one.conversation, token_hash(one.token)):
        with pytest.raises(TokenRefused):
            await find_conversation(store, wrong)


async def test_tokens_can_not_be_guessed_and_are_kept_as_hashes(tmp_path: Path, desk: Desk) -> None:
    store = SqlStore(
        SqliteDatabase(tmp_path / "a.db"),
        "small",
        FixedClock(datetime(2026, 5, 4, tzinfo=UTC)),
    )
    opened = [await open_conversation(store, desk, None) for _ in range(20)]
    await store.close()
    assert len({one.token for one in opened}) == 20
    assert all(len(one.token) >= 43 for one in opened)  # 32 bytes
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for one in opened:
        assert one.token.encode() not in everything
        assert hashlib.sha256(one.token.encode()).hexdigest() == token_hash(one.token)
        assert one.token not in one.conversation


# -- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t \r\n", "\u00a0\u2003", "\x00\x01\x7f", "\u202e\u202c", "\u2066\u2069", "\ud800",
     "\ufeff".strip("\ufeff")],
)  # fmt: skip
async def test_an_empty_message_is_refused(
    store: SqlStore, desk: Desk, conversation: str, text: str
) -> None:
    for kind in ("message", "button"):
        with pytest.raises(MessageRefused, match="empty"):
            await receive(store, desk, conversation, kind, text)  # type: ignore[arg-type]
    assert await store.waiting(conversation) == 0


async def test_a_message_may_have_so_many_characters(
    store: SqlStore, desk: Desk, conversation: str
) -> None:
    for text in ("x" * 20, "💥" * 20, "字" * 20):
        assert (await receive(store, desk, conversation, "message", text)).text == text
    with pytest.raises(MessageRefused, match="21 characters; at most 20"):
        await receive(store, desk, conversation, "message", "x" * 21)
    button = "pick:" + "x" * 200  # a button is not the customer's own writing
    assert (await receive(store, desk, conversation, "button", button)).text == button
    with pytest.raises(MessageRefused):
        await receive(store, desk, conversation, "button", "x" * 301)


CLEANED = {
    "  hello \n": "hello",
    "two\nlines\tkept": "two\nlines\tkept",
    "a\x00b\x07c\x1bd\x85e\x7f": "abcde",
    "\u202eevil\u202c \u2066x\u2069": "evil x",
    "שלום عليكم": "שלום عليكم",
    "a\u200fb\u200ec": "a\u200fb\u200ec",
    "e\u0301": "é",
    "👩‍👩‍👧 🏳️‍🌈": "👩‍👩‍👧 🏳️‍🌈",
    "a\ud83d b \udc00": "a b",
    "price \u20ac1": "price €1",
}


@pytest.mark.parametrize("text", CLEANED)
def test_what_a_cleaned_message_keeps(text: str) -> None:
    assert clean(text) == CLEANED[text]


anything = st.text(st.characters(codec=None), max_size=60)


@given(anything)
def test_a_cleaned_message_can_be_stored_and_shown(text: str) -> None:
    """No surrogate, no control character, no turned direction; and it is clean for good."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not [c for c in cleaned if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean(cleaned) == cleaned


async def test_any_text_is_taken_or_refused(store: SqlStore, desk: Desk, conversation: str) -> None:
    taken = 0
    for code in (*range(0x20), *range(0x7F, 0xA1), 0xD800, 0xDFFF, 0xFFFE, 0x10FFFF, 0xE000):
        try:
            await receive(store, desk, conversation, "message", f"{chr(code)}")
            taken += 1
        except MessageRefused:
            pass
    assert await store.waiting(conversation) == taken


async def test_a_message_delivered_twice_is_taken_once(
    store: SqlStore, desk: Desk, conversation: str
) -> None:
    one = await receive(store, desk, conversation, "message", "hello", client_id="x")
    two = await receive(store, desk, conversation, "message", "hello", client_id="x")
    assert one.id == two.id
    assert await store.waiting(conversation) == 1
    for _ in range(2):  # without the client's id nothing tells them apart
        await receive(store, desk, conversation, "message", "hello", client_id="")
    assert await store.waiting(conversation) == 3


async def test_a_message_for_no_conversation(store: SqlStore, desk: Desk) -> None:
    with pytest.raises(StoreError):
        await receive(store, desk, "nowhere", "message", "hello")


# -- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "  ", "\n"])
async def test_a_person_has_a_name(store: SqlStore, conversation: str, name: str) -> None:
    with pytest.raises(SettingError, match="--as"):
        await operate(store, conversation, "claim", name)
    assert await store.waiting(conversation) == 0


@pytest.mark.parametrize("text", ["", "  ", "\x00", "\u202e"])
async def test_a_person_says_something(store: SqlStore, conversation: str, text: str) -> None:
    with pytest.raises(MessageRefused):
        await operate(store, conversation, "reply", "Ida", text)
    for action in ("claim", "release"):
        await operate(store, conversation, action, "Ida", text)  # type: ignore[arg-type]
    assert await store.waiting(conversation) == 2


async def test_what_a_person_does_enters_the_inbox(store: SqlStore, conversation: str) -> None:
    trigger = await operate(store, conversation, "reply", " Ida ", " hello\x00 ")
    assert (trigger.kind, trigger.action, trigger.person, trigger.text) == (
        "operator",
        "reply",
        "Ida",
        "hello",
    )
    claimed = await store.claim("w", 9)
    assert claimed is not None
    assert claimed.id == trigger.id


async def test_a_name_of_odd_bytes_is_taken(store: SqlStore, conversation: str) -> None:
    """As it comes from a command line that isn't UTF-8."""
    await operate(store, conversation, "claim", "Ida\udcff")
