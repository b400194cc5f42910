from __future__ import annotations

import json
from pathlib import Path

from installed_command import DESK, copy_of_desk, frontdesk


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def mistakes(desk: Path, home: Path) -> str:
    """What ``check`` says of a bad desk, having changed nothing."""
    before = contents(desk)
    ran = frontdesk("check", desk, home=home)
    assert ran.out == ""
    assert contents(desk) == before
    assert not (home / "data").exists()
    assert ran.code == 1
    return ran.err


def edit(file: Path, old: str, new: str) -> int:
    """Replaces the text once; the line on which it stood."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_desk_without_mistakes(tmp_path: Path) -> None:
    ran = frontdesk("check", DESK, home=tmp_path)
    assert ran.code == 0
    assert "warning: " in ran.err
    assert "0 errors, " in ran.err
    assert ran.out.startswith("Harbor Stays: ")
    assert ran.out.endswith("No mistakes.\n")


def test_warnings_fail_when_asked_to(tmp_path: Path) -> None:
    assert frontdesk("check", DESK, "--strict", home=tmp_path).code == 1


def test_json_for_editors(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    file = desk / "desk.toml"
    line = edit(file, 'timezone = "Europe/Lisbon"', 'timezone = "Europe/Lisboa"')
    ran = frontdesk("check", desk, "--json", home=tmp_path)
    told = json.loads(ran.out)
    assert ran.code == 1
    (error,) = [problem for problem in told["problems"] if problem["severity"] == "error"]
    assert (error["file"], error["line"], error["kind"]) == (str(file), line, "unknown-timezone")
    assert "Europe/Lisbon" in error["fix"]
    assert told["summary"]["errors"] == 1
    assert told["desk"] == str(desk)


def test_every_mistake_in_every_file_has_its_line(tmp_path: Path) -> None:
    """One run for all: procedures of the wrong shape, unknown names, articles without a head."""
    desk = copy_of_desk(tmp_path)
    procedures, knowledge = desk / "procedures", desk / "knowledge"
    broken = [
        (procedures / "cancel_booking.yaml", "where: booking", "wehre: booking", 0,
         "'wehre' is not known here"),
        (procedures / "change_dates.yaml", "tool: check_dates", "tool: chek_dates", 0,
         "there is no tool 'chek_dates'"),
        (procedures / "get_invoice.yaml", "type: ", "type: sentence  # ", 0, "'type': Input"),
        (procedures / "show_bookings.yaml", "title:", "title: *nothing  # ", 0, "is not YAML"),
        (procedures / "message_host.yaml", "steps:", "steps:\n  - tool: report_problem\n", 1,
         "the tool report_problem writes, and no `confirm` stands right before it"),
        (knowledge / "pets.md", "---\ntitle: ", "---\ntitel: ", 0, "the article has no title"),
        (knowledge / "parking.md", "---\ntitle: ", "---\ntitle: [", 1, "has a broken head"),
    ]  # fmt: skip
    expected = [
        f"{file}:{edit(file, old, new) + below}: {message}"
        for file, old, new, below, message in broken
    ]
    said = mistakes(desk, tmp_path)
    assert [line for line in expected if line not in said] == []


def test_desk_toml(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    file = desk / "desk.toml"
    line = edit(file, 'timezone = "Europe/Lisbon"', 'timezone = "Europe/Lisboa"')
    said = mistakes(desk, tmp_path)
    assert f"{file}:{line}: there is no time zone 'Europe/Lisboa'" in said
    line = edit(file, 'currency = "EUR"', "currency = EUR")
    assert f"{file}:{line}: is not TOML" in mistakes(desk, tmp_path)


def test_tools_py(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    file = desk / "tools.py"
    line = edit(file, "@read\ndef list_bookings(", "@read\ndef list_bookings(whose, ")
    said = mistakes(desk, tmp_path)
    assert f"{file}:{line}: list_bookings: the parameter 'whose' has no type" in said
    line = edit(file, "@dataclass\nclass Cancellation:", "@dataclass\nclass Cancellation(:")
    assert f"{file}:{line + 1}: is not Python" in mistakes(desk, tmp_path)


def test_test_conversations(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    file = desk / "tests" / "development.yaml"
    line = edit(file, "customer: cust-ana", "customer: cust-nobody")
    said = mistakes(desk, tmp_path)
    assert f"{file}:{line}: there is no customer 'cust-nobody'" in said


def test_every_file_is_checked_beside_mistakes_in_the_others(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    settings, conversations = desk / "desk.toml", desk / "tests" / "development.yaml"
    broken = [
        (settings, "secret_env", "secret_evn", "'secret_evn' is not known here"),
        (settings, "1.5b-instruct-q4_k_m", "1.5b-instrukt", "there is no model 'qwen2.5-coder-"),
        (conversations, "customer: cust-ana", "customer: cust-nobody", "there is no customer"),
        (desk / "procedures" / "show_bookings.yaml", "steps:", "stepz:", "'stepz' is not known"),
    ]
    expected = [f"{file}:{edit(file, old, new)}: {message}" for file, old, new, message in broken]
    said = mistakes(desk, tmp_path)
    assert [line for line in expected if line not in said] == []
    assert "Did you mean qwen2.5-coder-1.5b-instruct-q4_k_m" in said


def test_a_folder_that_is_no_desk(tmp_path: Path) -> None:
    said = mistakes(tmp_path / "nowhere", tmp_path)
    assert "desk.toml:1: there is no such file" in said
