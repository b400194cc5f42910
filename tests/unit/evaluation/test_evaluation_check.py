"""Every kind of mistake is provoked by a small desk, and told with its file, line and fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from mistake_cases import BY_LIKENESS, CASES, HEAD, RIGHT, STEPS, Case

from frontdesk.errors import Problem, in_order
from frontdesk.evaluation.check import NO_EMBEDDINGS, Report, check
from frontdesk.mistakes import Kind
from frontdesk.settings import from_environment


async def report_of(folder: Path, files: dict[str, str | bytes | None]) -> Report:
    for name, content in (RIGHT | files).items():
        file = folder / name
        if name.endswith("/"):
            file.mkdir(parents=True)
        elif content is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = from_environment({"FRONTDESK_CACHE": str(folder / "no-models")})
    return await check(folder, settings)


async def test_the_desk_of_these_cases_is_right(tmp_path: Path) -> None:
    report = await report_of(tmp_path, {})
    assert report.problems == ()
    assert report.note == NO_EMBEDDINGS.format("minilm")


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c.kind.slug}" for i, c in enumerate(CASES)])
async def test_a_mistake_has_its_file_line_kind_and_fix(tmp_path: Path, case: Case) -> None:
    report = await report_of(tmp_path, case.files)
    found = [problem for problem in report.problems if problem.kind is case.kind]
    places = [(str(one.file.relative_to(tmp_path)), one.line) for one in found]
    assert (case.file, case.line) in places, list(map(str, report.problems))
    told = found[places.index((case.file, case.line))]
    assert case.fix in told.fix
    assert told.message


def test_every_kind_is_provoked_by_some_case() -> None:
    assert {case.kind for case in CASES} | BY_LIKENESS == set(Kind)


def test_kinds_have_names_and_titles_of_their_own() -> None:
    assert len({kind.slug for kind in Kind}) == len({kind.title for kind in Kind}) == len(Kind)
    assert Kind.UNKNOWN_SLOT.slug == "unknown-slot"


async def test_a_step_that_is_wrong_hides_no_other_mistake(tmp_path: Path) -> None:
    steps = """\
steps:
  - {tool: look, save: found, wiht: {}}
  - {choose: booking, from: found, key: reference, shw: x}
  - say: "{{ booking.reference }} {{ nope }}"
  - collect: txt
"""
    head = RIGHT["procedures/take_note.yaml"].partition("steps:")[0]
    report = await report_of(tmp_path, {"procedures/take_note.yaml": head + steps})
    told = {(one.line, one.kind) for one in report.problems if one.severity == "error"}
    assert told == {
        (8, Kind.UNKNOWN_KEY),
        (9, Kind.UNKNOWN_KEY),
        (9, Kind.MISSING_KEY),
        (10, Kind.UNKNOWN_NAME),
        (11, Kind.UNKNOWN_SLOT),
    }


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b""])
async def test_windows_line_ends_and_byte_order_marks_do_no_harm(
    tmp_path: Path, before: bytes
) -> None:
    files: dict[str, str | bytes | None] = {
        name: before + text.replace("\n", "\r\n").encode() for name, text in RIGHT.items()
    }
    assert (await report_of(tmp_path, files)).problems == ()


def test_errors_come_before_warnings(tmp_path: Path) -> None:
    file = tmp_path / "a"
    warning = Problem(file, 1, Kind.FEW_EXAMPLES, "a", "b")
    error = Problem(file, 2, Kind.UNKNOWN_NAME, "a", "b")
    assert in_order([warning, error, error]) == [error, warning]


async def test_a_file_that_nobody_can_read_makes_nothing_else_wrong(tmp_path: Path) -> None:
    """The tests name its procedure and slots, and its tools are called by nothing else."""
    broken = HEAD + STEPS + "  - say: Done: it is noted.\n"
    report = await report_of(tmp_path, {"procedures/take_note.yaml": broken})
    assert [problem.kind for problem in report.problems] == [Kind.COLON_IN_TEXT]
