"""Takes a model that the catalogue doesn't have: fetches, reads, pins and keeps it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import httpx

from frontdesk.errors import ModelFileError, OperatorError, PullFailed
from frontdesk.models import catalogue, gguf_header, hub, own, url
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.mirrors import FileMirror, HubMirror, Mirror, UrlMirror
from frontdesk.models.patience import Patience, Sleep
from frontdesk.models.pull import free_bytes, pull
from frontdesk.models.shelf import Progress, Shelf, digest, quiet
from frontdesk.models.transfer import Remote, check_address, transfer

HUB_PAGE = re.compile(
    r"https://huggingface\.co/(?P<repo>[^/]+/[^/]+)/(?:blob|resolve)/(?P<revision>[^/]+)/(?P<file>[^?]+)"
)
LICENCE_UNKNOWN = "not stated in the file"
WITH_TEMPLATE = "from the template in the file"
WITHOUT_TEMPLATE = "ChatML; there is no template in the file"


class Changed(OperatorError):
    """What a source holds is not what the lock file pins for it."""


class BadName(OperatorError):
    """The model can't be called that."""


@dataclass(frozen=True)
class Addition:
    """What is to be added, and where to."""

    source: str
    """``hf:OWNER/NAME/FILE``, an address, or the path of a file."""
    lock: Path
    """The file that pins it."""
    folder: Path
    """The folder of models."""
    known: Sequence[ModelEntry] = ()
    """What that file pins so far."""
    alias: str | None = None
    progress: Progress = quiet
    free: Callable[[Path], int] = free_bytes
    sleep: Sleep = time.sleep

    def require(self, needed: int) -> None:
        """Raises ``PullFailed`` unless so many bytes are free."""
        there = self.free(self.folder)
        if there < needed:
            raise PullFailed(
                f"{self.source} needs {needed:,} bytes free in {self.folder}; there are {there:,}. "
                "Free some room and add it again."
            )


def add(addition: Addition) -> ModelEntry:
    """Fetches the model and pins it; it is in the folder of models then.

    Raises:
        PullFailed: it can't be fetched, with what to do.
        ModelFileError: it is no language model in one GGUF file.
        Changed: the lock file pins other bytes for that source.
        BadName: another model is called that, or nothing can be.
    """
    _check_alias(addition.alias)
    source = mirror_of(addition.source)
    addition.folder.mkdir(parents=True, exist_ok=True)
    if isinstance(source, FileMirror):
        return _pin_and_keep(addition, source, source.path, copy=True)
    staged, exact = _fetch(addition, source)
    try:
        return _pin_and_keep(addition, exact, staged, copy=False)
    finally:
        staged.unlink(missing_ok=True)


def _check_alias(alias: str | None) -> None:
    if alias is not None and not re.fullmatch(own.NAME, alias):
        raise BadName(
            f"{alias!r} can't be a name. Write small letters, digits, dots, hyphens, underscores."
        )


def mirror_of(source: str) -> Mirror:
    """What the operator means; raises ``PullFailed`` if it can't be meant."""
    if source.startswith("hf:"):
        match = re.fullmatch(r"hf:([^/@]+/[^/@]+)/([^@]+)(?:@(.+))?", source)
        if not match:
            raise PullFailed(f"{source!r} is not written as hf:OWNER/NAME/FILE.gguf[@REVISION].")
        return HubMirror(match[1], match[2], match[3] or "main")
    if page := HUB_PAGE.fullmatch(unquote(source.partition("?")[0])):
        return HubMirror(page["repo"], page["file"], page["revision"])
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", source):
        check_address(source)
        return UrlMirror(source)
    path = Path(source).expanduser().resolve()
    if not path.is_file():
        raise PullFailed(
            f"{path} is not a file. Give a GGUF file, https://... or hf:OWNER/NAME/FILE."
        )
    return FileMirror(path)


# -- fetching ---------------------------------------------------------------------------------


