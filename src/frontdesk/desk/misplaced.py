"""Files that look as if they belonged to the desk, and that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from frontdesk.errors import Problem
from frontdesk.mistakes import Kind

_WANTED = {"procedures": (".yaml", ".yml"), "tests": (".yaml", ".yml"), "knowledge": (".md",)}
_ALSO_READ = {"tests/policy.md"}
"""By other commands: what `frontdesk bench turn --plain` tells the plain agent."""
_FOLDERS = {
    "procedure": "procedures",
    "tool": "tools.py",
    "article": "knowledge",
    "articles": "knowledge",
    "test": "tests",
}
"""What people call the folders, and what they are called."""


def misplaced(folder: Path) -> Iterator[Problem]:
    """A warning for each file in the wrong folder, with the wrong ending, or in no folder."""
    for name, endings in _WANTED.items():
        for file in sorted((folder / name).glob("**/*")):
            if file.is_dir() or file.name.startswith(".") or "__pycache__" in file.parts:
                continue
            if file.relative_to(folder).as_posix() in _ALSO_READ:
                continue
            if not file.name.endswith(endings):
                yield _problem(
                    file, f"only {' and '.join(endings)} files of {name}/ are read", name
                )
            elif name != "knowledge" and file.parent != folder / name:
                yield _problem(file, f"subfolders of {name}/ are not read", name)
    for file in sorted(folder.glob("*")):
        if file.is_dir() and (meant := _FOLDERS.get(file.name.casefold())):
            yield _problem(file, f"nobody reads a folder {file.name!r}", meant)
        elif file.suffix in (".yaml", ".yml"):
            yield _problem(file, "nobody reads YAML files beside desk.toml", "procedures")


def _problem(file: Path, text: str, meant: str) -> Problem:
    if meant == "tools.py":
        return Problem(file, 1, Kind.MISPLACED_FILE, text, "Write the functions into tools.py.")
    ending = _WANTED[meant][0]
    fix = f"Name it {meant}/{file.name.partition('.')[0]}{ending}, or remove it."
    if file.is_dir():
        fix = f"Call it {meant!r}."
    return Problem(file, 1, Kind.MISPLACED_FILE, text, fix)
