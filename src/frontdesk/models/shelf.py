"""The folder of model files, and the proof that a file holds the bytes that the catalogue names.

A tampered model loads without a complaint, so no engine gets a file whose hash was not checked.
Hashing a gigabyte takes seconds; therefore the last good check is remembered beside the file, with
what the file system said about the file at that time, and repeated when any of it differs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from frontdesk.errors import ModelFileError
from frontdesk.models.catalogue import ModelEntry, entries

Progress = Callable[[int, int, str], None]
"""Called with the bytes done, the bytes in all, and what is being done."""

CHUNK = 1 << 20


def quiet(done: int, total: int, text: str) -> None:
    """The progress callback that shows nothing."""


@dataclass(frozen=True)
class Shelf:
    """A folder of model files; it need not exist yet."""

    folder: Path

    def path(self, entry: ModelEntry) -> Path:
        """Where the model's file is, or would be."""
        return self.folder / entry.filename

    def partial(self, entry: ModelEntry) -> Path:
        """Where the finished parts of an interrupted pull are."""
        return self.folder / f"{entry.filename}.partial"

    def lock(self, entry: ModelEntry) -> Path:
        """The file that whoever changes the model's file holds locked."""
        return self.folder / f".{entry.filename}.lock"

    def is_present(self, entry: ModelEntry) -> bool:
        """Whether a file of the right name and size is there; its bytes are not read."""
        path = self.path(entry)
        return path.is_file() and path.stat().st_size == entry.size

    def state(self, entry: ModelEntry) -> Literal["present", "partial", "absent"]:
        """Whether the model is here, partly here after an interrupted pull, or not here."""
        if self.is_present(entry):
            return "present"
        return "partial" if self.partial(entry).exists() else "absent"

    def present(self) -> list[ModelEntry]:
        """The catalogue's models that are in this folder."""
        return [entry for entry in entries() if self.is_present(entry)]

    def verify(self, entry: ModelEntry, progress: Progress = quiet) -> Path:
        """Hashes the whole file and returns its path; raises ``ModelFileError``."""
        path = self.path(entry)
        self._check_size(entry)
        seen = _Seen.of(path)
        found = digest(path, progress, f"checking {entry.id}")
        if found != entry.sha256:
            self._note(entry).unlink(missing_ok=True)
            raise ModelFileError(
                f"{path} does not hold {entry.id}: its SHA-256 is {found}, the catalogue names "
                f"{entry.sha256}. Fetch it again: frontdesk models pull {entry.alias}"
            )
        self._remember(entry, seen)
        return path

    def checked(self, entry: ModelEntry, progress: Progress = quiet) -> Path:
        """Like ``verify``, but hashes nothing if the file is as the last good check left it."""
        self._check_size(entry)
        if self._remembered(entry) == _Seen.of(self.path(entry)):
            return self.path(entry)
        return self.verify(entry, progress)

    def adopt(self, entry: ModelEntry, staged: Path, progress: Progress = quiet) -> Path:
        """Gives a file of this folder the model's name, if it holds the model's bytes.

        Raises ``ModelFileError`` and leaves the file where it is if it doesn't.
        """
        found = digest(staged, progress, f"checking {entry.id}")
        if found != entry.sha256:
            raise ModelFileError(
                f"the SHA-256 is {found}, the catalogue names {entry.sha256} for {entry.id}"
            )
        path = self.path(entry)
        staged.replace(path)
        sync_folder(self.folder)
        self._remember(entry, _Seen.of(path))
        return path

    def remove(self, entry: ModelEntry) -> int:
        """Deletes the model's file and what was fetched of it; returns the bytes freed."""
        freed = 0
        for path in (self.path(entry), self.partial(entry), self._note(entry)):
            if path.exists():
                freed += path.stat().st_size
                path.unlink()
        return freed

    def _check_size(self, entry: ModelEntry) -> None:
        path = self.path(entry)
        if not path.is_file():
            raise ModelFileError(
                f"{entry.id} is not in {self.folder}. Fetch it: frontdesk models pull {entry.alias}"
            )
        size = path.stat().st_size
        if size != entry.size:
            raise ModelFileError(
                f"{path} has {size:,} bytes, {entry.id} has {entry.size:,} (SHA-256 "
                f"{entry.sha256}). Fetch it again: frontdesk models pull {entry.alias}"
            )

    def _note(self, entry: ModelEntry) -> Path:
        return self.folder / f".{entry.filename}.verified.json"

    def _remembered(self, entry: ModelEntry) -> _Seen | None:
        try:
            note = json.loads(self._note(entry).read_text("utf-8"))
            if note.pop("sha256") == entry.sha256:
                return _Seen(**note)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            pass  # A note that can't be read costs a hashing, nothing else.
        return None

    def _remember(self, entry: ModelEntry, seen: _Seen) -> None:
        note = self._note(entry)
        staged = note.with_suffix(f".{os.getpid()}")
        try:
            staged.write_text(json.dumps({"sha256": entry.sha256} | asdict(seen)), "utf-8")
            staged.replace(note)
        except OSError:
            with contextlib.suppress(OSError):
                staged.unlink(missing_ok=True)  # A read-only folder: hash at every start.


@dataclass(frozen=True)
class _Seen:
    """What the file system says about a file; changes when somebody writes to it."""

    size: int
    mtime_ns: int
    ctime_ns: int  # Unlike mtime, it can't be set back with touch.
    inode: int

    @classmethod
    def of(cls, path: Path) -> _Seen:
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def digest(path: Path, progress: Progress = quiet, text: str = "checking") -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    total, done, sha = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
            done += len(chunk)
            progress(done, total, text)
    return sha.hexdigest()


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power cut, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
