"""The search by meaning and words, with embeddings that only count words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from frontdesk.knowledge.hybrid import ENOUGH, HybridRetriever
from frontdesk.testing import WordEmbedder
from frontdesk.types.desk import Article

ASKED = ("When does my money arrive?", "Am I reimbursed?")
ARTICLES = [
    Article("refunds", "Refunds", "", "A refund takes five days.", ASKED),
    Article("refunds", "Refunds", "Bank transfers", "A transfer needs your IBAN.", ASKED),
    Article("refunds", "Refunds", "Paid by card", "The card is credited again.", ASKED),
    Article("parking", "Parking", "", "There is no garage in the old town.", ("Can I park?",)),
    Article("pets", "Animals", "", "Dogs and cats are welcome."),
    Article("pets", "Animals", "Fees", "Each animal costs ten euros for the cleaning."),
]


def built(articles: Sequence[Article]) -> HybridRetriever:
    return asyncio.run(HybridRetriever.build(WordEmbedder(), articles))


@pytest.fixture(scope="module")
def retriever() -> Iterator[HybridRetriever]:
    made = built(ARTICLES)
    yield made
    made.close()


async def found(retriever: HybridRetriever, question: str, limit: int = 3) -> list[str]:
    return [article.source for article, _ in await retriever.search(question, limit)]


async def score(articles: Sequence[Article], question: str) -> float:
    """The first article's score."""
    made = await HybridRetriever.build(WordEmbedder(), articles)
    hits = await made.search(question, 10)
    made.close()
    return next((score for article, score in hits if article.article == articles[0].article), 0.0)


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("how long does a refund take", "Refunds"),
        ("refunds by bank transfer, IBAN", "Refunds – Bank transfers"),
        ("I paid by card, when does the refund arrive", "Refunds – Paid by card"),
        ("is there a garage in town", "Parking"),
        ("are dogs welcome", "Animals"),
        ("what does cleaning cost for an animal", "Animals – Fees"),
    ],
)
async def test_the_right_section_of_the_right_article(
    retriever: HybridRetriever, question: str, best: str
) -> None:
    assert (await found(retriever, question))[0] == best


@pytest.mark.parametrize("question", ["am I reimbursed?", "can I park?"])
async def test_an_example_question_is_nearly_certain(
    retriever: HybridRetriever, question: str
) -> None:
    (article, score), *others = await retriever.search(question)
    assert question.casefold() in [one.casefold() for one in article.questions]
    assert score > 0.5
    assert all(other < score / 1.3 for _, other in others)


async def test_example_questions_help() -> None:
    question = "am I reimbursed then"
    without = [replace(article, questions=()) for article in ARTICLES]
    assert await score(ARTICLES, question) > await score(without, question) + 0.1


async def test_the_nearest_of_the_questions_counts() -> None:
    """More of them, far off, take nothing away."""
    more = [replace(ARTICLES[3], questions=("Can I park?", "Where is the bus?", "Zebra?"))]
    assert await score(more, "can I park") == pytest.approx(
        await score(ARTICLES[3:4], "can I park"), abs=1e-6
    )


@pytest.mark.parametrize("question", ["Do you sell zebras?", "xylophone", "", "🙂", "the of and"])
async def test_nothing_fits(retriever: HybridRetriever, question: str) -> None:
    assert await found(retriever, question) == []


async def test_a_desk_without_knowledge() -> None:
    empty = await HybridRetriever.build(WordEmbedder(), [])
    assert await empty.search("refund") == []
    empty.close()


async def test_each_article_comes_once(retriever: HybridRetriever) -> None:
    hits = await retriever.search("refunds: bank transfers, paid by card, parking garage", 10)
    names = [article.article for article, _ in hits]
    assert "refunds" in names
    assert len(names) == len(set(names))


PLACES = ("bathroom", "sauna", "cupboard", "hall")
TOWELS = [Article(place, "Towels", "", f"Towels lie in the {place}.") for place in PLACES]


async def test_the_limit_is_kept() -> None:
    made = await HybridRetriever.build(WordEmbedder(), TOWELS)
    assert len(await made.search("towels in the sauna")) == 3
    every = await made.search("towels in the sauna", 10)
    assert len(every) == 4
    assert await made.search("towels in the sauna", 1) == every[:1]
    assert every[0][0].article == "sauna"
    made.close()


@pytest.mark.parametrize(
    "question",
    ["towels in the sauna", "Towels", "Towels. . Towels lie in the hall.", "towels " * 2000],
)
async def test_scores_lie_between_0_and_1_best_first(question: str) -> None:
    asked = [replace(article, questions=(question,)) for article in TOWELS]
    for articles in (TOWELS, asked):
        made = await HybridRetriever.build(WordEmbedder(), articles)
        scores = [score for _, score in await made.search(question, 10)]
        assert len(scores) > 1
        assert scores == sorted(scores, reverse=True)
        assert all(ENOUGH <= one <= 1.0 for one in scores)
        made.close()


async def test_the_words_decide_where_the_vectors_say_little() -> None:
    """Of two articles that are alike, the one that has the question's words."""
    text = "Bring it to the house in the evening and leave it at the door"
    one = Article("a", "Keys", "", f"{text}, for the concierge.")
    other = Article("b", "Keys", "", f"{text}, for the caretaker.")
    made = await HybridRetriever.build(WordEmbedder(), [one, other])
    for name, article in (("concierge", one), ("caretaker", other)):
        hits = await made.search(f"bring the keys to the house in the evening for the {name}")
        assert hits[0][0] == article
    made.close()


async def test_an_article_that_fits_best_gives_its_best_section() -> None:
    """The article's score is not the mean of its sections."""
    alone = [Article("a", "Bikes", "", "Bikes stand in the yard.")]
    more = [Article("a", "Bikes", f"Part {n}", f"Zebra {n} xylophone.") for n in range(5)]
    question = "where do bikes stand in the yard"
    made = await HybridRetriever.build(WordEmbedder(), [*more, *alone])
    ((section, _),) = await made.search(question)
    assert section == alone[0]
    made.close()


async def test_the_same_question_gives_the_same_passages(retriever: HybridRetriever) -> None:
    first = await retriever.search("are dogs welcome")
    assert first
    assert await retriever.search("are dogs welcome") == first
