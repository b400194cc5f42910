"""Search by meaning and by words together, among the sections of the articles.

An article's score is that of its best section, a weighted mean of four: how close the section's
text lies to the question, how close its heading, how close the nearest of the article's own example
questions, and which share of the question's words the section has. Within the article that section
answers which fits best without the example questions, which all its sections share. The weights
were chosen on questions written for the demo desk's articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.search import FullTextRetriever
from frontdesk.ports import Embedder
from frontdesk.types.desk import Article

ENOUGH = 0.36
"""The score from which a passage is taken to answer: of questions that no article answers seven in
ten stay below, of plain ones that one does hardly any."""
ENOUGH_FOREIGN = 0.34
"""The same for a passage in another language than the question's, whose score has no words."""

_ARTICLE = np.array([1.0, 0.5, 1.0, 1.0, 0.0])
_SECTION = np.array([1.0, 1.0, 0.0, 0.5, 0.5])
"""Weights of text, heading, example questions, words, and words with emphasis on headings."""
_OF_WORDS = np.array([False, False, False, True, True])


class HybridRetriever:
    """Searches passages by embeddings and a full-text index, for questions in one language."""

    def __init__(
        self,
        embedder: Embedder,
        lexical: FullTextRetriever,
        articles: Sequence[Article],
        vectors: Mapping[tuple[str, str], NDArray[np.float32]],
        language: str,
    ) -> None:
        self._embedder = embedder
        self._language = language
        self._lexical = lexical
        self._articles = articles
        self._foreign = np.array([article.language != language for article in articles])
        self._texts = np.array([vectors[article.language, _text(article)] for article in articles])
        self._headings = np.array(
            [vectors[article.language, article.source] for article in articles]
        )
        self._questions = [
            {q: vectors[article.language, q] for q in article.questions} for article in articles
        ]

    @classmethod
    async def build(
        cls,
        embedder: Embedder,
        articles: Sequence[Article],
        *,
        kept: Embedder | None = None,
        language: str = "en",
    ) -> HybridRetriever:
        """Embeds the articles; takes some milliseconds for each passage and question.

        Args:
            embedder: what questions are read through.
            articles: the passages.
            kept: what the articles are read through, if it is another one that keeps them.
            language: of the questions; a passage may be in another one.
        """
        vectors: dict[tuple[str, str], NDArray[np.float32]] = {}
        for written in dict.fromkeys(article.language for article in articles):
            those = [article for article in articles if article.language == written]
            texts = list(
                dict.fromkeys(t for a in those for t in (_text(a), a.source, *a.questions))
            )
            found = await (kept or embedder).embed(texts, written)
            vectors |= {(written, t): v for t, v in zip(texts, found, strict=True)}
        lexical = FullTextRetriever(articles, language)
        return cls(embedder, lexical, articles, vectors, language)

    async def search(
        self, question: str, limit: int = 3, *, without: str = ""
    ) -> Sequence[tuple[Article, float]]:
        """The best passages, as :class:`~frontdesk.ports.Retriever` gives them.

        Args:
            question: the customer's.
            limit: how many articles.
            without: an example question that doesn't count, for asking it itself.
        """
        if not self._articles:
            return []
        (vector,) = await self._embedder.embed([question], self._language)
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
        by_article = self._weighted(_ARTICLE, features)
        by_section = self._weighted(_SECTION, features)
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
            if scores[name] >= self._enough(sections[name])
        ]

    def _enough(self, place: int) -> float:
        return ENOUGH_FOREIGN if self._foreign[place] else ENOUGH

    def _weighted(
        self, weights: NDArray[np.float64], features: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The mean for each section; words say nothing of a section in another language."""
        counted = np.where(self._foreign[:, None] & _OF_WORDS, 0.0, weights)
        mean: NDArray[np.float64] = (counted * features.T).sum(axis=1) / counted.sum(axis=1)
        return mean

    def close(self) -> None:
        """Frees the index."""
        self._lexical.close()


def _text(article: Article) -> str:
    return f"{article.title}. {article.heading}. {article.text}"
