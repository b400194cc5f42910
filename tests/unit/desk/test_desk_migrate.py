"""Migrations over texts: what is changed, what is kept, what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from frontdesk.desk.load import FORMAT
from frontdesk.desk.migrate import NEWEST, STEPS, difference, migrate, read, write
from frontdesk.errors import DeskError, OperatorError

DESK = Path("desk")
TEXT = """\
# Our desk
format = 1     # of these files
id = "small"
# the small one
model = "qwen-0.5b"   # fast

# who signs
[identity]
secret_env = "SECRET"

[demo]
customers = [
  { id = "ana" },  # Ana
]
"""
MIGRATED = """\
# Our desk
format = 2     # of these files
id = "small"

[model]
# the small one
name = "qwen-0.5b"   # fast

# who signs
[identity]
secret_env = "SECRET"

[demo]
customers = [
  { id = "ana" },  # Ana
]
"""


def migrated(text: str) -> str:
    return migrate(DESK, {"desk.toml": text})["desk.toml"]


def refused(text: str) -> tuple[int, str]:
    with pytest.raises(DeskError) as caught:
        migrated(text)
    (problem,) = caught.value.problems
    assert problem.file == DESK / "desk.toml"
    return problem.line, f"{problem.message} {problem.fix}"


def test_the_steps_lead_to_the_format_that_is_read() -> None:
    assert sorted(STEPS) == list(range(1, NEWEST))
    assert NEWEST == FORMAT


def test_the_model_gets_a_table_and_comments_and_order_stay() -> None:
    assert migrated(TEXT) == MIGRATED


def test_what_is_migrated_is_left_alone() -> None:
    assert migrated(MIGRATED) == MIGRATED
    assert difference({"desk.toml": MIGRATED}, {"desk.toml": migrated(MIGRATED)}) == ""


@pytest.mark.parametrize(
    "text",
    [
        'format = 1\nmodel = "a"',
        'model = "a"\nformat = 1\n',
        'format = 1\nmodel = "a"\n[demo]\nmodel = "b"\n',
        'format = 1\r\nmodel = "a"\r\nid = "x"\r\n\r\n[demo]\r\n',
        "  format=1\n  model= 'a' # why\n\n\n[demo]\nformat = 1\n",
        'format = 1\nmodel = "a"\n# of the demo\n[demo]\n',
        'format = 1\nid = "x"\n',
    ],
)
def test_all_else_means_the_same(text: str) -> None:
    before, after = tomllib.loads(text), tomllib.loads(migrated(text))
    model = {"model": {"name": before["model"]}} if "model" in before else {}
    assert after == before | {"format": 2} | model
    assert migrated(text).count("\r\n") in (0, migrated(text).count("\n"))


@pytest.mark.parametrize("text", ['format = 1\n"model" = "a"\n', '"format" = 1\nmodel = "a"\n'])
def test_what_is_written_in_an_unusual_way_is_refused(text: str) -> None:
    with pytest.raises(OperatorError, match="lines of their own"):
        migrated(text)


def test_other_files_stay() -> None:
    files = {"desk.toml": TEXT, "procedures/a.yaml": "procedure: a\n"}
    assert migrate(DESK, files) == {**files, "desk.toml": MIGRATED}


def test_an_unknown_format_is_refused_with_what_to_do() -> None:
    line, said = refused("# Ours\n\nformat = 99\n")
    assert line == 3
    assert "format 99 is unknown It was written for a newer frontdesk" in said
    line, said = refused('id = "x"\nformat = "one"\n')
    assert line == 2
    assert "Write `format = N`" in said
    assert "there is no `format`" in refused('id = "x"\n')[1]
    assert "format 0 is unknown" in refused("format = 0\n")[1]


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    line, said = refused("format = 1\nid = \nname = 'x'\n")
    assert line == 2
    assert "is not TOML" in said


def test_a_folder_without_settings_is_refused() -> None:
    with pytest.raises(DeskError, match="there is no such file"):
        migrate(DESK, {})


def test_the_difference_shows_every_line() -> None:
    shown = difference({"desk.toml": TEXT}, {"desk.toml": MIGRATED}).splitlines()
    assert shown[:2] == ["--- desk.toml", "+++ desk.toml"]
    assert {'-model = "qwen-0.5b"   # fast', '+name = "qwen-0.5b"   # fast'} <= set(shown)


def test_files_are_written_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_bytes(TEXT.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    (tmp_path / "knowledge").mkdir()
    article = tmp_path / "knowledge" / "a.md"
    article.write_text("---\ntitle: A\n---\nText.\n")
    before = article.stat()
    old = read(tmp_path)
    assert sorted(old) == ["desk.toml", "knowledge/a.md"]
    write(tmp_path, old, migrate(tmp_path, old))
    assert file.read_bytes() == MIGRATED.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert article.stat() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["desk.toml", "knowledge"]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_bytes(b"format = 1\n# \xff\n")
    with pytest.raises(DeskError, match="UTF-8"):
        read(tmp_path)
