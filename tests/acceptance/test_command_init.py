from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest
from installed_command import BIN, environment, frontdesk, refused, run


def talk(*arguments: str | Path, home: Path, answers: list[str]) -> tuple[int, str]:
    """Runs ``frontdesk init`` in a terminal of its own and types the answers."""
    ours, theirs = pty.openpty()
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    done = subprocess.run(
        [str(BIN / "frontdesk"), "init", *map(str, arguments)],
        env=environment(home),
        cwd=home,
        stdin=theirs,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    return done.returncode, done.stdout


def test_a_new_desk_has_no_mistakes_and_passes_its_tests(tmp_path: Path) -> None:
    env = environment(tmp_path)
    line = "frontdesk init bike-shop && frontdesk check bike-shop && frontdesk test bike-shop"
    ran = run("bash", "-c", line, env=env, cwd=tmp_path)
    assert (ran.code, "No mistakes." in ran.out) == (0, True)
    assert "error: " not in ran.err
    assert "Bike Shop is in bike-shop. Next:" in ran.out
    assert "Bike Shop: 2 procedures, 2 tools, 4 articles" in ran.out
    assert "FAILED" not in ran.out


def test_flags_are_taken(tmp_path: Path) -> None:
    place = tmp_path / "desks" / "my desk"
    flags = ["--name", "Rad & Söhne", "--timezone", "Europe/Berlin", "--currency", "EUR"]
    more = ["--language", "en", "--language", "de", "--model", "qwen-0.5b", "--yes"]
    made = frontdesk("init", "rad", "--folder", place, *flags, *more, home=tmp_path)
    assert (made.code, made.err) == (0, "")
    assert f"frontdesk check '{place}'" in made.out
    text = (place / "desk.toml").read_text(encoding="utf-8")
    for line in (
        'name = "Rad & Söhne"', 'languages = ["en", "de"]', 'timezone = "Europe/Berlin"',
        'name = "qwen-0.5b"',
    ):  # fmt: skip
        assert line in text
    checked = frontdesk("check", place, home=tmp_path)
    assert checked.code == 0, checked.err


def test_a_name_with_spaces(tmp_path: Path) -> None:
    made = run(BIN / "frontdesk", "init", "Spoke & Chain", env=environment(tmp_path), cwd=tmp_path)
    assert made.code == 0, made.err
    text = (tmp_path / "spoke-chain" / "desk.toml").read_text(encoding="utf-8")
    assert 'name = "Spoke & Chain"' in text
    assert 'id = "spoke-chain"' in text


def test_in_a_terminal_it_asks_and_asks_again(tmp_path: Path) -> None:
    typed = ["Rad Wagner", "Europe/Berlino", "Europe/Zurich", "", "en, de", "qwen-0.5b"]
    code, out = talk("rad", home=tmp_path, answers=typed)
    assert code == 0, out
    assert "Time zone [" in out
    assert "there is no time zone 'Europe/Berlino'. Did you mean" in out
    assert "Currency [CHF]" in out
    text = (tmp_path / "rad" / "desk.toml").read_text(encoding="utf-8")
    for line in ('name = "Rad Wagner"', '"Europe/Zurich"', '"CHF"', '["en", "de"]', '"qwen-0.5b"'):
        assert line in text


def test_in_a_terminal_only_what_no_flag_says_is_asked(tmp_path: Path) -> None:
    flags = ["--name", "Rad", "--timezone", "Europe/Zurich", "--language", "en", "--model"]
    code, out = talk("rad", *flags, "qwen-0.5b", home=tmp_path, answers=["GBP"])
    assert code == 0, out
    assert out.startswith("Currency [CHF]: ")
    assert '"GBP"' in (tmp_path / "rad" / "desk.toml").read_text(encoding="utf-8")


def test_an_existing_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "rad").mkdir()
    (tmp_path / "rad" / "desk.toml").write_text("mine", encoding="utf-8")
    said = refused(frontdesk("init", "rad", "--folder", tmp_path / "rad", home=tmp_path))
    assert "is there already, and nothing is overwritten; choose another with --folder" in said
    assert [file.read_text() for file in tmp_path.rglob("*") if file.is_file()] == ["mine"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--timezone", "Europe/Lisboa"], "there is no time zone 'Europe/Lisboa'"),
        (["--currency", "XQQ"], "there is no currency 'XQQ'"),
        (["--language", "pt-BR"], "the first language is 'en'"),
        (["--model", "qwen-9"], "there is no model 'qwen-9'"),
        (["--folder", "/proc/rad"], "/proc/rad can't be written"),
    ],
)
def test_a_wrong_answer_writes_nothing(flags: list[str], expected: str, tmp_path: Path) -> None:
    command = (BIN / "frontdesk", "init", "rad", *flags)
    assert expected in refused(run(*command, env=environment(tmp_path), cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []
