"""The models that frontdesk knows: what each file is and where its bytes can be fetched.

The entries are data, in ``catalogue.toml``. The bytes decide: an entry names a file by its
SHA-256, so any mirror that holds the same bytes will do. The operator's own entries have the same
form; see :mod:`frontdesk.models.own`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from frontdesk.errors import UnknownModel
from frontdesk.models.mirrors import Mirror, mirror_of

Kind = Literal["language", "embedding"]
FileFormat = Literal["gguf", "onnx", "e5s1"]


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
    resident_measured: bool = True
    """Whether that was measured; else it is ``estimated_resident_bytes``."""
    architecture: str = ""
    """What the engine calls the network's shape, such as ``llama`` or ``qwen2``."""
    parameters: int = 0
    """How many weights it has, rounded as its makers do; 0 where that isn't stated."""
    mirrors: tuple[Mirror, ...] = ()
    """Tried one after the other."""
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
    return tuple(entry_of(table) for table in tomllib.loads(text)["model"])


def find(name: str, kind: Kind | None = None, own: Sequence[ModelEntry] = ()) -> ModelEntry:
    """The model of that id or alias, of that kind if one is given; raises ``UnknownModel``.

    ``own`` are the operator's entries, known beside the catalogue's.
    """
    wanted = name.strip().lower()
    fitting = _fitting(kind, own)
    for entry in fitting:
        if wanted in (entry.id, entry.alias):
            return entry
    near = suggestions(name, kind, own)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    known = ", ".join(f"{entry.id} ({entry.alias})" for entry in fitting)
    what = f"{kind} model" if kind else "model"
    raise UnknownModel(f"No {what} {name!r} is in the catalogue.{hint} It has: {known}.")


def suggestions(
    name: str, kind: Kind | None = None, own: Sequence[ModelEntry] = ()
) -> tuple[str, ...]:
    """The ids of models that are called nearly like that, the nearest first."""
    names = {key: entry.id for entry in _fitting(kind, own) for key in (entry.id, entry.alias)}
    close = difflib.get_close_matches(name.strip().lower(), names)
    return tuple(dict.fromkeys(names[key] for key in close))


def embedder(languages: Collection[str] = ("en",)) -> ModelEntry:
    """The model that turns texts in these languages into vectors: the first that knows the most."""
    embedders = [entry for entry in entries() if entry.kind == "embedding"]
    return max(embedders, key=lambda entry: len(set(languages) & set(entry.languages)))


def estimated_resident_bytes(size: int) -> int:
    """Memory that a language model's file of so many bytes may need while it serves.

    Twice the file: for many weights the engine makes a copy in another order beside the file, and
    the rest is room for 8192 tokens of context. The catalogue's measured models take 1.4 to 3.5
    times their file, the larger ones less than twice.
    """
    return 2 * size


def entry_of(table: Mapping[str, Any]) -> ModelEntry:
    """An entry of a TOML file; without ``resident_bytes`` its memory is estimated.

    Raises:
        TypeError, ValueError, KeyError: it isn't one.
    """
    fields = dict(table)
    fields["languages"] = tuple(fields["languages"])
    fields["mirrors"] = tuple(mirror_of(mirror) for mirror in fields["mirrors"])
    if "resident_bytes" not in fields:
        fields |= {
            "resident_bytes": estimated_resident_bytes(fields["size"]),
            "resident_measured": False,
        }
    return ModelEntry(**fields)


def _fitting(kind: Kind | None, own: Sequence[ModelEntry]) -> list[ModelEntry]:
    return [entry for entry in (*entries(), *own) if kind in (None, entry.kind)]
