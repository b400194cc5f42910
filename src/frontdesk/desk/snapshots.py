"""Copies of a desk's folder, each under its digest: a version stays when its files change."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from frontdesk.desk.load import digest, files_of
from frontdesk.errors import OperatorError

_STAGED = ".staged-"


class Snapshots:
    """A folder with one copy a version; a copy is whole or it isn't there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, desk: Path) -> Path:
        """Copies what makes the desk what it is; the copy, named by its digest.

        Raises:
            OperatorError: the folder can't be read, or the copy can't be written.
        """
        staged = self._folder / f"{_STAGED}{uuid.uuid4().hex}"
        try:
            staged.mkdir(parents=True)
            for path in files_of(desk):
                (staged / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(desk / path, staged / path)
            copy = self._folder / digest(staged)
            if self.find(copy.name) is None:
                shutil.rmtree(copy, ignore_errors=True)
                staged.rename(copy)
        except OSError as error:
            raise OperatorError(f"the desk can't be copied: {error}") from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return copy

    def find(self, version: str) -> Path | None:
        """The copy with this digest, unless it is gone or its files were changed."""
        copy = self._folder / version
        try:
            return copy if copy.is_dir() and digest(copy) == version else None
        except OSError:
            return None

    def digests(self) -> list[str]:
        """Of all copies."""
        if not self._folder.is_dir():
            return []
        found = (path.name for path in self._folder.iterdir() if path.is_dir())
        return sorted(name for name in found if not name.startswith("."))

    def remove(self, version: str) -> None:
        """Deletes the copy, if it is there."""
        shutil.rmtree(self._folder / version, ignore_errors=True)

    def tidy(self) -> None:
        """Deletes copies that were never finished; for when nobody else writes here."""
        for left in self._folder.glob(f"{_STAGED}*"):
            shutil.rmtree(left, ignore_errors=True)
