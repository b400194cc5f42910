"""Fetches a model from a Hugging Face hub, through the hub's own client.

The client finds the hub (``HF_ENDPOINT``) and the operator's token (``HF_TOKEN``, or the file that
its login wrote), and reads what the hub says about a file: the commit, the size and the SHA-256. A
file that changed is so refused before a gigabyte of it is fetched. The bytes come with the same
transfer as from any address, which begins at the hub each time, so that a link that the hub signed
for some minutes never grows old.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from frontdesk.errors import PullFailed
from frontdesk.models.job import Job
from frontdesk.models.mirrors import HubMirror
from frontdesk.models.patience import BUSY, Patience, asked_seconds
from frontdesk.models.transfer import Remote, transfer

MISSING_EXTRA = (
    "The client of the Hugging Face hub is not installed: pip install 'frontdesk[local]'"
)
PRIVATE = (
    "If it is private, or asks to accept its terms, do that on its page and give your token: "
    "HF_TOKEN=... before the command."
)


@dataclass(frozen=True)
class HubFile:
    """What the hub says about a file."""

    remote: Remote
    commit: str
    sha256: str | None
    """None for a small file, which the hub doesn't name by its SHA-256."""


def fetch(job: Job, mirror: HubMirror) -> Path:
    """The :class:`~frontdesk.models.job.Fetcher` of a hub."""
    patience = Patience(job.sleep)
    found = look_up(mirror, patience, job.begins_with)
    if found.sha256 not in (None, job.entry.sha256):
        raise PullFailed(
            f"{mirror} has changed: the hub says that its SHA-256 is {found.sha256}, the entry "
            f"names {job.entry.sha256} for {job.entry.id}. Nothing of it was fetched."
        )
    transfer(found.remote, job.partial, job.progress, require=job.require, patience=patience)
    return job.partial


def look_up(mirror: HubMirror, patience: Patience, begins_with: bytes) -> HubFile:
    """Asks the hub about a file; raises ``PullFailed`` with what to do."""
    hub = _client()
    token = hub.get_token() or False
    said = _metadata(hub, mirror, token, patience)
    commit, etag = said.commit_hash or mirror.revision, said.etag or ""
    remote = Remote(
        url=_url(hub, mirror, commit),
        name=str(mirror),
        headers=hub.utils.build_hf_headers(token=token, library_name="frontdesk"),
        size=said.size,
        begins_with=begins_with,
        refused=PRIVATE,
    )
    return HubFile(remote, commit, etag if re.fullmatch(r"[0-9a-f]{64}", etag) else None)


def _metadata(hub: ModuleType, mirror: HubMirror, token: str | bool, patience: Patience) -> Any:
    """What the hub answers. Its client would wait as long as the hub asks, so it doesn't wait."""
    while True:
        try:
            return hub.get_hf_file_metadata(_url(hub, mirror, mirror.revision), token=token)
        except (hub.errors.HfHubHTTPError, hub.errors.HFValidationError) as error:
            response = getattr(error, "response", None)
            if response is None or response.status_code not in BUSY:
                raise PullFailed(_reason(hub.errors, mirror, error)) from error
            asked = asked_seconds(response.headers.get("Retry-After"))
            patience.wait(str(mirror), f"the hub answers {response.status_code}", asked)
        except Exception as error:  # noqa: BLE001 - its transport has errors of its own
            patience.wait(str(mirror), f"the hub can't be reached ({_first_line(error)})")


def _url(hub: ModuleType, mirror: HubMirror, revision: str) -> str:
    endpoint = os.environ.get("HF_ENDPOINT") or None
    url: str = hub.hf_hub_url(mirror.repo, mirror.file, revision=revision, endpoint=endpoint)
    return url


def _client() -> ModuleType:
    """The hub's client, told to send nothing about this machine."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # Read when it is imported.
    try:
        import huggingface_hub.errors
        import huggingface_hub.utils
    except ImportError as error:
        raise PullFailed(MISSING_EXTRA) from error
    return huggingface_hub


def _reason(errors: Any, mirror: HubMirror, error: Exception) -> str:
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return f"{mirror.repo} holds no file {mirror.file} at revision {mirror.revision}."
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{mirror.repo} has no revision {mirror.revision}."
    if isinstance(error, errors.GatedRepoError):
        return f"{mirror} is not given to you. {PRIVATE}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"{mirror}: the hub shows you no repository {mirror.repo}. {PRIVATE}"
    if isinstance(error, errors.HFValidationError):
        return f"{mirror} is not written as hf:OWNER/NAME/FILE: {_first_line(error)}"
    return f"{mirror}: the hub refused: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
