"""Search by meaning and by words together, among the sections of the articles.

An article's score is that of its best section, a weighted mean of four: how close the section's
text lies to the question, how close its heading, how close the nearest of the article's own example
questions, and which share of the question's words the section has. Within the article that section
answers which fits best without the example questions, which all its sections share. The weights
were chosen on questions written for the demo desk's articles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.search import FullTextRetriever
from frontdesk.ports import Embedder
from frontdesk.types.desk import Article

ENOUGH = 0.36
"""The score from which a passage is taken to answer: of questions that no article answers seven in
ten stay below, of plain ones that one does hardly any."""

_ARTICLE = np.array([1.0, 0.5, 1.0, 1.0, 0.0])
_SECTION = np.array([1.0, 1.0, 0.0, 0.5, 0.5])
"""Weights of text, heading, example questions, words, and words with emphasis on headings."""


class HybridRetriever:
    """The :class:`~frontdesk.ports.Retriever` over embeddings and a full-text index."""

    def __init__(
        self,
        embedder: Embedder,
        lexical: FullTextRetriever,
        articles: Sequence[Article],
        vectors: dict[str, NDArray[np.float32]],
    ) -> None:
        self._embedder = embedder
        self._lexical = lexical
        self._articles = articles
        self._texts = np.array([vectors[_text(article)] for article in articles])
        self._headings = np.array([vectors[article.source] for article in articles])
        self._questions = [{q: vectors[q] for q in article.questions} for article in articles]

    @classmethod
    async def build(
        cls, embedder: Embedder, articles: Sequence[Article], *, kept: Embedder | None = None
    ) -> HybridRetriever:
        """Embeds the articles; takes some milliseconds for each passage and question.

        Args:
            embedder: what questions are read through.
            articles: the passages.
            kept: what the articles are read through, if it is another one that keeps them.
        """
        texts = dict.fromkeys(text for a in articles for text in (_text(a), a.source, *a.questions))
        vectors = dict(zip(texts, await (kept or embedder).embed(list(texts)), strict=True))
        return cls(embedder, FullTextRetriever(articles), articles, vectors)

    async def search(
        self, question: str, limit: int = 3, *, without: str = ""
    ) -> Sequence[tuple[Article, float]]:
        """See :class:`~frontdesk.ports.Retriever`.

        Args:
            question: the customer's.
            limit: how many articles.
            without: an example question that doesn't count, for asking it itself.
        """
        if not self._articles:
            return []
        (vector,) = await self._embedder.embed([question])
        words, emphasised = await self._lexical.weigh(question)
        places = range(len(self._articles))
        features = np.array(
            [
                self._texts @ vector,
                self._headings @ vector,
                [
                    max((v @ vector for q, v in near.items() if q != without), default=0.0)
                    for near in self._questions
                ],
                [words.get(place, 0.0) for place in places],
                [emphasised.get(place, 0.0) for place in places],
            ]
        )
        by_article = _ARTICLE @ features / _ARTICLE.sum()
        by_section = _SECTION @ features / _SECTION.sum()
        scores: dict[str, float] = {}
        sections: dict[str, int] = {}
        for place, article in enumerate(self._articles):
            name = article.article
            scores[name] = max(scores.get(name, 0.0), float(by_article[place]))
            if name not in sections or by_section[place] > by_section[sections[name]]:
                sections[name] = place
        best = sorted(scores, key=lambda name: -scores[name])[:limit]
        return [
            (self._articles[sections[name]], scores[name])
            for name in best
            if scores[name] >= ENOUGH
        ]

    def close(self) -> None:
        """Frees the index."""
        self._lexical.close()


def _text(article: Article) -> str:
    return f"{article.title}. {article.heading}. {article.text}"
