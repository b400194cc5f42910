"""A desk's folder as git has it at another revision."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from frontdesk.desk import migrate
from frontdesk.desk.load import FORMAT
from frontdesk.errors import SettingError

PREFIX = "git:"


@contextlib.contextmanager
def opened(named: str, beside: Path) -> Iterator[Path]:
    """The folder that is named, or a copy of ``beside`` at ``git:REV``, deleted at the end.

    A copy in an older format is migrated.

    Raises:
        SettingError: git doesn't know the revision, or the folder is in no repository.
        DeskError: it can't be migrated.
    """
    if not named.startswith(PREFIX):
        yield Path(named)
        return
    with tempfile.TemporaryDirectory(prefix="frontdesk-revision-") as temporary:
        folder = Path(temporary) / beside.resolve().name
        folder.mkdir()
        # Not tar: before 3.11.4 Python can't keep its entries within the folder.
        with zipfile.ZipFile(io.BytesIO(_archive(named.removeprefix(PREFIX), beside))) as packed:
            packed.extractall(folder)
        files = migrate.read(folder)
        migrate.write(folder, files, migrate.migrate(folder, files, FORMAT))
        yield folder


def _archive(revision: str, folder: Path) -> bytes:
    """What git packs of the folder; options can't be smuggled in as a revision."""
    command = ["git", "-C", str(folder), "archive", "--format=zip", "--end-of-options", revision]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise SettingError(f"{PREFIX}{revision} needs git, which is not installed") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise SettingError(f"{PREFIX}{revision}: {said} (in {folder})")
    return done.stdout
