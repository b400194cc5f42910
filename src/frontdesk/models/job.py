"""One pull: which model, into which folder, and what it may use; given to every fetcher."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from frontdesk.errors import PullFailed
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.patience import Sleep
from frontdesk.models.shelf import Progress, Shelf

Source = TypeVar("Source", contravariant=True)
"""A kind of mirror."""


@dataclass(frozen=True)
class Job:
    """A pull of one model."""

    entry: ModelEntry
    shelf: Shelf
    progress: Progress
    free: Callable[[Path], int]
    """The room left on a folder's disk, in bytes."""
    sleep: Sleep
    """Waits so many seconds."""

    @property
    def partial(self) -> Path:
        """What an interrupted pull left, or what this one appends to."""
        return self.shelf.partial(self.entry)

    @property
    def litter(self) -> str:
        """How the names of temporary files begin; a killed pull may leave some."""
        return f".{self.entry.filename}.pull-"

    @property
    def begins_with(self) -> bytes:
        """The first bytes of a file of the model's kind."""
        return b"GGUF" if self.entry.kind == "language" else b""

    def require(self, needed: int) -> None:
        """Raises ``PullFailed`` unless so many bytes are free."""
        there = self.free(self.shelf.folder)
        if there < needed:
            raise PullFailed(
                f"{self.entry.id} needs {needed:,} bytes free in {self.shelf.folder}; there are "
                f"{there:,}. Finished parts are kept."
            )


class Fetcher(Protocol[Source]):
    """Brings a model's bytes from one kind of mirror."""

    def __call__(self, job: Job, mirror: Source, /) -> Path:
        """A file in the job's folder that holds the bytes, not yet checked as a whole.

        What arrives goes to ``job.partial``, where a later pull finds it, or to a file whose name
        begins with ``job.litter``. Raises ``PullFailed``, ``NoRoom`` or ``OSError``.
        """


class NoRoom(Exception):
    """The disk is full."""


def sync(file: BinaryIO) -> None:
    """Makes what was written survive a power cut."""
    file.flush()
    os.fsync(file.fileno())
