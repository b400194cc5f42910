from __future__ import annotations

from pathlib import Path

from installed_command import frontdesk, refused

OLD = """\
format = 1
id = "small"  # ours
model = "qwen-0.5b"
"""
NEW = """\
format = 2
id = "small"  # ours

[model]
name = "qwen-0.5b"
"""


def test_it_shows_first_and_writes_when_told(tmp_path: Path) -> None:
    file = tmp_path / "desk" / "desk.toml"
    file.parent.mkdir()
    file.write_text(OLD, encoding="utf-8")
    shown = frontdesk("migrate", file.parent, home=tmp_path)
    assert shown.code == 0
    assert '-model = "qwen-0.5b"\n' in shown.out
    assert shown.out.endswith("Nothing was written; `--write` does.\n")
    assert file.read_text(encoding="utf-8") == OLD
    written = frontdesk("migrate", file.parent, "--write", home=tmp_path)
    assert written.out.endswith("is in format 2 now.\n")
    assert file.read_text(encoding="utf-8") == NEW
    again = frontdesk("migrate", file.parent, "--write", home=tmp_path)
    assert again.out == f"{file.parent} is in format 2: nothing to do.\n"


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text("format = 12\n", encoding="utf-8")
    said = refused(frontdesk("migrate", tmp_path, home=tmp_path))
    assert "desk.toml:1: format 12 is unknown" in said
