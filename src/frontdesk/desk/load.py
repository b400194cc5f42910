"""Reads the files of a desk's folder."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from moneyed import CURRENCIES

from frontdesk.desk import format as f
from frontdesk.desk import model_table
from frontdesk.desk.check import check
from frontdesk.desk.compile import Compiled, compile_procedure
from frontdesk.desk.located import Located, Place, read, read_text, validate
from frontdesk.desk.misplaced import misplaced
from frontdesk.desk.texts import language_problems, text_of, text_problems
from frontdesk.errors import DeskError, OperatorError, Problem, in_order
from frontdesk.mistakes import Kind
from frontdesk.procedures import templates
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.types.desk import Article, Customer, Desk
from frontdesk.types.procedures import ToolSignature

FORMAT = 2
_APART = frozenset({"tests", "__pycache__"})


@dataclass(frozen=True)
class Examined:
    """What is in a desk's folder, as far as it can be understood, and every mistake in it."""

    folder: Path
    content: f.DeskFile | None
    customers: frozenset[str] | None
    """Ids of the demo's customers; ``None`` when desk.toml can't be read."""
    compiled: tuple[Compiled, ...]
    tools: Mapping[str, ToolSignature] | None
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        """The mistakes that keep the desk from loading."""
        return [problem for problem in self.problems if problem.severity == "error"]


def examine(
    folder: Path,
    tools: Mapping[str, ToolSignature] | None,
    articles: Iterable[Article],
    problems: Iterable[Problem] = (),
) -> Examined:
    """What is in the folder.

    Args:
        folder: where ``desk.toml`` lies.
        tools: what its ``tools.py`` offers; ``None`` when that didn't load.
        articles: the sections of its knowledge.
        problems: mistakes found by whoever read the tools and the articles.
    """
    found = list(problems)
    content, mistakes = read_settings(folder)
    found += mistakes
    compiled = _procedures(folder, content.languages if content else (), found)
    found += check(compiled, tools)
    if not any(folder.glob("procedures/*.y*ml")):
        text = "the desk has no procedures"
        fix = "Add `procedures/NAME.yaml`."
        found.append(Problem(folder / "procedures", 1, Kind.NO_PROCEDURES, text, fix))
    found += misplaced(folder)
    return Examined(
        folder,
        content,
        _customers(folder),
        tuple(compiled),
        tools,
        tuple(articles),
        tuple(in_order(found)),
    )


def load(
    folder: Path,
    tools: Mapping[str, ToolSignature] | None,
    articles: Iterable[Article],
    problems: Iterable[Problem] = (),
) -> Desk:
    """The desk in the folder, from what :func:`examine` takes.

    Raises:
        DeskError: with every mistake in every file.
    """
    return desk_of(examine(folder, tools, articles, problems))


def desk_of(examined: Examined) -> Desk:
    """The desk, unless something is wrong with it.

    Raises:
        DeskError: with every mistake in every file.
    """
    if examined.errors or examined.content is None:
        raise DeskError(examined.errors)
    return _desk(
        examined.folder,
        examined.content,
        list(examined.compiled),
        examined.tools or {},
        examined.articles,
    )


def read_settings(folder: Path) -> tuple[f.DeskFile | None, list[Problem]]:
    """desk.toml, if it has the right shape, and every mistake in it."""
    located = locate_settings(folder)
    if isinstance(located, Problem):
        return None, [located]
    if other := _other_format(located):
        return None, [other]
    if mistakes := list(model_table.mistakes(located)):
        return None, mistakes
    content = validate(f.DeskFile, located, (), located.data)
    if isinstance(content, list):
        return None, [_maybe_secret(problem) for problem in content]
    return content, list(_settings_problems(located, content))


