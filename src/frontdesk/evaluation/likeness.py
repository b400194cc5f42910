"""Where a desk's own examples and articles contradict each other, by its own classifiers.

Each example is left out of the fit and read by the rest; each question is asked of the search
without itself. What then goes elsewhere is a mistake of the examples, or a pair of procedures that
customers can't tell apart either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from frontdesk.desk.load import Examined
from frontdesk.errors import Problem
from frontdesk.intents.intents import LeftOut
from frontdesk.knowledge.hybrid import HybridRetriever
from frontdesk.knowledge.languages import LanguageRetriever
from frontdesk.knowledge.markdown import line_of, name_and_language
from frontdesk.mistakes import Kind
from frontdesk.types.desk import Article

SURELY = 0.9
"""Probability from which an example that goes to another procedure is told."""
HARDLY = 0.1
"""Probability of its own procedure that it then has at most."""
ALIKE = 0.2
"""Share of a procedure's examples that go to one other, from which the two are called alike."""
_FEWEST = 2
_FOUND_AMONG = 3
_START = "start "


def example_problems(left_out: Iterable[LeftOut], examined: Examined) -> Iterator[Problem]:
    """Examples that another procedure would win, and procedures that are too alike."""
    places = {
        (example.text, one.procedure.name): (one, index)
        for one in examined.compiled
        for index, example in enumerate(one.procedure.examples)
    }
    examples = [one for one in left_out if one.label.startswith(_START)]
    total = Counter(one.label for one in examples)
    lost: Counter[tuple[str, str]] = Counter()
    for one in examples:
        winner = max(one.probabilities, key=lambda label: one.probabilities[label])
        if winner == one.label or not winner.startswith(_START):
            continue
        lost[one.label, winner] += 1
        sure = one.probabilities[winner] >= SURELY and one.probabilities[one.label] <= HARDLY
        if sure and (found := places.get((one.text, one.label.removeprefix(_START)))):
            compiled, index = found
            name = winner.removeprefix(_START)
            text = f"the example is nearer to those of {name}: {one.text!r}"
            fix = f"Move it to {name}, say what tells the two apart, or write more like it here."
            kind = Kind.EXAMPLE_WON_BY_ANOTHER
            yield compiled.located.problem(compiled.example_place(index), kind, text, fix)
    for (label, winner), count in lost.items():
        back = lost[winner, label]
        first = back == 0 or label < winner
        share = max(count / total[label], back / max(total[winner], 1))
        if first and count + back >= _FEWEST and share >= ALIKE:
            yield from _alike(label.removeprefix(_START), winner.removeprefix(_START),
                              count, back, examined)  # fmt: skip


def _alike(name: str, other: str, count: int, back: int, examined: Examined) -> Iterator[Problem]:
    for one in examined.compiled:
        if one.procedure.name == name:
            text = f"{count} examples read like {other}"
            text += f", and {back} of {other} like these" if back else ""
            fix = "Make them one procedure with a choice, or write examples that tell them apart."
            kind = Kind.PROCEDURES_ALIKE
            yield one.located.problem(("examples",), kind, text, fix)


async def article_problems(
    retriever: LanguageRetriever[HybridRetriever], articles: Iterable[Article], folder: Path
) -> list[Problem]:
    """Articles that neither their title nor any of their own questions finds."""
    first_language = next(iter(retriever.indexes))
    files = {}
    for file in (folder / "knowledge").glob("**/*.md"):
        name, language = name_and_language(file)
        files[name, language or first_language] = file
    problems = []
    for (name, language), article in {(a.article, a.language): a for a in articles}.items():
        if not await _is_found(retriever.indexes[language], article):
            file = files[name, language]
            line = line_of(file.read_text("utf-8-sig"), "questions")
            text = "none of its questions finds the article, nor does its title"
            fix = "Write questions in other words, and let the text use those that customers use."
            problems.append(Problem(file, line, Kind.ARTICLE_NOT_FOUND, text, fix))
    return problems


async def _is_found(index: HybridRetriever, article: Article) -> bool:
    for question in (article.title, *article.questions):
        found = await index.search(question, _FOUND_AMONG, without=question)
        if any(one.article == article.article for one, _ in found):
            return True
    return False
