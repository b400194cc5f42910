"""The search for each language: what its customers see of the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from frontdesk.knowledge.hybrid import HybridRetriever
from frontdesk.knowledge.search import FullTextRetriever
from frontdesk.ports import Embedder
from frontdesk.types.desk import Article, Desk


class Index(Protocol):
    """A search among passages, whatever their language."""

    async def search(self, question: str, limit: int = 3) -> Sequence[tuple[Article, float]]:
        """As :class:`~frontdesk.ports.Retriever` searches."""
        ...

    def close(self) -> None:
        """Frees the index."""
        ...


Found = TypeVar("Found", bound=Index, covariant=True)


class LanguageRetriever(Generic[Found]):
    """The :class:`~frontdesk.ports.Retriever` of a desk: an index for each of its languages."""

    def __init__(self, indexes: Mapping[str, Found]) -> None:
        self.indexes = indexes
        """By language; the first is that of the desk's first one."""

    @classmethod
    def by_words(cls, desk: Desk) -> LanguageRetriever[FullTextRetriever]:
        """Searches by words alone."""
        return LanguageRetriever(
            {
                language: FullTextRetriever(visible(desk, language), language)
                for language in desk.languages
            }
        )

    @classmethod
    async def by_meaning(
        cls, embedder: Embedder, desk: Desk, *, kept: Embedder | None = None
    ) -> LanguageRetriever[HybridRetriever]:
        """Searches by meaning and words; ``kept`` as in :meth:`HybridRetriever.build`."""
        return LanguageRetriever(
            {
                language: await HybridRetriever.build(
                    embedder, visible(desk, language), kept=kept, language=language
                )
                for language in desk.languages
            }
        )

    async def search(
        self, question: str, limit: int = 3, *, language: str = ""
    ) -> Sequence[tuple[Article, float]]:
        """See :class:`~frontdesk.ports.Retriever`."""
        index = self.indexes.get(language) or next(iter(self.indexes.values()))
        return await index.search(question, limit)

    def close(self) -> None:
        """Frees the indexes."""
        for index in self.indexes.values():
            index.close()


def visible(desk: Desk, language: str) -> list[Article]:
    """The passages for a customer of the language: each article in it, or in the desk's first."""
    translated = _names(article for article in desk.articles if article.language == language)
    return [
        article
        for article in desk.articles
        if article.language == (language if article.article in translated else desk.language)
    ]


def _names(articles: Iterable[Article]) -> set[str]:
    return {article.article for article in articles}
