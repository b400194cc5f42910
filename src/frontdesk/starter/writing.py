"""Writes a new desk's folder: all of it or nothing, and nothing over anything."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from frontdesk import app
from frontdesk.desk import load as desk_files
from frontdesk.errors import OperatorError, SettingError
from frontdesk.settings import Settings
from frontdesk.starter.answers import Answers

LANGUAGE = "en"
"""What the starter's texts are written in."""
_FILLED = ("desk.toml", "README.md")
_RENAMED = {"gitignore": ".gitignore"}
"""With its own name it would count in frontdesk's repository."""


def files(answers: Answers) -> Mapping[str, str]:
    """The texts of a new desk, by their paths in its folder."""
    values = _values(answers)
    found = {}
    for path, file in _walk(resources.files("frontdesk.starter") / "desk"):
        text = file.read_text(encoding="utf-8")
        filled = Template(text).substitute(values) if path in _FILLED else text
        found[_RENAMED.get(path, path)] = filled
    return found


def _walk(folder: Traversable, above: str = "") -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir() and one.name != "__pycache__":
            found += _walk(one, f"{above}{one.name}/")
        elif one.is_file():
            found.append((above + one.name, one))
    return found


def _values(answers: Answers) -> Mapping[str, str]:
    """What stands in the templates: as TOML, or plain."""
    return {
        "title": answers.name,
        "model_id": answers.model,
        "id": _toml(answers.id),
        "name": _toml(answers.name),
        "languages": f"[{', '.join(map(_toml, answers.languages))}]",
        "timezone": _toml(answers.timezone),
        "currency": _toml(answers.currency),
        "model": _toml(answers.model),
        "secret_env": _toml(f"{answers.id.replace('-', '_').upper()}_IDENTITY_SECRET"),
    }


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def mistakes(answers: Answers, settings: Settings) -> list[str]:
    """What is wrong in the answers, by the rules of ``frontdesk check``, and what to write."""
    if answers.languages[:1] != (LANGUAGE,):
        return [
            f"the texts that are written are in English, so the first language is {LANGUAGE!r}. "
            "Translate them later, and put your language first in desk.toml then."
        ]
    if not answers.name.strip():
        return ["the company has no name. Write one."]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "desk.toml").write_text(files(answers)["desk.toml"], encoding="utf-8")
        _, problems = desk_files.read_settings(place)
        problems += app.model_problems(place, settings)
    return [f"{problem.message}. {problem.fix}".strip() for problem in problems]


def refuse_existing(folder: Path) -> None:
    """Raises ``SettingError`` when something is in the folder's place already."""
    if folder.is_symlink() or folder.exists():
        fix = "choose another with --folder, or move it away"
        raise SettingError(f"{folder} is there already, and nothing is overwritten; {fix}")


def write(folder: Path, answers: Answers, settings: Settings) -> None:
    """Writes the desk beside its place first, and moves it there when it is whole.

    Raises:
        SettingError: an answer is wrong, or something is in the folder's place.
        OperatorError: the folder can't be written.
    """
    refuse_existing(folder)
    if found := mistakes(answers, settings):
        raise SettingError("\n".join(found))
    staged = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        for name, text in files(answers).items():
            file = staged / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        staged.rename(folder)
    except OSError as error:
        fix = "choose a folder that you may write to, with --folder"
        raise OperatorError(f"{folder} can't be written: {error.strerror}; {fix}") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
