"""Where a model's bytes can be fetched: data only, as the catalogue and the lock file hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Part:
    """One package that holds one piece of a model's file."""

    package: str
    version: str
    member: str
    """The piece's path inside the wheel."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True)
class PackageMirror:
    """The package index: the parts, joined in order, are the file."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return f"the package index ({self.parts[0].package})"


@dataclass(frozen=True)
class HubMirror:
    """A file on a Hugging Face hub, at huggingface.co or where ``HF_ENDPOINT`` says."""

    repo: str
    """Owner and name."""
    file: str
    """The file's path inside the repository."""
    revision: str = "main"
    """A commit's hash, a tag or a branch."""

    def __str__(self) -> str:
        return f"hf:{self.repo}/{self.file}"


@dataclass(frozen=True)
class UrlMirror:
    """An address that gives the file's bytes."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class FileMirror:
    """A file that this machine can read."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


Mirror = PackageMirror | HubMirror | UrlMirror | FileMirror


def mirror_of(table: Mapping[str, Any]) -> Mirror:
    """A mirror of a TOML file, by the key that it begins with.

    Raises:
        TypeError, ValueError, KeyError: it isn't one.
    """
    if "repo" in table:
        return HubMirror(**table)
    if "url" in table:
        return UrlMirror(**table)
    if "path" in table:
        return FileMirror(Path(table["path"]))
    return PackageMirror(_parts(table))


def table_of(mirror: Mirror) -> dict[str, str]:
    """The mirror as a TOML file holds it; the opposite of ``mirror_of``."""
    match mirror:
        case HubMirror(repo, file, revision):
            return {"repo": repo, "file": file, "revision": revision}
        case UrlMirror(url):
            return {"url": url}
        case FileMirror(path):
            return {"path": str(path)}
        case PackageMirror():
            raise TypeError("packages are written by hand")


def _parts(table: Mapping[str, Any]) -> tuple[Part, ...]:
    """A row of packages that are named alike, or packages each with its own name."""
    if "packages" in table:
        return tuple(Part(**package) for package in table["packages"])
    return tuple(
        Part(
            package=table["package"].format(n=n),
            version=table["version"],
            member=table["member"].format(n=n, zero=n - 1),
            size=size,
            sha256=sha256,
        )
        for n, (size, sha256) in enumerate(table["parts"], start=1)
    )
