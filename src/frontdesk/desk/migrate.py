"""Migrations of a desk's files from one format version to the next.

Each is a pure function over the texts of the files, so that what it would change can be shown
before anything is written.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from frontdesk.errors import DeskError, OperatorError, Problem
from frontdesk.mistakes import Kind

Files = Mapping[str, str]
"""Texts by their paths in the desk's folder."""
SETTINGS = "desk.toml"
_TEXTS = ("desk.toml", "procedures/**/*.y*ml", "knowledge/**/*.md", "tests/**/*.y*ml")


def _model_table(files: Files) -> Files:
    """``model = "ID"`` becomes a table ``[model]`` with ``name = "ID"``; comments go along.

    The lines are moved as they are: what a TOML library writes anew loses blank lines and line
    ends. Whether the result means the same is then checked by one.
    """
    text = files[SETTINGS]
    before = tomllib.loads(text)
    wanted = before | {"format": 2}
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    first_table = next((n for n, line in enumerate(lines) if re.match(r"\s*\[", line)), len(lines))
    lines = [
        re.sub(r"^(\s*format\s*=\s*)1", r"\g<1>2", line) if n < first_table else line
        for n, line in enumerate(lines)
    ]
    if isinstance(before.get("model"), str):
        wanted["model"] = {"name": before["model"]}
        lines = _moved(lines, first_table, end)
    changed = "".join(lines)
    if tomllib.loads(changed) != wanted:
        raise OperatorError(
            f'{SETTINGS} is written in a way that can\'t be migrated; write `model = "..."` and '
            "`format = 1` on lines of their own, above the first table"
        )
    return {**files, SETTINGS: changed}


def _moved(lines: list[str], first_table: int, end: str) -> list[str]:
    """With the line of the model in a table, which stands before the first other one."""
    model = re.compile(r"^\s*model(?=\s*=)")
    at = next((n for n, line in enumerate(lines[:first_table]) if model.match(line)), None)
    if at is None:
        return lines
    first = _comments_above(lines, at)
    name = model.sub("name", lines[at].rstrip("\r\n")) + end
    table = [f"[model]{end}", *lines[first:at], name]
    place = _comments_above(lines, first_table)
    above = [*lines[:first], *lines[at + 1 : max(place, at + 1)]]
    below = lines[max(place, at + 1) :]
    if above and not above[-1].endswith("\n"):
        above[-1] += end
    gap = [end] if above and above[-1].strip() else []
    return [*above, *gap, *table, *([end] if below else []), *below]


def _comments_above(lines: list[str], at: int) -> int:
    """Where the comment lines begin that stand right above a line."""
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    return at


STEPS: Mapping[int, Callable[[Files], Files]] = {1: _model_table}
"""From each format to the next."""
NEWEST = max(STEPS) + 1


def migrate(folder: Path, files: Files, target: int = NEWEST) -> Files:
    """The files in the newest format, or in an earlier one; the same if they are in it.

    Raises:
        DeskError: desk.toml can't be read, or its format is unknown.
    """
    version = _format(folder / SETTINGS, files.get(SETTINGS))
    for number in range(version, target):
        files = STEPS[number](files)
    return files


def _format(file: Path, text: str | None) -> int:
    if text is None:
        raise _problem(file, 1, "there is no such file", "Name the folder of a desk.")
    try:
        version = tomllib.loads(text).get("format")
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        number = int(line[1]) if line else 1
        raise _problem(file, number, f"is not TOML: {error}", "Correct it first.") from error
    if isinstance(version, int) and not isinstance(version, bool) and version in {*STEPS, NEWEST}:
        return version
    found = re.search(r"^\s*format\s*=", text, re.MULTILINE)
    line_number = text.count("\n", 0, found.end()) + 1 if found else 1
    if isinstance(version, int) and version > NEWEST:
        fix = f"It was written for a newer frontdesk; this one knows up to format {NEWEST}."
        raise _problem(file, line_number, f"format {version} is unknown", fix)
    said = "there is no `format`" if version is None else f"format {version!r} is unknown"
    known = ", ".join(map(str, [*STEPS, NEWEST]))
    fix = f"Write `format = N`, with the format that the desk was written in; known: {known}."
    raise _problem(file, line_number, said, fix)


def _problem(file: Path, line: int, message: str, fix: str) -> DeskError:
    return DeskError([Problem(file, line, Kind.UNKNOWN_FORMAT, message, fix)])


# -- the files ------------------------------------------------------------------------------------


def read(folder: Path) -> Files:
    """The desk's texts.

    Raises:
        DeskError: one can't be read.
    """
    files = {}
    for path in sorted(path for pattern in _TEXTS for path in folder.glob(pattern)):
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:  # line ends stay as they are
                files[path.relative_to(folder).as_posix()] = file.read()
        except (OSError, UnicodeDecodeError) as error:
            fix = "Save it as a text file in UTF-8."
            raise _problem(path, 1, f"can't be read: {error}", fix) from error
    return files


def difference(old: Files, new: Files) -> str:
    """A unified diff of every file that changes; empty for nothing."""
    found: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, ""), new.get(name, "")
        lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
        found += unified_diff(*lines, name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in found)


def write(folder: Path, old: Files, new: Files) -> None:
    """Writes what changed, each file at once; desk.toml comes last, so that what was cut off can
    be done again.

    Raises:
        OperatorError: a file can't be written.
    """
    names = [name for name in new if new[name] != old.get(name)]
    for name in sorted(names, key=lambda name: name == SETTINGS):
        path = folder / PurePosixPath(name)
        staged = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            staged.write_text(new[name], encoding="utf-8", newline="")
            staged.chmod(path.stat().st_mode)
            staged.replace(path)
        except OSError as error:
            staged.unlink(missing_ok=True)
            raise OperatorError(f"{path} can't be written: {error}") from error
