"""The installed command, in subprocesses, with folders of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from frontdesk.models.catalogue import entries, find
from frontdesk.models.pull import pull

REPOSITORY = Path(__file__).parents[2]
DESKS = sorted(file.parent for file in (REPOSITORY / "desks").glob("*/desk.toml"))
DESK = REPOSITORY / "desks" / "harbor-stays"
BIN = Path(sys.executable).parent
SMALLEST = "smollm-135m"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command whose data and cache lie below ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    return kept | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "FRONTDESK_DATA": str(home / "data"),
        "FRONTDESK_CACHE": str(home / "cache"),
        **more,
    }


def run(*command: str | Path, env: Mapping[str, str], cwd: Path | None = None) -> Ran:
    """Runs any command to its end."""
    done = subprocess.run(
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def frontdesk(*arguments: str | Path, home: Path, **more: str) -> Ran:
    """Runs ``frontdesk`` with these arguments; ``more`` are environment variables."""
    return run(BIN / "frontdesk", *arguments, env=environment(home, **more))


def refused(ran: Ran) -> str:
    """What a command said that ended with one clear message and no trace of the program."""
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
    assert "frontdesk: " in ran.err
    return ran.err[ran.err.index("frontdesk: ") :]


def copy_of_desk(folder: Path) -> Path:
    """The demo desk, to be changed."""
    return Path(
        shutil.copytree(DESK, folder / "desk", ignore=shutil.ignore_patterns("__pycache__"))
    )


def small_desk(folder: Path) -> Path:
    """The demo desk cut down to one procedure and one article: quickly read by a model."""
    desk = copy_of_desk(folder)
    for file in (*desk.glob("procedures/*"), *desk.glob("knowledge/*"), *desk.glob("tests/*")):
        if file.stem not in ("cancel_booking", "refund-times"):
            file.unlink()
    return desk


def model_cache(factory: pytest.TempPathFactory) -> Path:
    """A cache folder, one for the session, with the smallest model and the embeddings in it.

    What is computed from the model is kept there too, so only the first command waits for it.
    """
    cache = factory.getbasetemp() / "cache-with-a-model"
    if not cache.exists():
        default = platformdirs.user_cache_path("frontdesk") / "models"
        shelf = Path(os.environ.get("FRONTDESK_MODELS") or default)
        pull(find(SMALLEST), shelf)
        for entry in entries():
            if entry.kind == "embedding":
                pull(entry, shelf)
        cache.mkdir()
        (cache / "models").symlink_to(shelf)
    return cache
