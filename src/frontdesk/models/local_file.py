"""Copies a model from a file that this machine can read."""

from __future__ import annotations

from pathlib import Path

from frontdesk.errors import PullFailed
from frontdesk.models.job import Job, sync
from frontdesk.models.mirrors import FileMirror
from frontdesk.models.shelf import CHUNK


def fetch(job: Job, mirror: FileMirror) -> Path:
    """The :class:`~frontdesk.models.job.Fetcher` of a path."""
    entry, source = job.entry, mirror.path
    if not source.is_file():
        raise PullFailed(f"{source} is not a file.")
    size = source.stat().st_size
    if size != entry.size:
        raise PullFailed(
            f"{source} is not {entry.id}: it has {size:,} bytes, the model has {entry.size:,}."
        )
    job.require(entry.size)
    staged, done = job.shelf.folder / f"{job.litter}copy", 0
    try:
        with source.open("rb") as read, staged.open("wb") as write:
            while chunk := read.read(CHUNK):
                write.write(chunk)
                done += len(chunk)
                job.progress(done, entry.size, f"copying {source}")
            sync(write)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return staged
