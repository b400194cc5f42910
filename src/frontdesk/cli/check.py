"""``frontdesk check``: every mistake in a desk's files."""

from __future__ import annotations

import asyncio
import json
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from frontdesk.cli.options import DeskFolder
from frontdesk.errors import Problem
from frontdesk.evaluation import check as checking
from frontdesk.evaluation.check import Report
from frontdesk.settings import from_environment


def check(
    folder: DeskFolder,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for editors and CI.")
    ] = False,
) -> None:
    """Report every mistake in a desk's files, with file and line; exit 1 on errors."""
    report = asyncio.run(checking.check(folder.resolve(), from_environment()))
    if as_json:
        typer.echo(json.dumps(_as_json(folder, report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if report.count("error") or (strict and report.count("warning")):
        raise typer.Exit(1)


def _print(report: Report) -> None:
    """Mistakes to standard error, grouped by file, and a line that counts them."""
    for file, problems in groupby(report.problems, key=lambda problem: problem.file):
        typer.echo(_relative(file), err=True)
        for problem in problems:
            typer.echo(_line(problem), err=True)
    if report.note:
        typer.echo(report.note, err=True)
    if report.problems:
        typer.echo(_counts(report), err=True)
    if report.desk is not None and not report.count("error"):
        desk = report.desk
        public = sum(not procedure.internal for procedure in desk.procedures.values())
        articles = len({article.article for article in desk.articles})
        counted = {"procedure": public, "tool": len(desk.tools), "article": articles}
        has = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counted.items())
        typer.echo(f"{desk.name}: {has}. No mistakes.")


def _line(problem: Problem) -> str:
    where = f"{_relative(problem.file)}:{problem.line}"
    warning = "warning: " if problem.severity == "warning" else ""
    head = f"  {where}: {warning}{problem.message} [{problem.kind.slug}]"
    return f"{head}\n      {problem.fix}"


def _counts(report: Report) -> str:
    counts = ((report.count("error"), "error"), (report.count("warning"), "warning"))
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts) + "."


def _relative(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)


def _as_json(folder: Path, report: Report) -> dict[str, Any]:
    return {
        "desk": report.desk.id if report.desk else str(folder),
        "problems": [
            {
                "file": _relative(problem.file),
                "line": problem.line,
                "kind": problem.kind.slug,
                "severity": problem.severity,
                "message": problem.message,
                "fix": problem.fix,
            }
            for problem in report.problems
        ],
        "summary": {
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "note": report.note,
        },
    }
