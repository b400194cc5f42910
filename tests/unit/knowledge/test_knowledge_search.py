"""The search finds what answers, and says when nothing does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.knowledge.search import ENOUGH, FullTextRetriever, content_words
from frontdesk.types.desk import Article

ARTICLES = [
    Article("refunds", "Refunds", "", "Money arrives within five days.", ("Am I reimbursed?",)),
    Article("refunds", "Refunds", "By card", "The bank may need longer."),
    Article("parking", "Parking", "", "There is no garage in the old town."),
    Article("pets", "Animals", "", "Dogs and cats are welcome."),
]


@pytest.fixture(scope="module")
def retriever() -> Iterator[FullTextRetriever]:
    made = FullTextRetriever(ARTICLES)
    yield made
    made.close()


async def found(retriever: FullTextRetriever, question: str, limit: int = 3) -> list[str]:
    return [article.source for article, _ in await retriever.search(question, limit)]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("refund?", "Refunds"),
        ("is there a garage?", "Parking"),
        ("when will I be reimbursed", "Refunds"),
        ("what about my card", "Refunds – By card"),
        ("are dogs welcome", "Animals"),
        ("DOGS", "Animals"),
    ],
)
async def test_a_passage_is_found_by_any_of_its_parts(
    retriever: FullTextRetriever, question: str, best: str
) -> None:
    assert (await found(retriever, question))[0] == best


@pytest.mark.parametrize("question", ["Do you have a swimming pool?", "zebra", "the of and"])
async def test_nothing_fits(retriever: FullTextRetriever, question: str) -> None:
    assert await found(retriever, question) == []


async def test_one_known_word_among_unknown_ones_is_not_enough(
    retriever: FullTextRetriever,
) -> None:
    assert await found(retriever, "dogs zebras giraffes elephants") == []


async def test_scores_are_shares_best_first(retriever: FullTextRetriever) -> None:
    scores = [score for _, score in await retriever.search("refund by bank card", 10)]
    assert scores == sorted(scores, reverse=True)
    assert all(ENOUGH <= score <= 1.0 for score in scores)
    assert scores


async def test_a_title_counts_more_than_a_text() -> None:
    one = Article("a", "Towels", "", "They lie in the bathroom.")
    other = Article("b", "Bathrooms", "", "Soap and towels.")
    small = FullTextRetriever([other, one])
    assert await found(small, "towels") == ["Towels", "Bathrooms"]
    small.close()


async def test_the_limit_is_kept(retriever: FullTextRetriever) -> None:
    assert len(await retriever.search("refunds", 1)) == 1
    assert len(await retriever.search("refunds", 5)) == 2


async def test_the_same_question_gives_the_same_passages(retriever: FullTextRetriever) -> None:
    assert await retriever.search("refunds") == await retriever.search("refunds")


ODD = [
    "", "   ", '"', "'", '""', "* OR NOT", "refund AND", "NEAR(refund, 5)", "title:refund",
    "{refund}", "^refund*", "(", ")))", "-", "--", "🙂", "\x00", "refund\x00", "\ud800",
    "'; DROP TABLE passages; --", "x" * 10_000, "refund " * 2_000, "l'hôtel d’Évora", "退款",
    "a_b", "ﬁ ß İ", "\u202e\u200b",
]  # fmt: skip


@pytest.mark.parametrize("question", ODD, ids=range(len(ODD)))
async def test_an_odd_question_does_not_raise(retriever: FullTextRetriever, question: str) -> None:
    await retriever.search(question)
    assert await found(retriever, "garage") == ["Parking"]


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=50)
def test_anything_has_content_words_that_can_be_looked_up(text: str) -> None:
    for word in content_words(text):
        assert '"' not in word
        assert word == word.casefold()


async def test_operators_are_words() -> None:
    small = FullTextRetriever([Article("a", "Near", "", "Not and or"), ARTICLES[0]])
    assert await found(small, "NEAR(near)") == ["Near"]
    small.close()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How long does a refund take?", ["refund"]),
        ("Refund, refund and REFUND", ["refund"]),
        ("", []),
        ("what’s the garage's price", ["garage", "price"]),
    ],
)
def test_the_words_that_carry_the_meaning(question: str, words: list[str]) -> None:
    assert content_words(question) == words


@pytest.mark.parametrize("question", ["can't", "you're", "who'd", "couldn't", "it'd"])
def test_a_contraction_of_common_words_carries_nothing(question: str) -> None:
    assert content_words(question) == []


async def test_a_desk_without_knowledge() -> None:
    empty = FullTextRetriever([])
    assert await found(empty, "refund") == []
    empty.close()
