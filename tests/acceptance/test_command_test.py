from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from installed_command import DESK, DESKS, copy_of_desk, frontdesk


@pytest.mark.parametrize("desk", DESKS, ids=lambda desk: desk.name)
def test_a_demo_desk_passes_with_the_scripted_model(desk: Path, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    ran = frontdesk("test", desk, "--json", file, home=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    *conversations, table = ran.out.split("\n\n")
    verdicts = "\n".join(conversations).splitlines()
    assert all(re.fullmatch(r"passed +\d+\.\d\d s  \S.*", line) for line in verdicts)
    figures = {name: int(value) for name, value in map(str.split, table.splitlines())}
    assert figures["conversations"] == figures["passed"] == len(verdicts)
    hidden = sum(line.endswith("  (held out)") for line in verdicts)
    assert figures["held_out"] == figures["held_out_passed"] == hidden
    written = json.loads(file.read_text(encoding="utf-8"))
    assert set(written) == {"figures", "command", "seed", "versions", "machine", "when"}
    assert written["figures"] == figures
    assert written["command"].startswith(f"frontdesk test {desk}")
    assert {"python", "frontdesk"} <= set(written["versions"])
    assert not (tmp_path / "data").exists()


def test_a_conversation_that_goes_otherwise_is_shown_with_its_place(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    file = desk / "tests" / "development.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("€360.00]", "€361.00]", 1), encoding="utf-8")
    name = "cancel with a full refund"
    ran = frontdesk("test", desk, "--file", "development", "--only", name, home=tmp_path)
    line = text[: text.index(f"- test: {name}")].count("\n") + 1
    assert ran.code == 1
    assert ran.out.startswith("FAILED")
    assert f"development.yaml:{line}: turn 1" in ran.out
    assert "'€361.00'" in ran.out
    assert "Traceback" not in ran.err


def test_no_conversation_of_that_name(tmp_path: Path) -> None:
    ran = frontdesk("test", DESK, "--only", "no such name", home=tmp_path)
    assert ran.code == 1
    assert "has no such conversation" in ran.err
