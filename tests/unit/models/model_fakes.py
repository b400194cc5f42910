"""A small model on a package index that is a folder, and an engine that answers as it is told."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.mirrors import PackageMirror, Part

PART_BYTES = 200_000


@dataclass(frozen=True)
class FakeIndex:
    """A model in four parts, and the folder in which pip finds their wheels."""

    entry: ModelEntry
    data: bytes
    wheels: Path

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.entry.mirrors[0].parts

    def wheel(self, number: int) -> Path:
        return self.wheels / f"fd_fake_part{number}-1.0-py3-none-any.whl"

    def publish(self, number: int, content: bytes) -> None:
        """Puts a wheel with that content on the index."""
        module = f"fd_fake_part{number}"
        info = f"{module}-1.0.dist-info"
        with zipfile.ZipFile(self.wheel(number), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{module}/__init__.py", "raise SystemExit('imported')")
            archive.writestr(f"{module}/data/part.bin", content)
            metadata = f"Metadata-Version: 2.1\nName: fd-fake-part{number}\nVersion: 1.0\n"
            archive.writestr(f"{info}/METADATA", metadata)
            wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{info}/WHEEL", wheel)
            archive.writestr(f"{info}/RECORD", "")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeIndex:
    wheels = tmp_path / "index"
    wheels.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    data = random.Random(7).randbytes(3 * PART_BYTES + 1234)
    pieces = [data[at : at + PART_BYTES] for at in range(0, len(data), PART_BYTES)]
    parts = tuple(
        Part(f"fd-fake-part{n}", "1.0", f"fd_fake_part{n}/data/part.bin", len(piece), sha(piece))
        for n, piece in enumerate(pieces, start=1)
    )
    entry = ModelEntry(
        id="fake-model",
        alias="fake",
        title="Fake",
        sha256=sha(data),
        size=len(data),
        licence="none",
        base_model="none",
        languages=("en",),
        context_tokens=100,
        prompt_format="none",
        resident_bytes=0,
        mirrors=(PackageMirror(parts),),
    )
    fake = FakeIndex(entry, data, wheels)
    for number, piece in enumerate(pieces, start=1):
        fake.publish(number, piece)
    return fake


Reply = Callable[["FakeServer", asyncio.StreamWriter, dict[str, object]], Awaitable[None]]


@dataclass
class FakeServer:
    """Speaks just enough HTTP to be a bad engine."""

    url: str = ""
    reply: Reply | None = None
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    dropped: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went away before its answer was complete."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().split("content-length:")[1].split("\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            self.headers.append(head)
            self.bodies.append(body)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
            gone = asyncio.create_task(reader.read())
            assert self.reply is not None
            reply = asyncio.ensure_future(self.reply(self, writer, body))
            await asyncio.wait({gone, reply}, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                self.dropped.set()
            reply.cancel()
            gone.cancel()
            await asyncio.gather(gone, reply, return_exceptions=True)
        finally:
            self.busy -= 1
            writer.close()


def answers(body: object, status: int = 200, after_s: float = 0.0) -> Reply:
    """Answers with that JSON, or with that text."""

    async def reply(server: FakeServer, writer: asyncio.StreamWriter, request: object) -> None:
        await asyncio.sleep(after_s)
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        await writer.drain()

    return reply


def streams(*lines: object, pause_s: float = 0.0, whole: bool = True) -> Reply:
    """Answers with server-sent events; cuts the connection at the end unless ``whole``."""

    async def reply(server: FakeServer, writer: asyncio.StreamWriter, request: object) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for line in lines:
            text = line if isinstance(line, str) else json.dumps(line)
            data = f"data: {text}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            await asyncio.sleep(pause_s)
        if whole:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    return reply


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    listening = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield fake
    listening.close()
    await listening.wait_closed()
