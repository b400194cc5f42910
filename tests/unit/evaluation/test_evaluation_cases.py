"""Which conversations a desk has, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from frontdesk import app
from frontdesk.evaluation import case_check
from frontdesk.evaluation.desk_tests import play

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
HELLO = "- {test: hello, customer: cust-ana, language: %s, turns: [{say: hmm, reply: %s}]}\n"


def written(folder: Path, text: str) -> Path:
    (folder / "tests").mkdir()
    (folder / "tests" / "hello.yaml").write_text(text, encoding="utf-8")
    return folder


async def test_a_conversation_begins_in_its_language(tmp_path: Path) -> None:
    loaded = app.load_desk(DESK)
    folder = written(tmp_path, HELLO % ("es", "puedo ayudarle"))
    found, problems = case_check.load(loaded.desk, folder)
    assert problems == []
    (result,) = await play(loaded, found, None)
    assert result.failures == ()


def test_a_language_that_the_desk_lacks(tmp_path: Path) -> None:
    folder = written(tmp_path, HELLO % ("it", "ciao"))
    _, (problem,) = case_check.load(app.load_desk(DESK).desk, folder)
    assert problem.message == "'it' is none of the desk's languages"
    assert problem.fix == "Write en or es or zh, or leave it out."
