"""Examples that belong elsewhere, procedures too alike, articles that nobody finds."""

from __future__ import annotations

import re
from pathlib import Path

from mistake_cases import ARTICLE, RIGHT

from frontdesk import app
from frontdesk.desk.load import Examined
from frontdesk.evaluation.likeness import article_problems, example_problems
from frontdesk.intents.intents import Intents, LeftOut
from frontdesk.knowledge.hybrid import HybridRetriever
from frontdesk.knowledge.languages import LanguageRetriever
from frontdesk.mistakes import Kind
from frontdesk.testing import WordEmbedder

NOTE, OTHER = "start take_note", "start other"


def examined(folder: Path, more: dict[str, str] | None = None) -> Examined:
    procedure = RIGHT["procedures/take_note.yaml"]
    other = re.sub(r"(\w) (\w+)([,\]])", r"\1 \2 else\3", procedure.replace("take_note", "other"))
    for name, text in (RIGHT | {"procedures/other.yaml": other} | (more or {})).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return app.examine_desk(folder)[0]


def left_out(own: float, other: float, text: str = "b two") -> LeftOut:
    return LeftOut(text, NOTE, {NOTE: own, OTHER: other, "ask": 1 - own - other})


def test_an_example_that_surely_goes_elsewhere_is_told(tmp_path: Path) -> None:
    (problem,) = example_problems([left_out(0.03, 0.95)], examined(tmp_path))
    assert problem.kind is Kind.EXAMPLE_WON_BY_ANOTHER
    assert (problem.file.name, problem.line) == ("take_note.yaml", 4)
    assert "'b two'" in problem.message
    assert "Move it to other" in problem.fix


def test_an_example_that_is_in_doubt_is_not(tmp_path: Path) -> None:
    assert list(example_problems([left_out(0.3, 0.6)], examined(tmp_path))) == []


def test_an_example_that_reads_like_a_question_is_no_matter_of_procedures(tmp_path: Path) -> None:
    assert list(example_problems([left_out(0.01, 0.02)], examined(tmp_path))) == []


def test_procedures_that_take_each_others_examples_are_alike(tmp_path: Path) -> None:
    doubted = [left_out(0.3, 0.6), left_out(0.3, 0.6, "c three"), left_out(0.9, 0.1, "d four")]
    (problem,) = example_problems(doubted, examined(tmp_path))
    assert problem.kind is Kind.PROCEDURES_ALIKE
    assert (problem.file.name, problem.line) == ("take_note.yaml", 4)
    assert "other" in problem.message
    assert "one procedure with a choice" in problem.fix


async def test_each_example_is_read_without_itself(tmp_path: Path) -> None:
    found = examined(tmp_path)
    intents = await Intents.learn(WordEmbedder(), app.desk_files.desk_of(found))
    texts = {one.text for one in intents.left_out() if one.label == NOTE}
    assert texts >= {"a one", "j ten"}
    assert all(abs(sum(o.probabilities.values()) - 1) < 1e-6 for o in intents.left_out())


async def test_an_article_that_nothing_finds_is_told(tmp_path: Path) -> None:
    lost = "---\ntitle: Zzz\nquestions: [Qqq?]\n---\nFive days.\n"
    found = examined(tmp_path, {"knowledge/lost.md": lost, "knowledge/refunds.md": ARTICLE})
    retriever = LanguageRetriever(
        {"en": await HybridRetriever.build(WordEmbedder(), found.articles)}
    )
    try:
        problems = await article_problems(retriever, found.articles, tmp_path)
        unread = [a for a in found.articles if a.article == "refunds"]
        elsewhere = LanguageRetriever({"en": await HybridRetriever.build(WordEmbedder(), unread)})
        try:
            lost_only = [a for a in found.articles if a.article == "lost"]
            (problem,) = await article_problems(elsewhere, lost_only, tmp_path)
        finally:
            elsewhere.close()
    finally:
        retriever.close()
    assert problems == []
    assert problem.kind is Kind.ARTICLE_NOT_FOUND
    assert (problem.file.name, problem.line) == ("lost.md", 3)
    assert "Write questions" in problem.fix
