"""Puts a model's file into the folder of models, whole or not at all.

What arrives is appended to one ``.partial`` file, whatever mirror it comes from, and the next pull
goes on from there. The file gets its final name only after the hash of the whole was checked.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from frontdesk.errors import ModelFileError, PullFailed
from frontdesk.models import hub, local_file, package_index, url
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.job import Fetcher, Job, NoRoom
from frontdesk.models.mirrors import FileMirror, HubMirror, Mirror, PackageMirror, UrlMirror
from frontdesk.models.patience import Sleep
from frontdesk.models.shelf import Progress, Shelf, quiet

FETCHERS: Mapping[type[Mirror], Fetcher[Any]] = {
    PackageMirror: package_index.fetch,
    HubMirror: hub.fetch,
    UrlMirror: url.fetch,
    FileMirror: local_file.fetch,
}
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
    sleep: Sleep = time.sleep,
) -> Path:
    """Puts the model's file into the folder and returns its path; raises ``PullFailed``.

    ``source`` is a file to copy; without it the bytes come from the first of the entry's mirrors
    that has them. A second pull of the same model waits for the first. A file that is there and
    right is left alone; one that is there and wrong is replaced.
    """
    if source is not None:
        entry = replace(entry, mirrors=(FileMirror(source.expanduser()),))
    job = Job(entry, Shelf(folder), progress, free, sleep)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(job):
            return _pull(job)
    except NoRoom as error:
        raise _full(job) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise _full(job) from error
        raise PullFailed(f"{entry.id} could not be put into {folder}: {error}") from error


def _pull(job: Job) -> Path:
    try:
        return job.shelf.checked(job.entry, job.progress)
    except ModelFileError:
        job.shelf.path(job.entry).unlink(missing_ok=True)
    _sweep(job)
    failures: list[str] = []
    for mirror in job.entry.mirrors:
        try:
            path = _from(job, mirror)
        except PullFailed as error:
            failures.append(str(error))
        else:
            job.partial.unlink(missing_ok=True)
            return path
    raise PullFailed("\n".join(failures) or f"{job.entry.id} has no mirror; give a file: --from")


def _from(job: Job, mirror: Mirror) -> Path:
    """The file, checked and under its name; what doesn't hold the model's bytes is not kept."""
    resumed = job.partial.exists() and job.partial.stat().st_size > 0
    staged = FETCHERS[type(mirror)](job, mirror)
    try:
        return job.shelf.adopt(job.entry, staged, job.progress)
    except ModelFileError as error:
        staged.unlink()
        if resumed and staged == job.partial:
            return _from(job, mirror)  # What was there before may have been the wrong part.
        raise PullFailed(
            f"{mirror} does not hold {job.entry.id}: {error}. It was not kept."
        ) from error


@contextmanager
def _only_one(job: Job) -> Iterator[None]:
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


def _sweep(job: Job) -> None:
    """Removes what a killed pull left behind; the finished parts are elsewhere."""
    for path in job.shelf.folder.glob(f"{job.litter}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _full(job: Job) -> PullFailed:
    have = job.partial.stat().st_size if job.partial.exists() else 0
    return PullFailed(
        f"The disk of {job.shelf.folder} is full: {job.entry.id} needs "
        f"{job.entry.size - have:,} bytes more and room for a part of it. "
        "Finished parts are kept; free some room and pull again."
    )
