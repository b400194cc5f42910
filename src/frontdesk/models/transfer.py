"""Fetches the bytes at an address into a file, and goes on where it stopped.

A connection that breaks is taken up again with a ``Range`` request, as long as something arrives in
between. A server that asks to wait (429, 503) is waited for, if it doesn't ask too much. Redirects
are followed, and httpx sends no token to another host than the one it was given for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import httpx

from frontdesk import __version__
from frontdesk.errors import PullFailed
from frontdesk.models.job import sync
from frontdesk.models.patience import BUSY, Patience, asked_seconds
from frontdesk.models.shelf import Progress

TIMEOUT = httpx.Timeout(60.0, connect=15.0)


@dataclass(frozen=True)
class Remote:
    """What to fetch."""

    url: str
    name: str
    """What the messages call it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    """Bytes, where it is known before."""
    begins_with: bytes = b""
    """The first bytes of a file of the right kind."""
    refused: str = ""
    """What to do about 401 and 403."""


def transfer(
    remote: Remote,
    into: Path,
    progress: Progress,
    *,
    require: Callable[[int], None],
    patience: Patience,
) -> None:
    """Appends to the file what is missing of it; what it holds is taken for the beginning.

    Args:
        remote: what to fetch.
        into: the file.
        progress: called with the bytes that are there and the bytes in all.
        require: raises when so many bytes are not free.
        patience: how long is waited.

    Raises:
        PullFailed: with what to do; what arrived stays in the file unless it can't be right.
        OSError: the file can't be written.
    """
    check_address(remote.url)
    with (
        httpx.Client(follow_redirects=True, timeout=TIMEOUT) as client,
        into.open("ab") as file,
    ):
        job = _Transfer(remote, file, progress, require, client)
        while not job.is_whole():
            before = file.tell()
            try:
                job.attempt()
                break
            except _Again as again:
                if file.tell() > before:
                    patience.refresh()
                done = file.tell()
                progress(done, remote.size or done, f"waiting: {again}")
                patience.wait(remote.name, str(again), again.asked_s)
            finally:
                sync(file)


def check_address(address: str) -> None:
    """Raises ``PullFailed`` for an address that can't be fetched or must not be written down."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise PullFailed(f"{address!r} is not an address: {error}.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise PullFailed(
            f"{address!r} can't be fetched. Write https://..., hf:OWNER/NAME/FILE, or the path of "
            "a file."
        )
    if url.userinfo:
        raise PullFailed(
            f"The address at {url.host} holds a name or a password. Fetch the file yourself and "
            "give its path."
        )


class _Again(Exception):
    """This attempt failed; another may not."""

    def __init__(self, why: str, asked_s: float | None = None) -> None:
        super().__init__(why)
        self.asked_s = asked_s


@dataclass(frozen=True)
class _Transfer:
    remote: Remote
    file: BinaryIO
    """Open for appending; its position is its end."""
    progress: Progress
    require: Callable[[int], None]
    client: httpx.Client

    def is_whole(self) -> bool:
        size = self.remote.size
        if size is not None and self.file.tell() > size:
            self._begin_anew()
        return self.file.tell() == size

    def attempt(self) -> None:
        """One request and its answer; raises ``_Again`` or ``PullFailed``."""
        headers = {"User-Agent": f"frontdesk/{__version__}", "Accept-Encoding": "identity"}
        headers |= self.remote.headers
        if offset := self.file.tell():
            headers["Range"] = f"bytes={offset}-"
        try:
            with self.client.stream("GET", self.remote.url, headers=headers) as response:
                self._check_status(response)
                self._check_position(response)
                self._check_size(response)
                for chunk in response.iter_raw():
                    self._take(chunk, response)
        except httpx.TooManyRedirects as error:
            raise PullFailed(f"{self.remote.name} redirects in a circle.") from error
        except httpx.TransportError as error:
            raise _Again(f"the connection broke ({error or type(error).__name__})") from error

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in BUSY:
            raise _Again(f"it answers {status}", asked_seconds(response.headers.get("Retry-After")))
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and self.file.tell():
            self._begin_anew()  # What is here is no beginning of this file.
            raise _Again("it has no more bytes than are here")
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise PullFailed(_refusal(self.remote, status))

    def _check_position(self, response: httpx.Response) -> None:
        begins = 0
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            begins = int(match[1]) if match else 0
        if begins != self.file.tell():
            self._begin_anew()
            if begins:
                raise _Again("it gave another part of the file than was asked for")

    def _check_size(self, response: httpx.Response) -> None:
        length = response.headers.get("Content-Length")
        if length is None:
            return
        total, size = self.file.tell() + int(length), self.remote.size
        if size not in (None, total):
            _refuse_page(self.remote, response)
            self._begin_anew()
            raise PullFailed(
                f"{self.remote.name} has {total:,} bytes, the entry names {size:,}: it is another "
                "file. Nothing of it was kept."
            )
        self.require(int(length))

    def _take(self, chunk: bytes, response: httpx.Response) -> None:
        offset, begins_with = self.file.tell(), self.remote.begins_with
        if not offset and not chunk.startswith(begins_with):
            _refuse_page(self.remote, response)
            raise PullFailed(f"{self.remote.name} gives no GGUF file. Nothing of it was kept.")
        self.file.write(chunk)
        offset += len(chunk)
        if self.remote.size is not None and offset > self.remote.size:
            self._begin_anew()
            raise PullFailed(f"{self.remote.name} gives more bytes than the entry names.")
        length = int(response.headers.get("Content-Length", 0))
        self.progress(offset, self.remote.size or max(length, offset), self.remote.name)

    def _begin_anew(self) -> None:
        self.file.seek(0)
        self.file.truncate()


def _refuse_page(remote: Remote, response: httpx.Response) -> None:
    if "html" in response.headers.get("Content-Type", ""):
        raise PullFailed(
            f"{remote.name} gives a web page, not a file. Write the address of the file itself; "
            "for a Hugging Face hub hf:OWNER/NAME/FILE."
        )


def _refusal(remote: Remote, status: int) -> str:
    if status in (401, 403):
        return f"{remote.name} is not given to you ({status}). {remote.refused}".strip()
    if status in (404, 410):
        return f"{remote.name} is not there ({status}). Check how the address is written."
    return f"{remote.name} could not be fetched: the server answers {status}."
