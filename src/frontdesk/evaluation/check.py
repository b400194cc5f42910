"""Everything that ``frontdesk check`` finds in a desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from frontdesk import app
from frontdesk.desk.load import Examined, desk_of
from frontdesk.errors import ModelFileError, Problem, in_order
from frontdesk.evaluation import likeness
from frontdesk.evaluation.case_check import case_problems, coverage_problems, names_in
from frontdesk.evaluation.cases import read_cases
from frontdesk.mistakes import Kind, Severity
from frontdesk.models import catalogue
from frontdesk.settings import Settings
from frontdesk.types import procedures as p
from frontdesk.types.desk import Desk

NO_EMBEDDINGS = (
    "Not checked: intents too alike and articles that no question reaches. "
    "`frontdesk models pull {}` fetches what that needs."
)


@dataclass(frozen=True)
class Report:
    """A desk's mistakes, by file and line, and what couldn't be looked at."""

    desk: Desk | None
    """``None`` where errors keep it from loading."""
    problems: tuple[Problem, ...]
    note: str = ""

    def count(self, severity: Severity) -> int:
        """How many of them are that bad."""
        return sum(problem.severity == severity for problem in self.problems)


async def check(folder: Path, settings: Settings) -> Report:
    """Looks at every file of the desk, and at what its examples say about each other."""
    examined, _ = app.examine_desk(folder)
    problems = [*examined.problems, *app.model_problems(folder, settings)]
    cases, mistakes = read_cases(folder)
    problems += mistakes
    problems += case_problems(cases, names_in(examined))
    problems += coverage_problems(cases, examined)
    problems += _uncalled(examined)
    if _unread(examined):
        problems = [problem for problem in problems if problem.kind not in _FOLLOW]
    if examined.errors:
        return Report(None, tuple(in_order(problems)))
    desk = desk_of(examined)
    try:
        async with app.open_semantics(settings, desk) as semantics:
            problems += likeness.example_problems(semantics.intents.left_out(), examined)
            problems += await likeness.article_problems(semantics.retriever, desk.articles, folder)
    except ModelFileError:
        return Report(
            desk,
            tuple(in_order(problems)),
            NO_EMBEDDINGS.format(catalogue.embedder(desk.languages).alias),
        )
    return Report(desk, tuple(in_order(problems)))


_FOLLOW = {
    Kind.UNKNOWN_PROCEDURE,
    Kind.UNKNOWN_SLOT,
    Kind.UNKNOWN_WAITING,
    Kind.PROCEDURE_NEVER_CALLED,
    Kind.TOOL_NEVER_CALLED,
}
"""What a file that nobody can read makes seem wrong elsewhere."""


def _unread(examined: Examined) -> set[Path]:
    """Files of procedures of which nothing could be understood."""
    wrong = {one.file for one in examined.errors if one.file.parent.name == "procedures"}
    return wrong - {one.located.file for one in examined.compiled}


def _uncalled(examined: Examined) -> Iterator[Problem]:
    """Tools that no procedure calls; only where every procedure could be read."""
    if not all(one.whole for one in examined.compiled):
        return
    steps = (node for one in examined.compiled for node in one.procedure.nodes.values())
    called = Counter(node.tool for node in steps if isinstance(node, p.Tool))
    for name, tool in (examined.tools or {}).items():
        if not called[name]:
            text = f"no procedure calls the tool {name}"
            fix = f"Call it with `- tool: {name}`, or remove it."
            file = examined.folder / "tools.py"
            yield Problem(file, tool.line, Kind.TOOL_NEVER_CALLED, text, fix)
