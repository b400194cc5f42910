from __future__ import annotations

from pathlib import Path

from frontdesk.cli.options import command_line


def test_a_command_is_written_so_that_it_can_be_given_again() -> None:
    options = {"--model": None, "--only": "two words", "--shown": True, "--not": False, "--n": 3}
    written = command_line("bench turn", Path("a desk"), options)
    assert written == "frontdesk bench turn 'a desk' --only 'two words' --shown --n 3"
