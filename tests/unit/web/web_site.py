"""The demo desk behind its HTTP API, with a scripted model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from frontdesk.app import LoadedDesk, open_desk
from frontdesk.engine.reception import find_conversation
from frontdesk.engine.turn import Parts
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.web.api import create_app
from frontdesk.worker.loop import Worker

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
SECRET = "a secret of the host site and the desk"
ANA = "cust-ana"


@dataclass
class Site:
    """What a test works with."""

    parts: Parts
    model: ScriptedModel
    app: FastAPI
    client: httpx.AsyncClient
    worker: Worker

    async def open(self, customer: str | None = None) -> str:
        """A new conversation's token."""
        body: dict[str, Any] = {}
        if customer:
            signed = await self.client.post("/demo/identity", json={"customer": customer})
            body = signed.json()
        return str((await self.client.post("/api/conversations", json=body)).json()["token"])

    async def post(self, token: str, kind: str, **body: Any) -> httpx.Response:
        """Sends a message or presses a button; nothing handles it yet."""
        path = f"/api/conversations/current/{kind}"
        return await self.client.post(path, json=body, headers=bearer(token))

    async def say(self, token: str, text: str, means: str = "", **body: Any) -> list[Any]:
        """Sends a message and has it handled; what is new in the conversation."""
        self.model.answers = [means] if means else []
        return await self._handled(token, "messages", text=text, **body)

    async def press(self, token: str, does: str, **body: Any) -> list[Any]:
        """Presses a button and has it handled; what is new in the conversation."""
        return await self._handled(token, "buttons", does=does, **body)

    async def read(self, token: str) -> dict[str, Any]:
        """The conversation so far."""
        response = await self.client.get("/api/conversations/current", headers=bearer(token))
        assert response.status_code == 200, response.text
        read: dict[str, Any] = response.json()
        return read

    async def work(self, token: str) -> None:
        """Handles what waits."""
        visit = await find_conversation(self.parts.store, token)
        await self.worker.work_off(visit.conversation)

    async def _handled(self, token: str, kind: str, **body: Any) -> list[Any]:
        before = (await self.read(token))["last"]
        response = await self.post(token, kind, **body)
        assert response.status_code == 202, response.text
        await self.work(token)
        return [x for x in (await self.read(token))["entries"] if x["seq"] > before]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def texts(entries: list[Any], kind: str = "reply") -> list[str]:
    return [entry["text"] for entry in entries if entry["type"] == kind]


def button(entries: list[Any], label: str) -> str:
    """What the newest button with this label is sent back as."""
    shown = [b for x in entries for b in x.get("buttons", ())]
    return str(next(b["does"] for b in reversed(shown) if b["label"] == label))


@contextlib.asynccontextmanager
async def open_site(
    loaded: LoadedDesk, template: Path, folder: Path, *, demo: bool = True, secret: str | None
) -> AsyncIterator[Site]:
    data = folder / "data"
    shutil.copytree(template, data)
    model = ScriptedModel()
    now = loaded.desk.test_now
    assert now is not None
    async with open_desk(loaded, model, data, clock=FixedClock(now), database=":memory:") as parts:
        app = create_app(parts, secret=secret, demo=demo)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Site(parts, model, app, client, Worker(parts))


@dataclass(frozen=True)
class Sent:
    """One server-sent event as it came over the wire."""

    id: int
    event: str
    data: dict[str, Any]


async def follow(url: str, token: str, after: int | None = None) -> AsyncIterator[Sent]:
    """Reads a real stream."""
    headers = bearer(token) | ({} if after is None else {"Last-Event-ID": str(after)})
    path = f"{url}api/conversations/current/events"
    async with (
        httpx.AsyncClient(timeout=10, trust_env=False) as client,
        client.stream("GET", path, headers=headers) as response,
    ):
        assert response.status_code == 200
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif fields:
                yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                fields = {}


async def collect(stream: AsyncIterator[Sent], quiet_s: float = 0.4) -> list[Sent]:
    """What comes until nothing more does."""
    found: list[Sent] = []
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(quiet_s if found else 5):
                found.append(await anext(stream))
    return found