def _fetch(addition: Addition, source: Mirror) -> tuple[Path, Mirror]:
    """The bytes in a file that the next attempt goes on with, and exactly where they are from."""
    patience = Patience(addition.sleep)
    exact: Mirror = source
    if isinstance(source, HubMirror):
        found = hub.look_up(source, patience, gguf_header.MAGIC)
        if found.sha256:
            _refuse_change(addition, source, found.sha256)
        exact, remote = replace(source, revision=found.commit), found.remote
        version: str | None = found.commit
    else:
        assert isinstance(source, UrlMirror)
        remote, version = url.look_up(source, None, gguf_header.MAGIC), _version(source)
    staged = addition.folder / f".add-{_short(f'{remote.url} {version}')}.partial"
    if version is None:
        staged.unlink(missing_ok=True)  # It may be the beginning of another file.
    transfer(remote, staged, addition.progress, require=addition.require, patience=patience)
    _require_whole(remote, staged)
    return staged, exact


def _version(source: UrlMirror) -> str | None:
    """What tells this file at the address from a later one, if the server says that."""
    try:
        answer = httpx.head(source.url, follow_redirects=True, timeout=15.0)
    except httpx.HTTPError:
        return None
    return answer.headers.get("ETag") if answer.is_success else None


def _require_whole(remote: Remote, staged: Path) -> None:
    if remote.size not in (None, staged.stat().st_size):
        staged.unlink()
        raise PullFailed(f"{remote.name} gave fewer bytes than it named; add it again.")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# -- pinning ----------------------------------------------------------------------------------


def _pin_and_keep(addition: Addition, source: Mirror, file: Path, *, copy: bool) -> ModelEntry:
    header = gguf_header.read(file)
    sha256 = digest(file, addition.progress, f"hashing {addition.source}")
    _refuse_change(addition, source, sha256)
    known = _known(addition, sha256)
    entry = known or _entry(addition, source, header, sha256, file.stat().st_size)
    if copy:
        pull(entry, addition.folder, progress=addition.progress, free=addition.free, source=file)
    else:
        Shelf(addition.folder).adopt(entry, file, addition.progress)
    if known is None:
        own.pin(addition.lock, entry)
    return entry


def _known(addition: Addition, sha256: str) -> ModelEntry | None:
    entries = (*addition.known, *catalogue.entries())
    return next((entry for entry in entries if entry.sha256 == sha256), None)


def _refuse_change(addition: Addition, source: Mirror, sha256: str) -> None:
    for entry in addition.known:
        if entry.sha256 != sha256 and any(_same(source, mirror) for mirror in entry.mirrors):
            raise Changed(
                f"{addition.source} has changed. {entry.id} is pinned with the SHA-256 "
                f"{entry.sha256}; what is there now has {sha256}. Nothing was changed. To take the "
                f"new file, take the entry {entry.id!r} out of {own.FILE} and add it again."
            )


def _same(one: Mirror, other: Mirror) -> bool:
    if isinstance(one, HubMirror) and isinstance(other, HubMirror):
        return (one.repo, one.file) == (other.repo, other.file)
    return one == other


def _entry(
    addition: Addition, source: Mirror, header: gguf_header.GgufHeader, sha256: str, size: int
) -> ModelEntry:
    others = (*catalogue.entries(), *addition.known)
    taken = {name: other.id for other in others for name in (other.id, other.alias)}
    id_ = _id(source)
    if id_ in taken:
        id_ = f"{id_}-{sha256[:8]}"
    if addition.alias in taken:
        raise BadName(
            f"{taken[addition.alias]} is already called {addition.alias!r}. Give another name."
        )
    if not header.context_tokens:
        raise ModelFileError(f"{addition.source} doesn't say how long a context it was made for")
    return ModelEntry(
        id=id_,
        alias=addition.alias or id_,
        title=header.name or id_,
        sha256=sha256,
        size=size,
        licence=header.licence or LICENCE_UNKNOWN,
        base_model=header.base_model,
        languages=header.languages,
        context_tokens=header.context_tokens,
        prompt_format=WITH_TEMPLATE if header.has_chat_template else WITHOUT_TEMPLATE,
        resident_bytes=catalogue.estimated_resident_bytes(size),
        resident_measured=False,
        architecture=header.architecture,
        parameters=header.parameters,
        mirrors=(source,),
    )


def _id(source: Mirror) -> str:
    match source:
        case HubMirror(file=name) | UrlMirror(url=name):
            stem = Path(httpx.URL(name).path if "://" in name else name).stem
        case _:
            stem = Path(str(source)).stem
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:90] or "model"
