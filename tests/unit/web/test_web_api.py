from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from web_site import ANA, SECRET, Site, bearer, button, texts

from frontdesk.engine.reception import find_conversation, operate
from frontdesk.errors import SettingError, StoreError
from frontdesk.types.desk import Customer
from frontdesk.web.api import create_app
from frontdesk.web.identity import sign

TOO_LARGE = 1_000_000


def error(response) -> dict[str, str]:
    """The failure, when it has the one shape that failures have."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert "Traceback" not in response.text
    return body["error"]


async def test_a_conversation_opens_with_a_greeting(site: Site) -> None:
    read = await site.read(await site.open())
    assert read["desk"] == "Harbor Stays"
    assert read["customer"] == ""
    (greeting,) = read["entries"]
    assert greeting["type"] == "reply"
    assert "automated assistant" in greeting["text"]


@pytest.mark.parametrize(
    ("body", "header", "language", "greeting"),
    [
        ({}, "", "en", "Hello"),
        ({"language": "es"}, "", "es", "Hola"),
        ({"language": "zh-CN"}, "es", "zh", "您好"),
        ({"language": "fr"}, "fr-FR, en;q=0.5, es-MX;q=0.9", "es", "Hola"),
        ({}, "fr", "en", "Hello"),
    ],
)
async def test_a_conversation_opens_in_the_customers_language(
    site: Site, body: dict[str, str], header: str, language: str, greeting: str
) -> None:
    headers = {"Accept-Language": header}
    response = await site.client.post("/api/conversations", json=body, headers=headers)
    assert response.json()["language"] == language
    read = await site.read(response.json()["token"])
    assert read["language"] == language
    assert read["entries"][0]["text"].startswith(greeting)


async def test_a_message_in_another_language_changes_the_conversations(site: Site) -> None:
    """Through the whole turn: the change is an event, and the reply is in the new language."""
    token = await site.open(ANA)
    new = await site.say(token, "Quiero ver las reservas que tengo", "start show_bookings")
    assert [entry["language"] for entry in new if entry["type"] == "language"] == ["es"]
    assert texts(new)[0].startswith("Tiene 4 reservas:")
    assert (await site.read(token))["language"] == "es"


async def test_a_signed_identity_says_who_the_customer_is(site: Site) -> None:
    assert (await site.read(await site.open(ANA)))["customer"] == "Ana Sousa"


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "broken",
        sign(Customer(ANA), SECRET, "harbor-stays", timedelta(hours=-1)),
        sign(Customer(ANA), SECRET[::-1], "harbor-stays", timedelta(hours=1)),
        sign(Customer(ANA), SECRET, "another-desk", timedelta(hours=1)),
    ],
)
async def test_a_bad_identity_never_makes_an_unknown_customer(site: Site, identity: str) -> None:
    response = await site.client.post("/api/conversations", json={"identity": identity})
    assert response.status_code == 401
    assert error(response)["code"] == "token_refused"


async def test_without_a_secret_nobody_signs_in(plain_site: Site) -> None:
    signed = sign(Customer(ANA), SECRET, "harbor-stays", timedelta(hours=1))
    response = await plain_site.client.post("/api/conversations", json={"identity": signed})
    assert response.status_code == 401
    assert "no identity secret" in error(response)["message"]


async def test_a_short_secret_stops_the_app_at_its_start(site: Site) -> None:
    with pytest.raises(SettingError, match="at least 32"):
        create_app(site.parts, secret="short")


async def test_a_booking_is_cancelled_by_button(site: Site) -> None:
    token = await site.open(ANA)
    asked = await site.say(token, "I need to cancel my trip to Porto", "start cancel_booking")
    assert texts(asked, "message") == ["I need to cancel my trip to Porto"]
    done = await site.press(token, button(asked, "Yes"))
    assert texts(done, "message") == ["Yes"]
    assert "HB-1001 is cancelled" in " ".join(texts(done))


async def test_a_button_of_an_older_reply_does_nothing(site: Site) -> None:
    token = await site.open(ANA)
    asked = await site.say(token, "cancel my trip to Porto", "start cancel_booking")
    yes = button(asked, "Yes")
    await site.press(token, button(asked, "No"))
    late = await site.press(token, yes)
    assert texts(late, "message") == ["Yes"]
    assert "cancelled" not in " ".join(texts(late))
    conversation = (await site.parts.store.conversations(["desk"]))[0]
    assert await site.parts.store.ledger(conversation.id) == []


async def test_a_yes_to_a_question_that_was_not_shown_is_no_consent(site: Site) -> None:
    token = await site.open(ANA)
    seen = (await site.read(token))["last"]
    await site.say(token, "cancel my trip to Porto", "start cancel_booking")
    late = await site.say(token, "yes", seen=seen)
    assert "is cancelled" not in " ".join(texts(late))


async def test_a_person_can_be_called_without_a_model(site: Site) -> None:
    token = await site.open()
    called = await site.press(token, "person")
    assert texts(called, "message") == ["I want to talk to a person"]
    assert "waiting_for_person" in [entry.get("status") for entry in called]
    assert site.model.requests == []


@pytest.mark.parametrize("does", ["1.0", "2.0", "2.7", "99.0", "0.0"])
async def test_a_button_that_never_was_is_refused(site: Site, does: str) -> None:
    response = await site.post(await site.open(), "buttons", does=does)
    assert response.status_code == 422
    assert error(response)["code"] == "unknown_button"


@pytest.mark.parametrize("does", ["", "yes", "start:cancel_booking", "1", "1.0.0", "-1.0", "²·0"])
async def test_what_a_button_does_cannot_be_written_by_hand(site: Site, does: str) -> None:
    response = await site.post(await site.open(), "buttons", does=does)
    assert response.status_code == 422
    assert error(response)["code"] == "invalid_request"


async def test_the_same_client_id_is_taken_once(site: Site) -> None:
    token = await site.open()
    first = await site.post(token, "messages", text="hello", id="c-1")
    second = await site.post(token, "messages", text="hello", id="c-1")
    third = await site.post(token, "messages", text="hello", id="c-2")
    assert first.json() == second.json() != third.json()
    await site.work(token)
    assert texts((await site.read(token))["entries"], "message") == ["hello", "hello"]
    again = await site.post(token, "messages", text="hello", id="c-1")
    assert again.json() == first.json()


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x01\x1b", "\u202e\u2066", "\ud800"])
async def test_an_empty_message_is_refused(site: Site, text: str) -> None:
    response = await _raw(site, await site.open(), json.dumps({"text": text}).encode())
    assert response.status_code == 422
    assert error(response)["message"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("مرحبا، أريد إلغاء الحجز", None),
        ("אני רוצה לבטל", None),
        ("👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301", "👩‍👩‍👧‍👦 🏳️‍🌈 é"),
        ("two\nlines\tand a tab", None),
        ("bell\x07 and nul\x00 and \u202etxet", "bell and nul and txet"),
        ("<b>bold</b> & <script>alert(1)</script>", None),
        ("data: x\n\nid: 999\nevent: reply", None),
        ("😀" * 4000, None),
    ],
)
async def test_any_language_is_taken(site: Site, sent: str, shown: str | None) -> None:
    token = await site.open()
    assert texts(await site.say(token, sent), "message") == [shown or sent]


async def test_a_long_message_is_refused(site: Site) -> None:
    response = await site.post(await site.open(), "messages", text="x" * 4001)
    assert response.status_code == 422
    assert error(response)["code"] == "message_refused"
    assert "at most 4000" in error(response)["message"]


async def test_a_huge_body_is_refused_before_it_is_read(site: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = bearer(await site.open()) | {"Content-Length": str(TOO_LARGE)}
    path = "/api/conversations/current/messages"
    response = await site.client.post(path, content=body(), headers=headers)
    assert response.status_code == 413
    assert error(response)["code"] == "too_large"


async def test_a_huge_body_of_unknown_length_is_cut_off(site: Site) -> None:
    """Sent in chunks, without a Content-Length."""
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield b"x" * 1024

    response = await _raw(site, await site.open(), chunks())
    assert response.status_code == 413
    assert error(response)["code"] == "too_large"
    assert "Content-Length" not in response.request.headers


async def _raw(site: Site, token: str, content):
    headers = bearer(token) | {"Content-Type": "application/json"}
    path = "/api/conversations/current/messages"
    return await site.client.post(path, content=content, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"text": 5}',
        b'{"text": "x", "seen": -1}',
        b'{"text": "x", "seen": 1e300}',
        b'{"text": "x", "other": 1}',
        b'{"text": "x", "id": ""}',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
async def test_a_body_of_another_shape_is_refused(site: Site, body: bytes) -> None:
    response = await _raw(site, await site.open(), body)
    assert response.status_code in (400, 422)
    assert error(response)["message"]


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer \x7f"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/events"), ("POST", "/messages"), ("POST", "/buttons")],
)
async def test_nothing_opens_without_the_token(
    site: Site, authorization: str | None, method: str, path: str
) -> None:
    await site.open()
    headers = {} if authorization is None else {"Authorization": authorization}
    body = {"json": {"text": "x", "does": "1.0"}} if method == "POST" else {}
    path = f"/api/conversations/current{path}"
    response = await site.client.request(method, path, headers=headers, **body)
    assert response.status_code == 401
    assert error(response)["code"] == "token_refused"


async def test_a_token_in_the_address_opens_nothing(site: Site) -> None:
    token = await site.open()
    response = await site.client.get("/api/conversations/current", params={"token": token})
    assert response.status_code == 401


async def test_one_conversation_is_never_seen_in_another(site: Site) -> None:
    ana, ben = await site.open(ANA), await site.open("cust-ben")
    await site.say(ana, "show me my bookings", "start show_bookings")
    assert "HB-1001" in " ".join(texts((await site.read(ana))["entries"]))
    assert "HB-1001" not in json.dumps(await site.read(ben))


async def test_what_a_person_does_is_shown(site: Site) -> None:
    token = await site.open()
    await site.press(token, "person")
    conversation = (await find_conversation(site.parts.store, token)).conversation
    for action, text in (("claim", ""), ("reply", "Olá!"), ("release", "a secret note")):
        await operate(site.parts.store, conversation, action, "Maria", text)
    await site.work(token)
    entries = (await site.read(token))["entries"]
    assert [x["status"] for x in entries if x["type"] == "status"] == [
        "waiting_for_person", "idle", "with_person", "with_assistant",
    ]  # fmt: skip
    assert [(x["name"], x["text"]) for x in entries if x["type"] == "person"] == [("Maria", "Olá!")]
    assert "a secret note" not in json.dumps(entries)


async def test_nothing_internal_is_shown(site: Site) -> None:
    token = await site.open(ANA)
    asked = await site.say(token, "cancel my trip to Porto", "start cancel_booking")
    await site.press(token, button(asked, "Yes"))
    await site.say(token, "How many working days does a refund take to arrive?", "ask")
    conversation = (await site.parts.store.conversations(["desk"]))[0]
    shown = json.dumps(await site.read(token))
    desk = site.parts.desk
    inside = [*desk.tools, *desk.procedures, desk.digest, conversation.id, token, "yes:", "pick:"]
    assert [name for name in inside if name in shown] == []
    assert "citations" in shown


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/static/../api.py", 404),
        ("GET", "/static/%2e%2e/api.py", 404),
        ("GET", "/static/nothing.js", 404),
        ("DELETE", "/api/conversations", 405),
    ],
)
async def test_wrong_addresses_fail_in_the_same_shape(
    site: Site, method: str, path: str, status: int
) -> None:
    response = await site.client.request(method, path)
    assert response.status_code == status
    assert error(response)["message"]


async def test_the_demo_is_not_there_otherwise(plain_site: Site) -> None:
    client = plain_site.client
    assert (await client.get("/demo/customers")).status_code == 404
    assert (await client.post("/demo/identity", json={"customer": ANA})).status_code == 404
    assert (await client.get("/api/desk")).json()["demo"] is False
    assert "/demo" not in (await client.get("/openapi.json")).text.replace("`/demo`", "")


async def test_the_demo_signs_for_its_customers_alone(site: Site) -> None:
    known = (await site.client.get("/demo/customers")).json()["customers"]
    assert {"id": ANA, "name": "Ana Sousa"} in known
    response = await site.client.post("/demo/identity", json={"customer": "cust-nobody"})
    assert response.status_code == 422
    assert error(response)["code"] == "no_such_customer"


@pytest.mark.parametrize("path", ["/", "/static/chat.js", "/api/desk", "/healthz", "/nothing"])
async def test_every_answer_has_the_security_headers(site: Site, path: str) -> None:
    headers = (await site.client.get(path)).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_names_no_other_machine(site: Site) -> None:
    for path in (
        "/",
        "/static/chat.css",
        "/static/theme.css",
        "/static/chat.js",
        "/static/view.js",
    ):
        text = (await site.client.get(path)).text
        assert "//" not in text.replace("// ", "").replace("http://www.w3.org", "")


async def test_the_schema_describes_every_route(site: Site) -> None:
    schema = (await site.client.get("/openapi.json")).json()
    for path, methods in schema["paths"].items():
        for route in methods.values():
            assert route["summary"], path
            assert route["description"], path
            assert route["tags"], path
    assert "Status" in schema["components"]["schemas"]


class _BrokenStore:
    async def visit(self, token_hash: str) -> None:
        raise StoreError("the database can't be used: /somewhere/frontdesk.db is full")


class _BuggyStore:
    async def visit(self, token_hash: str) -> None:
        raise ZeroDivisionError("a secret detail")


@pytest.mark.parametrize(("store", "status"), [(_BrokenStore(), 503), (_BuggyStore(), 500)])
async def test_our_own_failures_say_nothing_of_the_inside(
    site: Site, store: object, status: int
) -> None:
    web = site.app.state.web
    site.app.state.web = replace(web, desk=replace(web.parts, store=store))
    response = await site.client.get("/api/conversations/current", headers=bearer("x"))
    assert response.status_code == status
    assert "secret detail" not in response.text
    assert "frontdesk.db" not in response.text
    assert error(response)["code"] in ("unavailable", "internal")