def _other_format(located: Located) -> Problem | None:
    """Says what to do about a file whose shape is that of another format."""
    version = located.data.get("format")
    if not isinstance(version, int) or version == FORMAT:
        return None
    fix = f"This frontdesk reads format {FORMAT}."
    if 1 <= version < FORMAT:
        fix += f" See what would change: `frontdesk migrate {located.file.parent}`"
        text = f"format {version} is an older one"
        return located.problem(("format",), Kind.OLD_FORMAT, text, fix)
    return located.problem(("format",), Kind.UNKNOWN_FORMAT, f"format {version} is unknown", fix)


def _customers(folder: Path) -> frozenset[str] | None:
    """The demo's customers, as far as desk.toml can be read at all."""
    located = locate_settings(folder)
    if isinstance(located, Problem):
        return None
    demo = located.data.get("demo")
    rows = demo.get("customers") if isinstance(demo, dict) else None
    rows = rows if isinstance(rows, list) else []
    known = [row.get("id") for row in rows if isinstance(row, dict)]
    return frozenset(one for one in known if isinstance(one, str))


def locate_settings(folder: Path) -> Located | Problem:
    """desk.toml as data, and where its parts stand."""
    file = folder / "desk.toml"
    if not file.exists():
        text, fix = "there is no such file", "Name the folder of a desk."
        return Problem(file, 1, Kind.NO_DESK, text, fix)
    content = read_text(file)
    if isinstance(content, Problem):
        return content
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        text = f"is not TOML: {error}"
        fix = 'Put texts in quotes ("..."), and write each key once.'
        return Problem(file, int(line[1]) if line else 1, Kind.BROKEN_TOML, text, fix)
    except RecursionError:
        text, fix = "is nested too deeply", "Write it flatter."
        return Problem(file, 1, Kind.NESTED_TOO_DEEPLY, text, fix)
    return Located(file, data, _toml_lines(content))


def _toml_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Where the keys of a TOML file stand, as far as simple files go."""
    lines: dict[tuple[str | int, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([\w.-]+)\]+", line):
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            place = (*table, *key[1].split("."))
            for size in range(len(table) + 1, len(place) + 1):
                lines.setdefault(place[:size], number)
    return lines


def _settings_problems(located: Located, content: f.DeskFile) -> Iterator[Problem]:
    if _zone(content.timezone) is None:
        text = f"there is no time zone {content.timezone!r}"
        near = get_close_matches(content.timezone, available_timezones(), 1, 0.8)
        fix = f'Did you mean "{near[0]}"?' if near else 'Write one like "Europe/Lisbon".'
        yield located.problem(("timezone",), Kind.UNKNOWN_TIMEZONE, text, fix)
    yield from model_table.problems(located, content.model)
    for text, fix in language_problems(content.languages):
        yield located.problem(("languages",), Kind.UNKNOWN_LANGUAGE, text, fix)
    if content.currency not in CURRENCIES:
        text = f"there is no currency {content.currency!r}"
        fix = 'Write an ISO code like "EUR".'
        yield located.problem(("currency",), Kind.UNKNOWN_CURRENCY, text, fix)
    yield from _secret_problems(located, content)
    yield from _customer_problems(located, content)
    for name, words in content.messages.items():
        place: Place = ("messages", name)
        if name not in MESSAGES:
            near = get_close_matches(name, MESSAGES, 1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            fix = f"{hint}Known: {', '.join(sorted(MESSAGES))}."
            text = f"there is no built-in reply {name!r}"
            yield located.problem(place, Kind.UNKNOWN_REPLY, text, fix)
            continue
        yield from text_problems(located, place, words, content.languages, needs_first=False)
        for template in text_of(words, "").values():
            yield from _message_problems(located, name, template)


def _message_problems(located: Located, name: str, template: str) -> Iterator[Problem]:
    """What the template reads and its reply doesn't know."""
    own = (templates.names_of(text) for text in MESSAGES[name].values())
    known = frozenset({"desk"}).union(*own)
    place: Place = ("messages", name)
    try:
        read = templates.names_of(template)
    except OperatorError as error:
        fix = "See docs/desk.md, expressions and templates."
        yield located.problem(place, Kind.BROKEN_TEMPLATE, str(error), fix)
        return
    for unknown in sorted(read - known):
        fix = f"It knows {', '.join(sorted(known))}."
        text = f"the reply {name!r} has no name {unknown!r}"
        yield located.problem(place, Kind.UNKNOWN_NAME, text, fix)


