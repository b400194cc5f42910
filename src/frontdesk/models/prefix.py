"""Computes a prompt's fixed prefix once, and keeps it on disk over restarts of the engine.

llama.cpp's one slot remembers the last prompt and evaluates of the next one only what follows the
common beginning. Two things make it forget a prefix: a restart, and a prompt that begins
differently. Both are mended by restoring a file of the slot in milliseconds, where computing it
takes seconds. The file holds the prefix alone: it is written before any conversation follows it.

A truncated slot file makes llama.cpp abort, and a changed one may be believed, so each file's
SHA-256 stands beside it and is checked before the engine sees the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontdesk.errors import ModelError, RequestRefused
from frontdesk.models.endpoint import Endpoint, KvCache
from frontdesk.models.shelf import digest
from frontdesk.models.wire import messages_out
from frontdesk.types.generation import Message

Prefix = tuple[Message, ...]
Post = Callable[[Endpoint, str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Sends JSON to a path of the engine and returns its JSON; raises ``RequestRefused`` and others."""

KEEP = 4
"""Prefixes remembered, and files kept in the folder."""
MARKER = "frontdeskPrefixEndsHere"


class PrefixCache:
    """Knows the prefixes that were warmed and which of them the engine's slot begins with.

    Not for concurrent use: whoever calls it holds the engine.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._known: list[Prefix] = []
        self._held: tuple[int, Prefix] | None = None

    def learn(self, prefix: Prefix) -> None:
        """Remembers the prefix, and forgets the oldest if there are too many."""
        others = [known for known in self._known if known != prefix]
        self._known = [*others[1 - KEEP :], prefix]

    def match(self, messages: Prefix) -> Prefix | None:
        """The longest known prefix that the messages begin with."""
        found = [known for known in self._known if messages[: len(known)] == known]
        return max(found, key=len, default=None)

    def forget(self) -> None:
        """Something else may be in the slot now."""
        self._held = None

    async def prepare(self, endpoint: Endpoint, kv: KvCache, prefix: Prefix) -> None:
        """Makes the slot begin with the prefix: as it is, restored from disk, or computed."""
        if self._held == (endpoint.start, prefix):
            return
        self._held = None
        saved = _Saved.of(kv, prefix)
        if not await self._restore(endpoint, saved):
            tokens = await self._compute(endpoint, prefix)
            await self._save(endpoint, saved, tokens)
        self._held = (endpoint.start, prefix)

    async def _restore(self, endpoint: Endpoint, saved: _Saved) -> bool:
        if not await asyncio.to_thread(saved.is_whole):
            return False
        try:
            await self._post(endpoint, "/slots/0?action=restore", {"filename": saved.file.name})
        except RequestRefused:
            saved.remove()
            return False
        return True

    async def _compute(self, endpoint: Endpoint, prefix: Prefix) -> int:
        """Returns how many tokens the prefix has."""
        # The template decides where the prefix ends: just before what the customer says.
        probe = (*prefix, Message("user", MARKER))
        rendered = await self._post(endpoint, "/apply-template", {"messages": messages_out(probe)})
        text, found, _ = str(rendered["prompt"]).rpartition(MARKER)
        if not found:
            raise ModelError("The model's chat template doesn't show what the user says.")
        body = {"prompt": text, "n_predict": 0, "temperature": 0, "cache_prompt": True}
        return int((await self._post(endpoint, "/completion", body))["tokens_evaluated"])

    async def _save(self, endpoint: Endpoint, saved: _Saved, tokens: int) -> None:
        body = {"filename": saved.staged.name}
        try:
            answer = await self._post(endpoint, "/slots/0?action=save", body)
            if answer.get("n_saved") == tokens:
                await asyncio.to_thread(saved.keep)
            else:  # Somebody else uses this engine: a conversation must not get onto the disk.
                saved.remove()
        except (RequestRefused, OSError):
            saved.remove()  # A full disk: the next start computes the prefix again.


@dataclass(frozen=True)
class _Saved:
    """The file of a slot that holds one prefix."""

    file: Path

    @classmethod
    def of(cls, kv: KvCache, prefix: Prefix) -> _Saved:
        key = hashlib.sha256(json.dumps([kv.identity, messages_out(prefix)]).encode())
        return cls(kv.folder / f"{key.hexdigest()[:32]}.kv")

    @property
    def staged(self) -> Path:
        return self.file.with_suffix(f".kv-{os.getpid()}")

    @property
    def note(self) -> Path:
        return self.file.with_suffix(".sha256")

    def is_whole(self) -> bool:
        """Whether the file is there and as it was written."""
        try:
            if digest(self.file) != self.note.read_text("ascii"):
                self.remove()
                return False
            self.file.touch()
        except (OSError, UnicodeDecodeError):
            return False
        return True

    def keep(self) -> None:
        """Gives the file that the engine wrote its name, and removes the oldest others."""
        self.note.unlink(missing_ok=True)
        found = digest(self.staged)
        self.staged.replace(self.file)
        self.note.write_text(found, "ascii")
        files = sorted(self.file.parent.glob("*.kv"), key=lambda path: -path.stat().st_mtime_ns)
        for old in files[KEEP:]:
            _Saved(old).remove()

    def remove(self) -> None:
        for path in (self.file, self.staged, self.note):
            path.unlink(missing_ok=True)
