"""Full-text search among the sections, by SQLite FTS5, with a score that can say "nothing fits".

BM25 orders passages but its numbers mean nothing by themselves. The score here is the share of the
question's words that the passage (with its title) has, each word weighted by how rare it is in the
whole knowledge; a word that no passage has weighs most.
"""

from __future__ import annotations

import asyncio
import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from frontdesk.knowledge.stopwords import STOPWORDS, UNSPACED_STOPWORDS
from frontdesk.types.desk import Article
from frontdesk.types.writing import spaced

ENOUGH = 0.5
"""The score from which a passage is taken to answer."""

_EMPHASIS = (
    ("{text questions}", 1.0),
    ("{heading}", 1.5),
    ("{title}", 2.0),
)
"""A word of the title says what the passage is about; for the order among those that fit."""

_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class FullTextRetriever:
    """Searches passages by an index in memory, with the words of one language."""

    def __init__(self, articles: Sequence[Article], language: str = "en") -> None:
        self._articles = articles
        self._language = language
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-knowledge")
        self._db = self._thread.submit(_index, articles, language).result()

    async def search(self, question: str, limit: int = 3) -> Sequence[tuple[Article, float]]:
        """The best passages, as :class:`~frontdesk.ports.Retriever` gives them."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._search, question, limit)

    async def weigh(self, question: str) -> tuple[dict[int, float], dict[int, float]]:
        """By a passage's place: the share of the question's words that it has, and the same with
        emphasis on words of headings, relative to the best; what is 0 is left out."""
        loop = asyncio.get_running_loop()
        shares, ranks = await loop.run_in_executor(self._thread, self._weigh, question)
        best = max(ranks.values(), default=1.0)
        return shares, {row: rank / best for row, rank in ranks.items()}

    def close(self) -> None:
        """Frees the index."""
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()

    def _search(self, question: str, limit: int) -> list[tuple[Article, float]]:
        shares, ranks = self._weigh(question)
        fitting = [row for row, share in shares.items() if share >= ENOUGH]
        # A word of the title counts more, but less than to have all that is asked about.
        fitting.sort(key=lambda row: (-ranks[row] * shares[row], row))
        return [(self._articles[row], shares[row]) for row in fitting[:limit]]

    def _weigh(self, question: str) -> tuple[dict[int, float], dict[int, float]]:
        """The share of the question's words that each passage has, and the same with emphasis."""
        shares: dict[int, float] = {}
        ranks: dict[int, float] = {}
        total = 0.0
        for word in content_words(question, self._language):
            rows = self._matching(word)
            weight = math.log(1 + len(self._articles) / (len(rows) + 0.5))
            total += weight
            for row, emphasis in rows.items():
                shares[row] = shares.get(row, 0.0) + weight
                ranks[row] = ranks.get(row, 0.0) + weight * emphasis
        return {row: share / total for row, share in shares.items()}, ranks

    def _matching(self, word: str) -> dict[int, float]:
        """The passages with the word, and how much it counts where it stands."""
        found: dict[int, float] = {}
        for columns, emphasis in _EMPHASIS:
            query = f'{columns} : "{word}"'
            rows = self._db.execute("SELECT rowid FROM passages WHERE passages MATCH ?", (query,))
            found |= {row - 1: emphasis for (row,) in rows}
        return found


def content_words(question: str, language: str = "en") -> list[str]:
    """The words that carry the question's meaning, each once."""
    plain = spaced(UNSPACED_STOPWORDS.sub(" ", question))
    words = (_stem(word.casefold().replace("’", "'")) for word in _WORDS.findall(plain))
    common = STOPWORDS.get(language, frozenset())
    return list(dict.fromkeys(word for word in words if word and word not in common))


def _stem(word: str) -> str:
    """The word without what an apostrophe adds; nothing of "can't" and "don't"."""
    return "" if word.endswith("n't") else word.partition("'")[0]


def _index(articles: Iterable[Article], language: str) -> sqlite3.Connection:
    stemmer = "porter " if language == "en" else ""  # It knows English only.
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.execute(
        "CREATE VIRTUAL TABLE passages USING fts5("
        f"title, heading, text, questions, tokenize='{stemmer}unicode61 remove_diacritics 2')"
    )
    db.executemany(
        "INSERT INTO passages (rowid, title, heading, text, questions) VALUES (?, ?, ?, ?, ?)",
        (
            (i, *map(spaced, (a.title, a.heading, a.text, "\n".join(a.questions))))
            for i, a in enumerate(articles, 1)
        ),
    )
    return db
