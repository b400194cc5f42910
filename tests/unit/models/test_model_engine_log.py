import io
from pathlib import Path

from frontdesk.models.engine_log import EngineLog

SAID = b"""\
0.00.003.346 E gguf_init: invalid magic characters: 'a%sb'
0.12.930.278 E llg error: at 2(8): unknown name: "foo"
   1 | %llguidance {}
   2 | start: foo "my mother is ill"
              ^

0.12.940.278 E srv  failed to load
   a second line of it
"""


def log_of(said: bytes, path: Path) -> EngineLog:
    log = EngineLog(io.BytesIO(said), path)
    log.join(5)
    return log


def test_the_last_lines_are_kept(tmp_path: Path) -> None:
    log = log_of(SAID, tmp_path / "log")
    assert log.last_words().splitlines()[-2:] == ["  srv failed to load", "  a second line of it"]
    assert "invalid magic characters: 'a%sb'" in (tmp_path / "log").read_text()


def test_a_quoted_grammar_is_not_written_down(tmp_path: Path) -> None:
    log_of(SAID, tmp_path / "log")
    written = (tmp_path / "log").read_text()
    assert "llg error" in written
    assert "mother" not in written
    assert "foo" not in written


def test_a_complaint_is_taken_once(tmp_path: Path) -> None:
    log = log_of(SAID, tmp_path / "log")
    assert log.take_complaint() == 'at 2(8): unknown name: "foo"'
    assert log.take_complaint() is None


def test_the_file_is_bounded(tmp_path: Path) -> None:
    log_of((b"x" * 999 + b"\n") * 5000, tmp_path / "log")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2_000_000
