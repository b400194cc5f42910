"""The local engine: a child process that serves one model, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from frontdesk.errors import ModelError
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.endpoint import Endpoint, KvCache
from frontdesk.models.engine_log import EngineLog
from frontdesk.models.llama_child import ChildConfig
from frontdesk.models.shelf import Shelf

PAUSES_S = (0.0, 0.0, 1.0)
"""Before the first, second and third start within ``WINDOW_S``; there is no fourth."""
WINDOW_S = 60.0


@dataclass(frozen=True)
class LlamaSettings:
    """How the child runs the model."""

    context_tokens: int = 8192
    """The longest prompt with its answer; cut to what the model was trained for."""
    threads: int = 0
    """0 for as many as this process may use. On a busy machine fewer can be faster."""
    batch_tokens: int = 128
    """Prompt tokens between two looks at whether the request was cancelled."""
    start_timeout_s: float = 180.0
    grace_s: float = 5.0
    """How long the child has to end by itself before it is killed."""


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    log: EngineLog
    endpoint: Endpoint


class LlamaEngine:
    """A supervised child process that runs a model of the catalogue.

    Starts when first asked for its endpoint, and again when the child died meanwhile; at most
    three times a minute. Checks the file's hash before the child gets it.
    """

    def __init__(
        self,
        entry: ModelEntry,
        shelf: Shelf,
        *,
        kv_folder: Path,
        log_folder: Path,
        settings: LlamaSettings | None = None,
    ) -> None:
        self.entry = entry
        self.log_path = log_folder / f"engine-{entry.id}.log"
        self._shelf = shelf
        self._kv_folder = kv_folder
        self._settings = settings or LlamaSettings()
        self._child: _Child | None = None
        self._lock = asyncio.Lock()
        self._recent: deque[float] = deque(maxlen=len(PAUSES_S))
        self._starts = 0
        self._distrusted = 0
        self._last_words = ""
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id, while it runs."""
        child = self._child
        return child.process.pid if child and child.process.poll() is None else None

    async def start(self) -> None:
        """Starts the child unless it runs; raises ``ModelError`` or ``ModelFileError``."""
        await self.endpoint()

    async def endpoint(self) -> Endpoint:
        """Where the child listens, started if need be; raises like ``start``."""
        async with self._lock:
            if self._closed:
                raise ModelError(f"The engine for {self.entry.id} is closed.")
            if not self._is_alive():
                await self._restart()
            assert self._child is not None
            return self._child.endpoint

    def take_complaint(self) -> str | None:
        """What the engine said, since last asked, about a grammar that it then ignored."""
        return self._child.log.take_complaint() if self._child else None

    def distrust(self, endpoint: Endpoint) -> None:
        """Tells it that a connection to the child broke; the next ``endpoint`` is a new child's.

        A dying process closes its sockets well before its parent can see that it is dead.
        """
        self._distrusted = endpoint.start

    async def close(self) -> None:
        """Ends the child; nothing is left of it. The engine can't be started again."""
        self._closed = True
        async with self._lock:
            child, self._child = self._child, None
            if child is not None:
                await asyncio.to_thread(_end, child.process, child.log, self._settings.grace_s)

    def _is_alive(self) -> bool:
        child = self._child
        if child is None or child.endpoint.start == self._distrusted:
            return False
        return child.process.poll() is None

    async def _restart(self) -> None:
        if self._child is not None:
            await asyncio.to_thread(_end, self._child.process, self._child.log, 1.0)
            self._last_words, self._child = self._child.log.last_words(), None
        path = await asyncio.to_thread(self._shelf.checked, self.entry)
        await asyncio.sleep(self._pause())
        self._recent.append(time.monotonic())
        self._starts += 1
        # Not in a thread: a task that is cancelled would lose the process that the thread made.
        try:
            process, log, config = self._spawn(path)
        except OSError as error:
            raise ModelError(f"The engine for {self.entry.id} can't be run: {error}") from error
        try:
            line = await asyncio.to_thread(_ready_line, process, self._settings.start_timeout_s)
            self._child = _Child(process, log, self._endpoint_of(line, log, config))
        except BaseException:
            _end(process, log, 0.0)
            self._last_words = log.last_words()
            raise

    def _pause(self) -> float:
        """Seconds to wait before the next start; raises ``ModelError`` if there were too many."""
        now = time.monotonic()
        recent = sum(now - started < WINDOW_S for started in self._recent)
        if recent >= len(PAUSES_S):
            raise ModelError(
                f"The engine for {self.entry.id} was started {recent} times in "
                f"{WINDOW_S:.0f} seconds and died each time; it is left alone for a minute. "
                f"The last time it said, in {self.log_path}:\n{self._last_words}"
            )
        return PAUSES_S[recent]

    def _spawn(self, path: Path) -> tuple[subprocess.Popen[bytes], EngineLog, ChildConfig]:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self._kv_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = ChildConfig(
            model=str(path),
            kv_folder=f"{self._kv_folder}{os.sep}",
            secret=secrets.token_urlsafe(32),
            context_tokens=min(self._settings.context_tokens, self.entry.context_tokens),
            threads=self._settings.threads or _processors(),
            batch_tokens=self._settings.batch_tokens,
        )
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "frontdesk.models.llama_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        log = EngineLog(_pipe(process.stderr), self.log_path)
        # If it died at once, the missing ready line says so and the log says why.
        with contextlib.suppress(BrokenPipeError):
            _pipe(process.stdin).write(json.dumps(asdict(config)).encode() + b"\n")
            _pipe(process.stdin).flush()
        return process, log, config

    def _endpoint_of(self, line: bytes, log: EngineLog, config: ChildConfig) -> Endpoint:
        try:
            ready = json.loads(line)
        except ValueError:
            seconds = self._settings.start_timeout_s
            ready = {"error": f"it ended, or took longer than {seconds:g} seconds"}
        if "address" not in ready:
            log.join(1.0)
            raise ModelError(
                f"The engine for {self.entry.id} did not start: {ready['error']}. "
                f"It said, in {self.log_path}:\n{log.last_words()}"
            )
        identity = f"{self.entry.sha256} {ready['version']} {config.context_tokens}"
        return Endpoint(
            base_url=ready["address"],
            key=config.secret,
            start=self._starts,
            kv=KvCache(self._kv_folder, identity),
        )


def _ready_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The child's first line; empty when it ends or takes longer than that many seconds."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        return _pipe(process.stdout).readline()
    finally:
        timer.cancel()


def _end(process: subprocess.Popen[bytes], log: EngineLog, grace_s: float) -> None:
    """Closes the child's input, which ends it, and kills it when that takes too long."""
    with contextlib.suppress(BrokenPipeError):
        _pipe(process.stdin).close()
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _pipe(process.stdout).close()
    log.join(1.0)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
