"""The models that frontdesk knows: what each file is and where its bytes can be fetched.

The entries are data, in ``catalogue.toml``. The bytes decide: an entry names a file by its
SHA-256, so any mirror that holds the same bytes will do.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from frontdesk.errors import UnknownModel

Kind = Literal["language", "embedding"]
FileFormat = Literal["gguf", "onnx", "e5s1"]


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
    """A mirror on the package index: the parts, joined in order, are the file."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class ModelEntry:
    """A model's file."""

    id: str
    alias: str
    """A short name, accepted wherever the id is."""
    title: str
    sha256: str
    size: int
    """Bytes."""
    licence: str
    base_model: str
    languages: tuple[str, ...]
    """ISO 639-1 codes of the languages that the base model's makers name, best first."""
    context_tokens: int
    """The longest prompt with its answer that the model was trained for."""
    prompt_format: str
    resident_bytes: int
    """Memory while it serves, roughly."""
    mirrors: tuple[PackageMirror, ...] = ()
    kind: Kind = "language"
    """What it does: writes text, or turns a text into a vector."""
    tokenizer_bytes: int = 0
    """How many bytes at the file's end are its tokenizer; other formats have it inside."""
    file_format: FileFormat = "gguf"
    text_prefix: str = ""
    """What an embedding model wants before every text."""
    aligned: bool = False
    """Whether vectors are counted from their language's centre; see models/aligned.py."""

    @property
    def filename(self) -> str:
        """The file's name in a folder of models."""
        return f"{self.sha256[:16]}-{self.id}.{self.file_format}"


@cache
def entries() -> tuple[ModelEntry, ...]:
    """Every model of the catalogue, the recommended one first."""
    text = resources.files("frontdesk.models").joinpath("catalogue.toml").read_text("utf-8")
    return tuple(_entry(table) for table in tomllib.loads(text)["model"])


def find(name: str, kind: Kind | None = None) -> ModelEntry:
    """The model of that id or alias, of that kind if one is given; raises ``UnknownModel``."""
    wanted = name.strip().lower()
    fitting = [entry for entry in entries() if kind in (None, entry.kind)]
    for entry in fitting:
        if wanted in (entry.id, entry.alias):
            return entry
    names = {key: entry.id for entry in fitting for key in (entry.id, entry.alias)}
    near = list(dict.fromkeys(names[key] for key in difflib.get_close_matches(wanted, names)))
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    known = ", ".join(f"{entry.id} ({entry.alias})" for entry in fitting)
    what = f"{kind} model" if kind else "model"
    raise UnknownModel(f"No {what} {name!r} is in the catalogue.{hint} It has: {known}.")


def embedder(languages: Collection[str] = ("en",)) -> ModelEntry:
    """The model that turns texts in these languages into vectors: the first that knows the most."""
    embedders = [entry for entry in entries() if entry.kind == "embedding"]
    return max(embedders, key=lambda entry: len(set(languages) & set(entry.languages)))


def _entry(table: Mapping[str, Any]) -> ModelEntry:
    fields = dict(table)
    fields["languages"] = tuple(fields["languages"])
    fields["mirrors"] = tuple(_mirror(mirror) for mirror in fields["mirrors"])
    return ModelEntry(**fields)


def _mirror(table: Mapping[str, Any]) -> PackageMirror:
    """A row of packages that are named alike, or packages each with its own name."""
    if "packages" in table:
        return PackageMirror(tuple(Part(**package) for package in table["packages"]))
    return PackageMirror(
        tuple(
            Part(
                package=table["package"].format(n=n),
                version=table["version"],
                member=table["member"].format(n=n),
                size=size,
                sha256=sha256,
            )
            for n, (size, sha256) in enumerate(table["parts"], start=1)
        )
    )