_SECRET = re.compile(r"secret|passw|token|api_?key|credential", re.IGNORECASE)
_FOR_SECRETS = "Remove it from desk.toml, put it into an environment variable and change it."


def _maybe_secret(problem: Problem) -> Problem:
    """A key that nobody knows, and that sounds as if it held a secret, is worse than a typo."""
    name = re.match(r"'(.*)' is not known here", problem.message)
    typo = problem.fix.startswith("Did you mean")
    if problem.kind is not Kind.UNKNOWN_KEY or typo or not name or not _SECRET.search(name[1]):
        return problem
    text = f"{name[1]!r} is not known here, and secrets don't belong into this file"
    return replace(problem, kind=Kind.SECRET_IN_DESK, message=text, fix=_FOR_SECRETS)


def _secret_problems(located: Located, content: f.DeskFile) -> Iterator[Problem]:
    """A secret where the name of an environment variable is meant."""
    name = content.identity.secret_env if content.identity else "NAME"
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        text = "'secret_env' holds no name of an environment variable"
        fix = f'Write a name like "DESK_SECRET". If it was the secret: {_FOR_SECRETS}'
        yield located.problem(("identity", "secret_env"), Kind.SECRET_IN_DESK, text, fix)


def _customer_problems(located: Located, content: f.DeskFile) -> Iterator[Problem]:
    ids = [customer.id for customer in content.demo.customers]
    for name in dict.fromkeys(one for one in ids if ids.count(one) > 1):
        text = f"two customers have the id {name!r}"
        place = ("demo", "customers")
        yield located.problem(place, Kind.DUPLICATE_CUSTOMER, text, "Give each an id of its own.")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _procedure_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("procedures/*.y*ml"))


def _procedures(folder: Path, languages: Sequence[str], problems: list[Problem]) -> list[Compiled]:
    """The procedures that compile; in English when the desk's languages aren't known."""
    compiled = []
    for file in _procedure_files(folder):
        located = read(file)
        if isinstance(located, Problem):
            problems.append(located)
            continue
        one = compile_procedure(located, languages[0] if languages else "en", languages)
        if isinstance(one, list):
            problems += one
        else:
            problems += one.problems
            compiled.append(one)
    return compiled


def files_of(folder: Path) -> list[Path]:
    """The files that make the desk what it is, by their paths in the folder.

    Tests don't, and nothing whose name begins with a dot.
    """
    found = (file.relative_to(folder) for file in folder.glob("**/*") if file.is_file())
    apart = (path for path in found if not _APART & set(path.parts))
    return sorted(path for path in apart if not any(part[0] == "." for part in path.parts))


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of the files that make the desk what it is."""
    return _digest(folder, files_of(folder))


def _code_digest(folder: Path) -> str:
    """The same over those that are neither settings nor procedures nor knowledge."""
    data = {Path("desk.toml"), *(file.relative_to(folder) for file in _procedure_files(folder))}
    code = (path for path in files_of(folder) if path not in data)
    return _digest(folder, [path for path in code if path.parts[0] != "knowledge"])


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        name = path.as_posix().encode()
        content = hashlib.sha256((folder / path).read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return total.hexdigest()


def _desk(
    folder: Path,
    content: f.DeskFile,
    compiled: list[Compiled],
    tools: Mapping[str, ToolSignature],
    articles: tuple[Article, ...],
) -> Desk:
    timezone = _zone(content.timezone)
    assert timezone is not None
    now = content.demo.now
    return Desk(
        id=content.id,
        name=content.name,
        digest=digest(folder),
        languages=content.languages,
        timezone=timezone,
        currency=content.currency,
        model=model_table.choice(content.model, folder),
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
        code=_code_digest(folder),
    )
