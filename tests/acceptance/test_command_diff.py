from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from installed_command import frontdesk, refused, small_desk

PROCEDURE = "procedures/cancel_booking.yaml"
TESTS = """\
- test: cancel the trip to Porto
  customer: cust-ana
  turns:
    - say: I need to cancel my trip to Porto
      means: start cancel_booking
      reply: Shall I cancel
"""


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk in a folder of a repository, committed, then changed."""
    folder = small_desk(tmp_path)
    (folder / "tests" / "some.yaml").write_text(TESTS, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "desk")
    git(tmp_path, "commit", "-qm", "A desk")
    file = folder / PROCEDURE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Shall I cancel", "May I cancel"), encoding="utf-8")
    return folder


def test_it_tells_what_a_change_means(desk: Path, tmp_path: Path) -> None:
    ran = frontdesk("diff", "git:HEAD", desk, home=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "procedure cancel_booking changed"
    assert lines[1].startswith("  - confirm (en): Shall I cancel")
    assert lines[2].startswith("  + confirm (en): May I cancel")
    assert (
        "Conversations under way in cancel_booking finish on the old version: "
        "cancel_booking was changed." in lines
    )
    assert "some.yaml: cancel the trip to Porto: passed before, failed now" in lines


def test_it_tells_the_same_as_json(desk: Path, tmp_path: Path) -> None:
    told = json.loads(frontdesk("diff", "git:HEAD", desk, "--json", home=tmp_path).out)
    assert [change["name"] for change in told["changes"]] == ["cancel_booking"]
    assert told["finish_on_the_old_version"][0]["procedure"] == "cancel_booking"
    (test,) = told["tests"]
    assert (test["before"], test["after"]) == ("passed", "failed")


def test_the_same_desk_has_no_changes(desk: Path, tmp_path: Path) -> None:
    ran = frontdesk("diff", desk, desk, "--no-tests", home=tmp_path)
    assert ran.out.startswith("Nothing that the desk says or does was changed.")


@pytest.mark.parametrize("revision", ["nothing", "--output=stolen"])
def test_a_revision_that_git_does_not_know(desk: Path, tmp_path: Path, revision: str) -> None:
    said = refused(frontdesk("diff", f"git:{revision}", desk, home=tmp_path))
    assert f"git:{revision}: fatal: not a valid object name" in said
    assert not list(tmp_path.rglob("stolen"))


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    desk = small_desk(tmp_path)
    said = refused(frontdesk("diff", "git:HEAD", desk, home=tmp_path))
    assert "not a git repository" in said
