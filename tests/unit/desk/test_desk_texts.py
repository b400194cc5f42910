"""Languages, and texts written in each of them."""

from __future__ import annotations

import pytest
from desk_folder import SETTINGS, Folder

TWO = SETTINGS.replace('["en"]', '["de", "en"]')


@pytest.mark.parametrize(
    ("code", "fix"),
    [("pt-BR", '"pt"'), ("PT", '"pt"'), ("eng", '"en"'), ("xx", "Write a code"), ("", "Write a")],
)
def test_a_language_that_there_is_not(folder: Folder, code: str, fix: str) -> None:
    folder.write("desk.toml", SETTINGS.replace('["en"]', f'["en", "{code}"]'))
    problem = folder.only()
    assert problem.line == 4
    assert problem.message == f"there is no language {code!r}"
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("say: {de: Hallo, fr: Salut}", "'fr' is none of the desk's languages"),
        ("say: {en: Hello}", "'say' has no text in the desk's first language"),
        ("say: {de: Hallo, en: ' '}", "'say' is empty"),
        ("{handoff: x, say: ''}", "'say' is empty"),
    ],
)
def test_a_text_in_other_languages_than_the_desks(folder: Folder, step: str, message: str) -> None:
    folder.write("desk.toml", TWO)
    folder.steps(f"- {step}")
    assert folder.only().message == message


def test_texts_of_slots_and_titles_are_checked_too(folder: Folder) -> None:
    slots = "{given: {type: text, ask: {fr: Quoi}, valid: 'len(given) > 1', invalid: ''}}"
    folder.write("desk.toml", TWO)
    file = folder.steps("- collect: given", slots)
    file.write_text(file.read_text().replace("title: Take a note", "title: {en: Note, de: ''}"))
    assert sorted(problem.message for problem in folder.problems()) == [
        "'ask' has no text in the desk's first language",
        "'fr' is none of the desk's languages",
        "'invalid' is empty",
        "'title' is empty",
    ]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('not_found = "No {{ words }} at {{ desk }}"', []),
        ('offer = "No {{ words }}"', ["the reply 'offer' has no name 'words'"]),
        ('offer = ""', ["'offer' is empty"]),
        ('offer = {en = "Well?"}', []),
        ('offer = {fr = "Alors?"}', ["'fr' is none of the desk's languages"]),
    ],
)
def test_the_words_of_a_built_in_reply(folder: Folder, message: str, expected: list[str]) -> None:
    folder.write("desk.toml", f"{TWO}[messages]\n{message}\n")
    assert [problem.message for problem in folder.problems()] == expected
