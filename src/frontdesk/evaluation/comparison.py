"""Which of a desk's conversations pass in one version and fail in another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from frontdesk.evaluation.desk_tests import Result

Verdict = Literal["passed", "failed", "absent"]


@dataclass(frozen=True)
class VerdictChange:
    """A conversation that ends otherwise in the new version."""

    file: str
    test: str
    before: Verdict
    after: Verdict
    failures: tuple[str, ...] = ()
    """What differs in the new version."""
    held_out: bool = False


def verdict_changes(old: Iterable[Result], new: Sequence[Result]) -> list[VerdictChange]:
    """New failures and newly passing conversations; new ones that pass are no change.

    Conversations are the same when their file and name are.
    """
    before = {_key(result): _verdict(result) for result in old}
    found = []
    for result in new:
        was, now = before.get(_key(result), "absent"), _verdict(result)
        if was != now and (was, now) != ("absent", "passed"):
            file, test = _key(result)
            held_out = result.case.held_out
            found.append(VerdictChange(file, test, was, now, result.failures, held_out))
    return found


def _key(result: Result) -> tuple[str, str]:
    return result.case.file.name, result.case.case.test


def _verdict(result: Result) -> Verdict:
    return "passed" if result.passed else "failed"
