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

from frontdesk.types.desk import Article

ENOUGH = 0.5
"""The score from which a passage is taken to answer."""

_EMPHASIS = (
    ("{text questions}", 1.0),
    ("{heading}", 1.5),
    ("{title}", 2.0),
)
"""A word of the title says what the passage is about; for the order among those that fit."""

_STOPWORDS = frozenset(
    """a about after all also am an and any anything are as at be been before being but by can
    could do does doing for from get getting give given go going got had has have having
    hello help hey hi how i if in into is it its just know let like long
    made make many may me mean might mine more much must my need no not now of off ok okay on one
    or other our out over please possible question quick said say see shall she should so some
    something still sure take tell than thank thanks that the their them then there
    these they thing this those to too up us very want wanted was way we well were what
    when where whether which while who whose why will wish with without would
    wondering yes yet you your actually happen happens wait first again anyone anyway
    curious another bad best better big bit cool dear different fair few fine general good great
    guys kind kindly last least less little lot main maybe nice only own perfect plain quickly
    quite random real really regarding related right same side silly simple simply single small
    sorry special stupid such though topic various while whole worth wow""".split()  # noqa: SIM905
)
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class FullTextRetriever:
    """The :class:`~frontdesk.ports.Retriever` over an index in memory."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="frontdesk-knowledge")
        self._db = self._thread.submit(_index, articles).result()

    async def search(self, question: str, limit: int = 3) -> Sequence[tuple[Article, float]]:
        """See :class:`~frontdesk.ports.Retriever`."""
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
        for word in content_words(question):
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


def content_words(question: str) -> list[str]:
    """The words that carry the question's meaning, each once."""
    words = (_stem(word.casefold().replace("’", "'")) for word in _WORDS.findall(question))
    return list(dict.fromkeys(word for word in words if word and word not in _STOPWORDS))


def _stem(word: str) -> str:
    """The word without what an apostrophe adds; nothing of "can't" and "don't"."""
    return "" if word.endswith("n't") else word.partition("'")[0]


def _index(articles: Iterable[Article]) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.execute(
        "CREATE VIRTUAL TABLE passages USING fts5("
        "title, heading, text, questions, tokenize='porter unicode61')"
    )
    db.executemany(
        "INSERT INTO passages (rowid, title, heading, text, questions) VALUES (?, ?, ?, ?, ?)",
        (
            (i, a.title, a.heading, a.text, "\n".join(a.questions))
            for i, a in enumerate(articles, 1)
        ),
    )
    return db
