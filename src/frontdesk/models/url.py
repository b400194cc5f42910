"""Fetches a model from a plain address."""

from __future__ import annotations

from pathlib import Path

from frontdesk.models.job import Job
from frontdesk.models.mirrors import UrlMirror
from frontdesk.models.patience import Patience
from frontdesk.models.transfer import Remote, transfer

REFUSED = "Fetch the file yourself, where you are signed in, and give its path."


def fetch(job: Job, mirror: UrlMirror) -> Path:
    """The :class:`~frontdesk.models.job.Fetcher` of a plain address."""
    remote = look_up(mirror, job.entry.size, job.begins_with)
    patience = Patience(job.sleep)
    transfer(remote, job.partial, job.progress, require=job.require, patience=patience)
    return job.partial


def look_up(mirror: UrlMirror, size: int | None, begins_with: bytes) -> Remote:
    """What there is to fetch."""
    return Remote(mirror.url, mirror.url, size=size, begins_with=begins_with, refused=REFUSED)
