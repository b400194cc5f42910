"""Small desks in a folder, to be spoiled by tests."""

from __future__ import annotations

import textwrap
from pathlib import Path

from frontdesk.desk import load as desk_files
from frontdesk.errors import DeskError, Problem
from frontdesk.knowledge import markdown
from frontdesk.tools import load as tool_files
from frontdesk.types.desk import Desk

SETTINGS = """\
format = 2
id = "small"
name = "Small"
languages = ["en"]
timezone = "Europe/Lisbon"
currency = "EUR"
model.name = "none"
"""
TOOLS = '''\
from frontdesk.tools import Customer, read, write


@read
def look(customer: Customer) -> list[str]:
    """Looks."""
    return []


@write
def note(customer: Customer, text: str, kind: str = "") -> str:
    """Notes."""
    return text
'''
PROCEDURE = """\
procedure: take_note
title: Take a note
description: The customer wants a note taken.
examples:
  - please note that it rains
slots:
  text: {type: text, ask: "What?"}
steps:
  - {collect: text, id: ask}
  - confirm: Note it?
  - {tool: note, with: {text: text}, save: noted}
  - say: "Noted: {{ noted }}"
"""


class Folder:
    """A desk's folder that is right, but for what a test writes into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("desk.toml", SETTINGS)
        self.write("tools.py", TOOLS)
        self.write("procedures/take_note.yaml", PROCEDURE)

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else textwrap.dedent(content).encode()
        file.write_bytes(data)
        return file

    def steps(self, text: str, slots: str = "{}", head: str = "") -> Path:
        """A procedure of these steps; the first one stands in line 5, behind what ``head`` adds."""
        lines = textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")
        content = (
            "procedure: take_note\ntitle: Take a note\ndescription: Takes a note.\n"
            f"{head}slots: {slots}\nsteps:\n{lines}\n"
        )
        return self.write("procedures/take_note.yaml", content)

    def load(self) -> Desk:
        """As the composition root does it."""
        toolbox = tool_files.load(self.path)
        settings, _ = desk_files.read_settings(self.path)
        articles, problems = markdown.load(self.path, settings.languages if settings else ())
        if isinstance(toolbox, list):
            desk_files.load(self.path, None, articles, [*problems, *toolbox])
            raise DeskError([*problems, *toolbox])
        return desk_files.load(self.path, toolbox.signatures, articles, problems)

    def problems(self) -> list[Problem]:
        """Every mistake in it."""
        try:
            self.load()
        except DeskError as error:
            return error.problems
        return []

    def only(self) -> Problem:
        """The one mistake in it."""
        found = self.problems()
        assert len(found) == 1, [str(problem) for problem in found]
        return found[0]
