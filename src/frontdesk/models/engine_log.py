"""What an engine's child says on standard error: kept in a bounded file, without customers' words.

llama.cpp ignores a grammar that llguidance can't read and answers freely, with nothing but a
message here to show for it; and that message quotes the grammar, which quotes the customer. So the
message is caught for whoever sent the grammar, and not written down.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

STAMP = re.compile(r"^\d+\.\d\d\.\d{3}\.\d{3} [A-Z] ")
GRAMMAR = re.compile(r"llg error: ?(.*)")
BYTES = 1_000_000


class EngineLog:
    """Reads a child's standard error in a thread until it ends."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.path = path
        self._stream = stream
        self._file = RotatingFileHandler(path, maxBytes=BYTES, backupCount=1, encoding="utf-8")
        self._last: deque[str] = deque(maxlen=6)
        self._complaints: deque[str] = deque(maxlen=8)
        self._thread = threading.Thread(target=self._read, name="engine-log", daemon=True)
        self._thread.start()

    def last_words(self) -> str:
        """The last lines that were kept, without their time stamps; the cause is rarely last."""
        return "\n".join(f"  {line}" for line in dict.fromkeys(self._last)) or "  nothing"

    def take_complaint(self) -> str | None:
        """The oldest complaint about a grammar since last asked; asking forgets all of them."""
        oldest = self._complaints.popleft() if self._complaints else None
        self._complaints.clear()
        return oldest

    def join(self, seconds: float) -> None:
        """Waits until the child's last words are written."""
        self._thread.join(seconds)

    def _read(self) -> None:
        quoting = False
        with self._stream:
            for raw in self._stream:
                line = raw.decode("utf-8", "replace").rstrip()
                stamped = STAMP.match(line)
                if complaint := GRAMMAR.search(line):
                    self._complaints.append(complaint[1])
                    self._keep(line[: complaint.start(1)] + "(left out: it quotes the message)")
                    quoting = True
                elif line and (stamped or not quoting):
                    quoting = False
                    self._keep(line)
        self._file.close()

    def _keep(self, line: str) -> None:
        self._last.append(" ".join(STAMP.sub("", line).split()))
        self._file.emit(logging.makeLogRecord({"msg": line}))
