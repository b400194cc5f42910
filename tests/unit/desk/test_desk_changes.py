"""What differs between two desks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk_folder import PROCEDURE, SETTINGS, TOOLS, Folder

from frontdesk.desk.changes import Change, Staying, changes, staying
from frontdesk.types.detail import Detail

ARTICLE = "---\ntitle: Rain\nquestions:\n  - Does it rain?\n---\nIt rains.\n"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Folder, Folder]:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    return Folder(tmp_path / "old"), Folder(tmp_path / "new")


Edit = Callable[[Folder], object]


def _replaced(name: str, text: str, before: str, after: str) -> Edit:
    assert before in text
    return lambda folder: folder.write(name, text.replace(before, after))


def _procedure(before: str, after: str) -> Edit:
    return _replaced("procedures/take_note.yaml", PROCEDURE, before, after)


def of_procedure(*details: Detail) -> list[Change]:
    return [Change("changed", "procedure", "take_note", details)]


CASES: dict[str, tuple[Edit, list[Change]]] = {
    "nothing": (lambda folder: folder.write("tests/one.yaml", "[]"), []),
    "a comment": (_replaced("desk.toml", SETTINGS, "format", "# hello\nformat"), []),
    "a setting": (
        _replaced("desk.toml", SETTINGS, '"EUR"', '"USD"'),
        [Change("changed", "setting", "currency", (Detail("changed", "currency", "EUR", "USD"),))],
    ),
    "a language": (
        _replaced("desk.toml", SETTINGS, '["en"]', '["en", "es"]'),
        [
            Change(
                "changed", "setting", "languages", (Detail("changed", "languages", "en", "en, es"),)
            )
        ],
    ),
    "a reply": (
        lambda folder: folder.write("desk.toml", SETTINGS + '[messages]\ngreeting = "Hi."\n'),
        [Change("added", "reply", "greeting")],
    ),
    "a text": (
        _procedure("confirm: Note it?", "confirm: Really?"),
        of_procedure(Detail("changed", "confirm (en)", "Note it?", "Really?")),
    ),
    "a step put in": (
        _procedure("  - confirm", "  - say: Well.\n  - confirm"),
        of_procedure(Detail("added", "step", "", "say: en: Well.")),
    ),
    "a step taken out": (
        _procedure('  - say: "Noted: {{ noted }}"\n', ""),
        of_procedure(Detail("removed", "step", "say: en: Noted: {{ noted }}")),
    ),
    "an argument": (
        _procedure("with: {text: text}", "with: {text: text, kind: text}"),
        of_procedure(Detail("added", "tool note (with kind)", "", "text")),
    ),
    "a slot": (
        _procedure("type: text", "type: text, max: 9"),
        of_procedure(Detail("changed", "slot text (max)", "500", "9")),
    ),
    "examples": (
        _procedure("- please note that it rains", "- note this\n  - note that"),
        of_procedure(
            Detail("removed", "example", "please note that it rains"),
            Detail("added", "example", "", "note this"),
            Detail("added", "example", "", "note that"),
        ),
    ),
    "phrases that always start it": (
        _procedure("description", "always: [it rains]\ndescription"),
        of_procedure(Detail("added", "always", "", "it rains")),
    ),
    "who may start it": (
        _procedure("description", "anonymous: true\ndescription"),
        of_procedure(Detail("changed", "start (anonymous)", "false", "true")),
    ),
    "a procedure's name": (
        _procedure("procedure: take_note", "procedure: write_note"),
        [Change("renamed", "procedure", "take_note", (), "write_note")],
    ),
    "an article": (
        lambda folder: folder.write("knowledge/rain.md", ARTICLE),
        [Change("added", "article", "rain")],
    ),
    "a parameter": (
        _replaced("tools.py", TOOLS, 'kind: str = ""', 'kind: str = "", how: str = ""'),
        [
            Change(
                "changed",
                "tool",
                "note",
                (Detail("added", "signature (parameter how)", "", "may be left out"),),
            ),
            Change("changed", "code", "the tools"),
        ],
    ),
    "code": (
        _replaced("tools.py", TOOLS, "return text", "return text.strip()"),
        [Change("changed", "code", "the tools")],
    ),
}


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_a_change_is_told(
    folders: tuple[Folder, Folder], edit: Edit, expected: list[Change]
) -> None:
    old, new = folders
    edit(new)
    assert changes(old.load(), new.load()) == expected


def test_what_is_renamed_is_told_with_what_else_changed(folders: tuple[Folder, Folder]) -> None:
    old, new = folders
    _procedure("procedure: take_note\ntitle: Take", "procedure: other\ntitle: Make")(new)
    (change,) = changes(old.load(), new.load())
    assert change.headline == "procedure take_note renamed to other"
    assert change.details == (Detail("changed", "title (en)", "Take a note", "Make a note"),)


def test_steps_in_another_order_are_not_silent(folders: tuple[Folder, Folder]) -> None:
    """Both are read as the same list of steps; only what follows which differs."""
    old, new = folders
    head = PROCEDURE[: PROCEDURE.index("  - confirm")] + "  - branch:\n      - when: text == 'a'\n"
    first = "        steps: [{say: A}]\n      - otherwise: [{say: B}, {say: C}]\n"
    second = "        steps: [{say: A}]\n      - otherwise: [{say: B}]\n  - say: C\n"
    old.write("procedures/take_note.yaml", head + first)
    new.write("procedures/take_note.yaml", head + second)
    (change,) = changes(old.load(), new.load())
    assert change.details


def test_an_article_is_told_by_its_sections_and_questions(folders: tuple[Folder, Folder]) -> None:
    old, new = folders
    old.write("knowledge/rain.md", ARTICLE)
    new.write(
        "knowledge/rain.md", ARTICLE.replace("Does it", "Will it").replace("rains.", "pours.")
    )
    (change,) = changes(old.load(), new.load())
    assert change.details == (
        Detail("changed", "section", "It rains.", "It pours."),
        Detail("removed", "question", "Does it rain?"),
        Detail("added", "question", "", "Will it rain?"),
    )


def test_it_says_where_conversations_finish_on_the_old_version(
    folders: tuple[Folder, Folder],
) -> None:
    old, new = folders
    _procedure("confirm: Note it?", "confirm: Really?")(new)
    assert staying(old.load(), new.load()) == [Staying("take_note", "take_note was changed")]
    assert staying(old.load(), old.load()) == []
