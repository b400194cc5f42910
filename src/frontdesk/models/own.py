"""The operator's own models, pinned in ``models.lock.toml``.

One such file may lie in a desk, beside ``desk.toml`` and in its git, and one in the folder of
frontdesk's data on this machine. Both hold entries as the catalogue does, each with the size and
the SHA-256 that ``frontdesk models add`` computed, so that everybody who pulls gets the same bytes
or is told that they changed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.items import AoT

from frontdesk.errors import DeskError, Problem
from frontdesk.mistakes import Kind
from frontdesk.models import catalogue
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.mirrors import FileMirror, Mirror, table_of

FILE = "models.lock.toml"
PREAMBLE = (
    "Models that `frontdesk models add` pinned. The SHA-256 decides which bytes are taken; keep",
    "this file in git. Take an entry out to pin its model anew.",
)
MIRROR = (
    'Write {repo = "OWNER/NAME", file = "NAME.gguf", revision = "..."}, {url = "https://..."} or '
    '{path = "..."}.'
)
AGAIN = "Take the entry out and pin the model anew with `frontdesk models add`."

NAME = r"[a-z0-9][a-z0-9._-]{0,99}"
"""What an id and an alias look like."""
Name = Annotated[str, Field(pattern=f"^{NAME}$")]


class _Table(BaseModel):
    """An entry as the file holds it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Name
    alias: Name
    title: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0)]
    licence: str
    base_model: str
    languages: list[str]
    context_tokens: Annotated[int, Field(gt=0)]
    prompt_format: str
    architecture: str
    parameters: Annotated[int, Field(ge=0)]
    mirrors: list[dict[str, str]]
    resident_bytes: Annotated[int | None, Field(gt=0)] = None


def load(files: Iterable[Path]) -> tuple[ModelEntry, ...]:
    """The entries of these files, of those that exist.

    Raises:
        DeskError: with every mistake in them.
    """
    found: list[ModelEntry] = []
    problems: list[Problem] = []
    for file in files:
        if file.exists():
            entries, wrong = _read(file)
            found += entries
            problems += wrong
    if problems:
        raise DeskError(problems)
    return tuple(found)


def pin(file: Path, entry: ModelEntry) -> None:
    """Writes an entry behind those of the file, which need not exist; comments stay."""
    if file.exists():
        document = tomlkit.parse(file.read_text("utf-8"))
    else:
        document = tomlkit.document()
        for line in PREAMBLE:
            document.add(tomlkit.comment(line))
    table = tomlkit.item(_table(file, entry))
    document.setdefault("model", AoT([])).append(table)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(tomlkit.dumps(document), "utf-8")


def _table(file: Path, entry: ModelEntry) -> dict[str, Any]:
    mirrors = tomlkit.array()
    for mirror in entry.mirrors:
        inline = tomlkit.inline_table()
        inline.update(table_of(_relative(mirror, file.parent)))
        mirrors.append(inline)
    fields = _Table.model_fields
    plain = {name: getattr(entry, name) for name in fields if name != "resident_bytes"}
    return plain | {"languages": list(entry.languages), "mirrors": mirrors}


def _relative(mirror: Mirror, folder: Path) -> Mirror:
    """A file of the desk is named from the desk, so that it is found in every copy of it."""
    if isinstance(mirror, FileMirror) and mirror.path.is_relative_to(folder.resolve()):
        return FileMirror(mirror.path.relative_to(folder.resolve()))
    return mirror


# -- reading ----------------------------------------------------------------------------------


def _read(file: Path) -> tuple[list[ModelEntry], list[Problem]]:
    try:
        text = file.read_text("utf-8-sig")
        tables = tomllib.loads(text).get("model", [])
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        number = int(line[1]) if line else 1
        fix = "Correct the line, or let `frontdesk models add` write it anew."
        return [], [Problem(file, number, Kind.BROKEN_TOML, f"is not TOML: {error}", fix)]
    except (OSError, UnicodeDecodeError) as error:
        fix = "Save it as a text file in UTF-8."
        return [], [Problem(file, 1, Kind.UNREADABLE_FILE, f"can't be read: {error}", fix)]
    if not isinstance(tables, list):
        fix = "Begin each entry with [[model]]."
        return [], [Problem(file, 1, Kind.INVALID_VALUE, "`model` is one table", fix)]
    entries: list[ModelEntry] = []
    problems: list[Problem] = []
    for number, table in enumerate(tables):
        entry, wrong = _entry(file, table, _lines(text, number))
        problems += wrong or _clashes(file, entry, entries, _lines(text, number))
        entries += [entry] if entry else []
    return entries, problems


def _entry(
    file: Path, table: Mapping[str, Any], lines: Mapping[str, int]
) -> tuple[ModelEntry | None, list[Problem]]:
    try:
        checked = _Table.model_validate(table).model_dump(exclude_none=True)
    except ValidationError as error:
        return None, [_problem(file, lines, mistake) for mistake in error.errors()]
    try:
        entry = catalogue.entry_of(checked)
    except (TypeError, ValueError, KeyError):
        wrong = "a mirror is not one"
        return None, [Problem(file, lines["mirrors"], Kind.INVALID_VALUE, wrong, MIRROR)]
    mirrors = tuple(
        FileMirror(file.parent / mirror.path) if isinstance(mirror, FileMirror) else mirror
        for mirror in entry.mirrors
    )
    return replace(entry, mirrors=mirrors), []


def _problem(file: Path, lines: Mapping[str, int], mistake: Any) -> Problem:
    key = str(mistake["loc"][0])
    text = f"`{key}`: {mistake['msg'].lower()}"
    return Problem(file, lines.get(key, lines[""]), Kind.INVALID_VALUE, text, AGAIN)


def _clashes(
    file: Path, entry: ModelEntry | None, before: Sequence[ModelEntry], lines: Mapping[str, int]
) -> list[Problem]:
    """The names of the entry that another model has already."""
    others = (*catalogue.entries(), *before)
    taken = {name for other in others for name in (other.id, other.alias)}
    return (
        [
            Problem(
                file,
                lines[key],
                Kind.DUPLICATE_MODEL,
                f"another model is called {name!r}",
                f"Change the {key}.",
            )
            for key, name in (("id", entry.id), ("alias", entry.alias))
            if name in taken
        ]
        if entry
        else []
    )


def _lines(text: str, number: int) -> dict[str, int]:
    """Where the keys of that entry stand; the entry itself is the empty key."""
    lines: dict[str, int] = {}
    current = -1
    for at, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*model\s*\]\]", line):
            current += 1
            if current == number:
                lines[""] = at
        elif current == number and (key := re.match(r"\s*([\w-]+)\s*=", line)):
            lines.setdefault(key[1], at)
    return {"": 1} | lines
