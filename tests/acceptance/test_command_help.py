from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from installed_command import frontdesk
from typer.testing import CliRunner

from frontdesk import __version__
from frontdesk.cli.main import application


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*path, name))


ALL = dict(commands(typer.main.get_command(application)))


def test_the_installed_command_shows_what_it_can_do(tmp_path: Path) -> None:
    shown = frontdesk("--help", home=tmp_path)
    assert shown.code == 0
    assert shown.err == ""
    for path in ALL:
        if len(path) == 1:
            assert f"\n  {path[0]} " in shown.out
    assert frontdesk("--version", home=tmp_path).out == f"frontdesk {__version__}\n"


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "frontdesk")
def test_every_command_explains_itself_and_its_options(path: tuple[str, ...]) -> None:
    command = ALL[path]
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"
    shown = CliRunner().invoke(application, [*path, "--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    assert command.help.split("\n")[0] in " ".join(shown.output.split())
    assert all(len(line) <= 100 for line in shown.output.splitlines())


def test_a_word_that_is_no_command_is_refused(tmp_path: Path) -> None:
    shown = frontdesk("chekc", home=tmp_path)
    assert shown.code == 2
    assert "No such command 'chekc'" in shown.err
