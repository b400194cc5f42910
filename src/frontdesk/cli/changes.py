"""``frontdesk diff`` and ``frontdesk migrate``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from frontdesk import app
from frontdesk.cli.options import DeskFolder
from frontdesk.desk import migrate as migration
from frontdesk.desk import revision
from frontdesk.desk.changes import Change, Staying, changes, staying
from frontdesk.errors import DeskError, SettingError
from frontdesk.evaluation import case_check, desk_tests
from frontdesk.evaluation.comparison import VerdictChange, verdict_changes
from frontdesk.types.detail import Detail

Version = Annotated[str, typer.Argument(help="A desk's folder, or git:REV of the other one.")]
_LISTED = ("example", "question")
_LONGEST = 100


def diff(
    old: Version,
    new: Version,
    no_tests: Annotated[
        bool, typer.Option("--no-tests", help="Don't play the conversations of both.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a change of a desk means for its procedures, conversations and tests."""
    plain = [one for one in (old, new) if not one.startswith(revision.PREFIX)]
    beside = Path(plain[0]) if plain else Path.cwd()
    if not beside.is_dir():
        raise SettingError(f"there is no folder {beside}")
    with ExitStack() as opened:
        before, after = (
            app.load_desk(opened.enter_context(revision.opened(one, beside))) for one in (old, new)
        )
        found, stay = changes(before.desk, after.desk), staying(before.desk, after.desk)
        verdicts = None if no_tests else verdict_changes(_played(before), _played(after))
    if as_json:
        typer.echo(json.dumps(_json(found, stay, verdicts), indent=2, ensure_ascii=False))
        return
    for line in _lines(found, stay, verdicts):
        typer.echo(line)


def _played(loaded: app.LoadedDesk) -> list[desk_tests.Result]:
    found, problems = case_check.load(loaded.desk, loaded.folder)
    if problems:
        raise DeskError(problems)
    return asyncio.run(desk_tests.play(loaded, found, None)) if found else []


def _lines(
    found: Sequence[Change], stay: Sequence[Staying], verdicts: Sequence[VerdictChange] | None
) -> Iterator[str]:
    for change in found:
        yield change.headline
        yield from (f"  {line}" for line in _details(change.details))
    yield "" if found else "Nothing that the desk says or does was changed.\n"
    for reason, group in groupby(sorted(stay, key=lambda one: one.reason), lambda s: s.reason):
        names = ", ".join(one.procedure for one in group)
        yield f"Conversations under way in {names} finish on the old version: {reason}."
    others = "All others" if stay else "All conversations"
    yield f"{others} go on with the new one."
    if verdicts is not None:
        yield from _verdicts(verdicts)


def _details(details: Sequence[Detail]) -> Iterator[str]:
    for what in _LISTED:
        kinds = [detail.kind for detail in details if detail.what == what]
        if kinds:
            yield f"{what}s: +{kinds.count('added')} -{kinds.count('removed')}"
    for detail in details:
        if detail.what in _LISTED:
            continue
        if detail.kind != "added":
            yield f"- {detail.what}: {_short(detail.before)}".rstrip(": ")
        if detail.kind != "removed":
            yield f"+ {detail.what}: {_short(detail.after)}".rstrip(": ")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _verdicts(verdicts: Sequence[VerdictChange]) -> Iterator[str]:
    if not verdicts:
        yield "No conversation of the tests ends otherwise."
    hidden = [one for one in verdicts if one.held_out]
    for one in verdicts:
        if not one.held_out:
            yield f"{one.file}: {one.test}: {one.before} before, {one.after} now"
            yield from (f"    {failure}" for failure in one.failures)
    if hidden:
        failed = sum(one.after == "failed" for one in hidden)
        yield f"held out: {failed} fail now, {len(hidden) - failed} pass now"


def _json(
    found: Sequence[Change], stay: Sequence[Staying], verdicts: Sequence[VerdictChange] | None
) -> dict[str, object]:
    tests = None
    if verdicts is not None:
        tests = [
            asdict(one) | ({"test": "(held out)", "failures": []} if one.held_out else {})
            for one in verdicts
        ]
    return {
        "changes": [asdict(change) for change in found],
        "finish_on_the_old_version": [asdict(one) for one in stay],
        "tests": tests,
    }


def migrate(
    folder: DeskFolder,
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
) -> None:
    """Show what has to change in a desk's files for the newest format, or change it."""
    old = migration.read(folder)
    new = migration.migrate(folder, old)
    difference = migration.difference(old, new)
    if not difference:
        typer.echo(f"{folder} is in format {migration.NEWEST}: nothing to do.")
        return
    typer.echo(difference, nl=False)
    if write:
        migration.write(folder, old, new)
        typer.echo(f"\nWritten; {folder} is in format {migration.NEWEST} now.")
    else:
        typer.echo("\nNothing was written; `--write` does.")
