"""Answers a question with the best passage, word for word, and its source; or says it can't."""

from __future__ import annotations

import time

from babel import Locale

from frontdesk.ports import Retriever
from frontdesk.procedures.builtin import message, yes_no
from frontdesk.types.desk import Article, Desk
from frontdesk.types.events import Answered, Citation, Replied
from frontdesk.types.state import State


async def answer(
    retriever: Retriever, desk: Desk, state: State, question: str
) -> tuple[Replied, Answered]:
    """The reply, and whether anything was found.

    While a procedure is under way its question comes next, so a colleague isn't offered by
    another one.
    """
    language = state.language
    started = time.perf_counter()
    found = await retriever.search(question, limit=1, language=language)
    spent = (time.perf_counter() - started) * 1000
    if not found and state.stack:
        return Replied(message(desk, "not_known_within", language)), Answered(False, 0.0, spent)
    if not found:
        text = message(desk, "not_known", language)
        offer = Replied(text, yes_no(desk, language, "human", "decline"), said="offer")
        return offer, Answered(False, 0.0, spent)
    article, score = found[0]
    citation = Citation(article.article, _source(article, language), article.text)
    return (
        Replied(article.text, citations=(citation,), said="knowledge"),
        Answered(True, score, spent),
    )


def _source(article: Article, language: str) -> str:
    """How the reply names the passage; with its language if that isn't the customer's."""
    if article.language == language:
        return article.source
    names = Locale.parse(language).languages
    return f"{article.source} ({names.get(article.language, article.language)})"
