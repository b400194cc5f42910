"""Articles are cut at their headings, and every word of them stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.errors import Problem
from frontdesk.knowledge.markdown import load
from frontdesk.types.desk import Article

HEAD = "---\ntitle: Refunds\n---\n"


def sections(folder: Path, text: str) -> list[tuple[str, str]]:
    """Heading and text of each section of an article."""
    return [(article.heading, article.text) for article in articles(folder, HEAD + text)]


def articles(folder: Path, content: str) -> list[Article]:
    (folder / "knowledge").mkdir(exist_ok=True)
    (folder / "knowledge" / "refunds.md").write_bytes(content.encode())
    found, problems = load(folder)
    assert [problem for problem in problems if problem.severity == "error"] == []
    return found


def test_an_article_is_cut_at_its_headings(tmp_path: Path) -> None:
    text = "Intro.\n\n## One\nfirst\n\nmore\n### Two\nsecond\n"
    assert sections(tmp_path, text) == [
        ("", "Intro."),
        ("One", "first\n\nmore"),
        ("Two", "second"),
    ]


def test_a_section_knows_its_article_and_how_it_is_asked_for(tmp_path: Path) -> None:
    head = "---\ntitle: Refunds\nquestions:\n  - How long?\n  - When?\n---\n"
    first, second = articles(tmp_path, head + "Five days.\n\n## By card\nThree.")
    assert first.article == second.article == "refunds"
    assert first.questions == second.questions == ("How long?", "When?")
    assert first.source == "Refunds"
    assert second.source == "Refunds – By card"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n```\n# no heading\n```\nb", [("", "a\n```\n# no heading\n```\nb")]),
        ("a\n~~~sh\n## no heading\n~~~", [("", "a\n~~~sh\n## no heading\n~~~")]),
        ("a\n\n    # code", [("", "a\n\n    # code")]),
        ("> # quoted", [("", "> # quoted")]),
        ("- # in a list", [("", "- # in a list")]),
        ("#no heading", [("", "#no heading")]),
        ("```\n# never closed", [("", "```\n# never closed")]),
        ("One\n===\na\n\nTwo\n---\nb", [("One", "a"), ("Two", "b")]),
        ("# One #\na", [("One", "a")]),
        ("## Empty\n\n## Full\na", [("Full", "a")]),
    ],
)
def test_only_headings_cut(tmp_path: Path, text: str, expected: list[tuple[str, str]]) -> None:
    assert sections(tmp_path, text) == expected


def test_line_ends_of_windows(tmp_path: Path) -> None:
    found = articles(tmp_path, "---\r\ntitle: Refunds\r\n---\r\na\r\n## B\r\nc\r\n")
    assert [(article.heading, article.text) for article in found] == [("", "a"), ("B", "c")]


@pytest.mark.parametrize("sign", ["\f", "\v", "\u2028", "\x85", "\x1c"])
def test_a_rare_line_separator_does_not_shift_the_sections(tmp_path: Path, sign: str) -> None:
    found = sections(tmp_path, f"one{sign}two\n\n## B\nthree\n")
    assert [(heading, text.split()) for heading, text in found] == [
        ("", ["one", "two"]),
        ("B", ["three"]),
    ]


def test_no_knowledge_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path) == ([], [])


def test_one_broken_article_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "a.md").write_text("no title")
    (tmp_path / "knowledge" / "b.md").write_text(HEAD + "Text.")
    found, problems = load(tmp_path)
    assert [article.article for article in found] == ["b"]
    assert {p.file.name for p in problems if p.severity == "error"} == {"a.md"}


LINES = st.lists(
    st.sampled_from(["# a", "## b", "text", "", "```", "- x", "> y", "***", "    code"]),
    max_size=12,
)


@given(LINES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_line_is_lost_or_doubled(tmp_path: Path, lines: list[str]) -> None:
    body = ["start", *lines]
    found = sections(tmp_path, "\n".join(body))
    kept = [line for _, text in found for line in text.splitlines()]
    words = sorted(line for line in body if line in ("text", "- x", "> y", "start"))
    assert sorted(line for line in kept if line in words) == words


# -- languages --------------------------------------------------------------------------------


def errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def written(folder: Path, *names: str) -> Path:
    """A desk's folder with an article of each name."""
    (folder / "knowledge").mkdir()
    for name in names:
        (folder / "knowledge" / name).write_text(HEAD + "text", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "name", "language"),
    [
        ("refunds.md", "refunds", "en"),
        ("refunds.es.md", "refunds", "es"),
        ("refunds.zh.md", "refunds", "zh"),
        ("refunds.en.md", "refunds", "en"),
        ("notes.v2.md", "notes.v2", "en"),
        ("notes.qqq.md", "notes.qqq", "en"),
        ("rules.2026.es.md", "rules.2026", "es"),
        (".es.md", ".es", "en"),
    ],
)
def test_the_file_name_says_the_language(
    tmp_path: Path, file: str, name: str, language: str
) -> None:
    (article,), problems = load(written(tmp_path, file), ("en", "es", "zh"))
    assert errors(problems) == []
    assert (article.article, article.language) == (name, language)


def test_without_a_language_it_is_the_desks_first(tmp_path: Path) -> None:
    (article,), _ = load(written(tmp_path, "refunds.md"), ("es", "en"))
    assert article.language == "es"


def test_a_language_that_the_desk_does_not_have(tmp_path: Path) -> None:
    found, problems = load(written(tmp_path, "refunds.md", "refunds.de.md"), ("en", "es"))
    (problem,) = errors(problems)
    assert [article.language for article in found] == ["en"]
    assert problem.file.name == "refunds.de.md"
    assert "'de' is none of the desk's languages" in str(problem)
    assert 'Add "de" to `languages`' in str(problem)


def test_the_same_article_twice_in_a_language(tmp_path: Path) -> None:
    found, problems = load(written(tmp_path, "refunds.md", "refunds.en.md"), ("en",))
    (problem,) = errors(problems)
    assert len(found) == 1
    assert "in the same language" in str(problem)


def test_any_language_will_do_where_the_desks_are_not_known(tmp_path: Path) -> None:
    found, problems = load(written(tmp_path, "refunds.md", "refunds.de.md"), ())
    assert errors(problems) == []
    assert {article.language for article in found} == {"en", "de"}
