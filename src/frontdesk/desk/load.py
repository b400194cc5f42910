"""Reads the files of a desk's folder."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from frontdesk.desk import format as f
from frontdesk.desk.check import check, zone
from frontdesk.desk.compile import Compiled, compile_procedure, text_of
from frontdesk.desk.located import Located, read, validate
from frontdesk.errors import DeskError, Problem
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.types.desk import Article, Customer, Desk
from frontdesk.types.procedures import ToolSignature

FORMAT = 1
_APART = frozenset({"tests", "__pycache__"})


@dataclass(frozen=True)
class Settings:
    """desk.toml, read."""

    file: Path
    content: f.DeskFile


def load(
    folder: Path,
    tools: Mapping[str, ToolSignature] | None,
    articles: Iterable[Article],
    problems: Iterable[Problem] = (),
) -> Desk:
    """The desk in the folder.

    Args:
        folder: where ``desk.toml`` lies.
        tools: what its ``tools.py`` offers; ``None`` when that didn't load.
        articles: the sections of its knowledge.
        problems: mistakes found by whoever read the tools and the articles.

    Raises:
        DeskError: with every mistake in every file.
    """
    found = list(problems)
    settings = read_settings(folder)
    if isinstance(settings, list):
        raise DeskError([*found, *settings])
    compiled = _procedures(folder, settings.content.languages[0], found)
    found += check(compiled, tools)
    if not compiled and not found:
        text = "the desk has no procedures"
        found.append(Problem(folder / "procedures", 1, text, "Add `procedures/NAME.yaml`."))
    if found:
        raise DeskError(found)
    return _desk(folder, settings.content, compiled, tools or {}, tuple(articles))


def read_settings(folder: Path) -> Settings | list[Problem]:
    """desk.toml, or every mistake in it."""
    file = folder / "desk.toml"
    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError:
        fix = "Name the folder of a desk."
        return [Problem(file, 1, "there is no such file", fix)]
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return [Problem(file, int(line[1]) if line else 1, f"is not TOML: {error}")]
    except (OSError, UnicodeDecodeError) as error:
        return [Problem(file, 1, f"can't be read: {error}", "Save it as a text file in UTF-8.")]
    located = Located(file, data, _toml_lines(text))
    content = validate(f.DeskFile, located, (), data)
    if isinstance(content, list):
        return content
    problems = _settings_problems(located, content)
    return problems or Settings(file, content)


def _toml_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Where the keys of a TOML file stand, as far as simple files go."""
    lines: dict[tuple[str | int, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([\w.-]+)\]+", line):
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            lines.setdefault((*table, key[1]), number)
    return lines


def _settings_problems(located: Located, content: f.DeskFile) -> list[Problem]:
    problems = []
    if content.format != FORMAT:
        fix = f"This frontdesk reads format {FORMAT}."
        problems.append(located.problem(("format",), f"format {content.format} is unknown", fix))
    if zone(content.timezone) is None:
        fix = 'Write one like "Europe/Lisbon".'
        text = f"there is no time zone {content.timezone!r}"
        problems.append(located.problem(("timezone",), text, fix))
    for name in content.messages.keys() - MESSAGES.keys():
        fix = f"Known: {', '.join(sorted(MESSAGES))}."
        text = f"there is no built-in reply {name!r}"
        problems.append(located.problem(("messages", name), text, fix))
    return problems


def _procedures(folder: Path, language: str, problems: list[Problem]) -> list[Compiled]:
    compiled = []
    for file in sorted(folder.glob("procedures/*.y*ml")):
        located = read(file)
        if isinstance(located, Problem):
            problems.append(located)
            continue
        one = compile_procedure(located, language)
        if isinstance(one, list):
            problems += one
        else:
            compiled.append(one)
    return compiled


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of the files that make the desk what it is."""
    total = hashlib.sha256()
    for file in sorted(file for file in folder.glob("**/*") if file.is_file()):
        path = file.relative_to(folder)
        if _APART & set(path.parts) or path.name.startswith("."):
            continue
        name = path.as_posix().encode()
        content = hashlib.sha256(file.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return total.hexdigest()


def _desk(
    folder: Path,
    content: f.DeskFile,
    compiled: list[Compiled],
    tools: Mapping[str, ToolSignature],
    articles: tuple[Article, ...],
) -> Desk:
    timezone = zone(content.timezone)
    assert timezone is not None
    now = content.demo.now
    return Desk(
        id=content.id,
        name=content.name,
        digest=digest(folder),
        languages=content.languages,
        timezone=timezone,
        currency=content.currency,
        model=content.model,
        procedures={one.procedure.name: one.procedure for one in compiled},
        tools=tools,
        articles=articles,
        messages={
            name: text_of(text, content.languages[0]) for name, text in content.messages.items()
        },
        message_characters=content.limits.message_characters,
        act=content.understanding.act,
        secret_env=content.identity.secret_env if content.identity else None,
        customers=tuple(Customer(c.id, c.name, c.email) for c in content.demo.customers),
        test_now=now.replace(tzinfo=now.tzinfo or timezone) if now else None,
    )
