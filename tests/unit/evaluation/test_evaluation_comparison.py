"""Which verdicts count as a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.desk.located import Located
from frontdesk.evaluation import cases
from frontdesk.evaluation.comparison import VerdictChange, verdict_changes
from frontdesk.evaluation.desk_tests import Result


def result(name: str, *failures: str, folder: str = "new", file: str = "some") -> Result:
    path = Path(folder) / f"{file}.yaml"
    located = Located(path, [], {})
    case = cases.TestCase(path, 1, cases.Case(test=name, turns=()), located, (0,))
    return Result(case, failures, (), 0.0)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([result("a", folder="old")], [result("a", "wrong")], ("passed", "failed")),
        ([result("a", "wrong", folder="old")], [result("a")], ("failed", "passed")),
        ([], [result("a", "wrong")], ("absent", "failed")),
        ([], [result("a")], None),
        ([result("a")], [], None),
        ([result("a")], [result("a")], None),
        ([result("a", "wrong")], [result("a", "otherwise wrong")], None),
        ([result("a", "wrong", file="other")], [result("a")], None),
    ],
)
def test_only_another_verdict_is_told(
    before: list[Result], after: list[Result], told: tuple[str, str] | None
) -> None:
    found = verdict_changes(before, after)
    assert [(one.before, one.after) for one in found] == ([told] if told else [])


def test_it_says_what_failed_and_whether_it_is_held_out() -> None:
    found = verdict_changes([], [result("a", "wrong", file="held-out")])
    assert found == [
        VerdictChange("held-out.yaml", "a", "absent", "failed", ("wrong",), held_out=True)
    ]
