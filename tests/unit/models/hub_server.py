"""A Hugging Face hub and its storage on this machine, over real HTTP, with faults on demand.

It speaks the part of the protocol that fetching a file needs: ``HEAD`` and ``GET`` of
``/OWNER/NAME/resolve/REVISION/FILE`` with ``X-Repo-Commit``, ``X-Linked-Etag`` and
``X-Linked-Size``; a redirect to another host (another name and port) for the bytes; ``Range``
there; and ``X-Error-Code`` for what is missing, private or gated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote, unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    host: str
    """``hub`` or ``storage``."""
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class HubServer:
    """What it holds, what goes wrong, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By ``OWNER/NAME/FILE``, or by the path of a plain address."""
    commit: str = COMMIT
    token: str | None = None
    """What a private repository wants to see."""
    gated: bool = False
    content_type: str = "application/octet-stream"
    ranges: bool = True
    busy: list[tuple[int, str | None]] = field(default_factory=list)
    """Statuses with their ``Retry-After``, given one after the other before any bytes."""
    hub_busy: list[tuple[int, str | None]] = field(default_factory=list)
    """The same, for questions about a file."""
    cuts: list[int] = field(default_factory=list)
    """How many bytes the next answers hold before the connection breaks."""
    says: dict[str, str] = field(default_factory=dict)
    """SHA-256 that the hub names, where it isn't that of the bytes."""
    asked: list[Asked] = field(default_factory=list)
    hub: str = ""
    """Its address."""
    storage: str = ""

    def requests(self, host: str, method: str = "GET") -> list[Asked]:
        """What one of the two hosts was asked."""
        return [one for one in self.asked if (one.host, one.method) == (host, method)]

    def answer(self, request: _Handler) -> None:
        host = "storage" if request.server.server_port == self._port(self.storage) else "hub"
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(host, request.command, request.path, headers))
        path = unquote(request.path.partition("?")[0])
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if host == "hub" and match:
            self._resolve(request, *match.groups())
        elif path.startswith("/circle"):
            request.reply(302, {"Location": path})
        elif (data := self.files.get(path.strip("/"))) is None:
            request.reply(404, {})
        else:
            self._give(request, data)

    def _resolve(self, request: _Handler, repo: str, revision: str, file: str) -> None:
        told = request.headers.get("Authorization") == f"Bearer {self.token}"
        if request.command == "HEAD" and self.hub_busy:
            status, after = self.hub_busy.pop(0)
            request.reply(status, {"Retry-After": after} if after else {})
        elif self.token and not told:
            code = "GatedRepo" if self.gated else "RepoNotFound"
            request.reply(403 if self.gated else 401, {"X-Error-Code": code})
        elif not any(name.startswith(f"{repo}/") for name in self.files):
            request.reply(404, {"X-Error-Code": "RepoNotFound"})
        elif revision not in ("main", self.commit):
            request.reply(404, {"X-Error-Code": "RevisionNotFound"})
        elif (data := self.files.get(f"{repo}/{file}")) is None:
            request.reply(404, {"X-Error-Code": "EntryNotFound"})
        else:
            sha256 = self.says.get(file, hashlib.sha256(data).hexdigest())
            request.reply(
                302,
                {
                    "Location": f"{self.storage}/{quote(f'{repo}/{file}')}?signature=for-a-minute",
                    "X-Repo-Commit": self.commit,
                    "X-Linked-Etag": f'"{sha256}"',
                    "X-Linked-Size": str(len(data)),
                    "ETag": '"a git object"',
                },
            )

    def _give(self, request: _Handler, data: bytes) -> None:
        if request.command == "GET" and self.busy:
            status, after = self.busy.pop(0)
            request.reply(status, {"Retry-After": after} if after else {})
            return
        headers = {
            "Content-Type": self.content_type,
            "ETag": f'"{hashlib.md5(data).hexdigest()}"',
        }
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.ranges else 0
        if start >= len(data) > 0:
            request.reply(416, {"Content-Range": f"bytes */{len(data)}"})
            return
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        cut = self.cuts.pop(0) if self.cuts and request.command == "GET" else None
        request.reply(206 if start else 200, headers, data[start:], cut)

    @staticmethod
    def _port(address: str) -> int:
        return int(address.rpartition(":")[2])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: HubServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.fake.answer(self)

    def do_HEAD(self) -> None:
        self.server.fake.answer(self)

    def reply(
        self, status: int, headers: dict[str, str], body: bytes = b"", cut: int | None = None
    ) -> None:
        """Answers; breaks the connection after ``cut`` bytes of the body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def serving(fake: HubServer) -> Iterator[HubServer]:
    """The hub and its storage, listening until the end."""
    hub, storage = _Server(fake), _Server(fake)
    fake.hub = f"http://127.0.0.1:{hub.server_port}"
    fake.storage = f"http://localhost:{storage.server_port}"
    for server in (hub, storage):
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield fake
    finally:
        for server in (hub, storage):
            server.shutdown()
            server.server_close()
