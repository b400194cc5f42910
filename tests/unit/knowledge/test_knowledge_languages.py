"""Customers find articles in their language, or else in the desk's first one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from frontdesk.engine.answer import answer
from frontdesk.knowledge.languages import LanguageRetriever, visible
from frontdesk.testing import WordEmbedder
from frontdesk.types.desk import Article, Desk
from frontdesk.types.state import State

ARTICLES = (
    Article("refunds", "Refunds", "", "A refund takes five days.", ("When do I get my money?",)),
    Article("refunds", "Reembolsos", "", "El reembolso tarda cinco días.", (), "es"),
    Article("refunds", "退款", "", "退款需要五个工作日。", ("退款多久到账？",), "zh"),
    Article("parking", "Parking", "", "There is no garage in the old town."),
    Article("pets", "宠物", "", "可以带狗和猫。", (), "zh"),
)
DESK = Desk(
    id="d",
    name="D",
    digest="",
    languages=("en", "es", "zh"),
    timezone=ZoneInfo("UTC"),
    currency="EUR",
    model="",
    procedures={},
    tools={},
    articles=ARTICLES,
)


@pytest.fixture(params=["words", "meaning"])
async def retriever(request: pytest.FixtureRequest) -> AsyncIterator[LanguageRetriever]:
    if request.param == "words":
        made = LanguageRetriever.by_words(DESK)
    else:
        made = await LanguageRetriever.by_meaning(WordEmbedder(), DESK)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("question", "language", "title"),
    [
        ("how long does a refund take?", "en", "Refunds"),
        ("¿cuánto tarda el reembolso?", "es", "Reembolsos"),
        ("退款多久到账？", "zh", "退款"),
        ("how long does a refund take?", "", "Refunds"),
        ("how long does a refund take?", "de", "Refunds"),
    ],
)
async def test_the_article_comes_in_the_customers_language(
    retriever: LanguageRetriever, question: str, language: str, title: str
) -> None:
    (first, *_) = await retriever.search(question, language=language)
    assert first[0].title == title


async def test_an_untranslated_article_comes_in_the_first_language(
    retriever: LanguageRetriever,
) -> None:
    ((article, _), *_) = await retriever.search("parking garage old town", language="es")
    assert (article.article, article.language) == ("parking", "en")


async def test_a_translated_article_comes_in_no_other_language(
    retriever: LanguageRetriever,
) -> None:
    found = await retriever.search("refund five days takes refunds", 10, language="es")
    assert [article.title for article, _ in found if article.language == "en"] == []


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_translation_without_an_original_is_for_its_own_language(language: str) -> None:
    names = {article.article for article in visible(DESK, language)}
    assert "pets" not in names
    assert "pets" in {article.article for article in visible(DESK, "zh")}


@pytest.mark.parametrize(
    ("language", "question", "source"),
    [
        ("en", "is there a garage in town", "Parking"),
        ("es", "parking garage town", "Parking (inglés)"),
        ("zh", "parking garage town", "Parking (英语)"),
        ("es", "¿cuánto tarda un reembolso?", "Reembolsos"),
    ],
)
async def test_a_citation_says_its_language_if_it_is_not_the_customers(
    language: str, question: str, source: str
) -> None:
    made = LanguageRetriever.by_words(DESK)
    replied, answered = await answer(made, DESK, State(language=language), question)
    made.close()
    assert answered.found
    assert [citation.title for citation in replied.citations] == [source]


@pytest.mark.parametrize("question", ["cuanto tarda el REEMBOLSO", "reembolso en cinco dias"])
async def test_accents_and_case_make_no_difference(question: str) -> None:
    made = LanguageRetriever.by_words(DESK)
    ((article, _), *_) = await made.search(question, language="es")
    made.close()
    assert article.title == "Reembolsos"


async def test_what_no_article_is_about_finds_nothing(retriever: LanguageRetriever) -> None:
    assert await retriever.search("你们卖斑马吗？", language="zh") == []
    assert await retriever.search("¿Vendéis cebras?", language="es") == []


async def test_words_in_another_language_take_nothing_from_a_passage() -> None:
    """A passage that can't have the question's words is judged by its meaning alone."""
    article = Article("parking", "Parking", "", "Cars stand there.", ("aparcar el coche",))
    desk = replace(DESK, articles=(article,))
    made = await LanguageRetriever.by_meaning(WordEmbedder(), desk)
    ((_, foreign),) = await made.search("aparcar el coche", language="es")
    made.close()
    assert foreign == pytest.approx(1 / 2.5, abs=0.01)
