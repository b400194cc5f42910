"""What a message resembles: the desk's examples against the message, in milliseconds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from frontdesk.intents.examples import (
    Labelled,
    labelled,
    labelled_options,
    labelled_texts,
    labelled_within,
)
from frontdesk.intents.head import Head
from frontdesk.intents.words import Words, without_references
from frontdesk.ports import Embedder
from frontdesk.types.desk import Desk
from frontdesk.types.hint import Hint
from frontdesk.types.writing import spaced

_WORDS_COUNT = 0.5
"""The length of the words' part of a vector; that of the embedding is 1."""
NOT_SAID = "-"
"""The label of a message that names no option."""
_LIKELY = 0.3
"""Probability of an option that is taken to be meant, if some option is."""
_BETTER = 0.1
"""By how much a classifier must beat guessing, each example left out, to have a say."""
_SURE_ALONE = 0.8
_SENTENCE_ENDS = {
    "en": re.compile(r"[.!?;\n]+\s*|,?\s+(?:and|also|then)\s+"),
    "es": re.compile(r"[.!?;\n]+\s*|,?\s+(?:y|también|además|luego)\s+"),
    "zh": re.compile(r"[.!?;\n。！？；]+\s*|，?(?:另外|还有|然后)"),
}
_FEWEST_WORDS = 3
_MOST_SENTENCES = 6


@dataclass(frozen=True)
class Sense:
    """What the classifiers see of a text: its embedding, and behind it its words."""

    embedder: Embedder
    words: Words

    async def vectors(self, texts: Sequence[str], language: str) -> NDArray[np.float32]:
        """One vector for each text of a language."""
        plain = [without_references(text) for text in texts]
        meanings = await self.embedder.embed(plain, language)
        return np.hstack([meanings, _WORDS_COUNT * self.words.vectors(plain)])


@dataclass(frozen=True)
class LeftOut:
    """An example, and how the others would have it understood."""

    text: str
    label: str
    """What it is an example of: a command as a line."""
    probabilities: Mapping[str, float]
    """By label."""


class Intents:
    """Classifiers fitted to one desk's examples, and the embedder that they read through."""

    def __init__(
        self,
        sense: Sense,
        first: Head,
        within: Head,
        options: Mapping[tuple[str, str], Head],
        texts: Mapping[tuple[str, str], Head],
        examples: Sequence[Labelled],
    ) -> None:
        self._sense = sense
        self._first = first
        self._within = within
        self._options = options
        self._texts = texts
        self._examples = examples

    @classmethod
    async def learn(
        cls, embedder: Embedder, desk: Desk, *, kept: Embedder | None = None
    ) -> Intents:
        """Fits the classifiers; takes some milliseconds for each example.

        Args:
            embedder: what messages are read through.
            desk: whose examples are learnt.
            kept: what the desk's own texts are read through, if it is another one that keeps them.
        """
        first, within = labelled(desk), labelled_within(desk)
        slots = [(p, slot) for p in desk.procedures.values() for slot in p.slots.values()]
        spoken = desk.language
        options = {(p.name, s.name): labelled_options(p, s, NOT_SAID, spoken) for p, s in slots}
        texts = {(p.name, s.name): labelled_texts(p, s, NOT_SAID, spoken) for p, s in slots}
        words = Words([one.text for one in within])
        everything = [first, within, *options.values(), *texts.values()]
        vectors = await _vectors(Sense(kept or embedder, words), everything)

        def fit(examples: Sequence[Labelled]) -> Head:
            rows = np.array([vectors[one.language, one.text] for one in examples])
            return Head.fit(rows, [one.label for one in examples])

        fitted = {slot: fit(examples) for slot, examples in texts.items() if examples}
        return cls(
            Sense(embedder, words),
            fit(first),
            fit(within),
            {slot: fit(examples) for slot, examples in options.items() if examples},
            {s: head for s, head in fitted.items() if head.accuracy >= _usual(texts[s]) + _BETTER},
            first,
        )

    def left_out(self) -> list[LeftOut]:
        """What each example would be taken for if it weren't among the examples."""
        head = self._first
        return [
            LeftOut(one.text, one.label, dict(zip(head.labels, map(float, row), strict=True)))
            for one, row in zip(self._examples, head.left_out, strict=True)
        ]

    async def hint(self, text: str, language: str = "") -> Hint:
        """What the message resembles, in the language that the customer writes."""
        sentences = [
            part
            for part in _SENTENCE_ENDS.get(language, _SENTENCE_ENDS["en"]).split(text)
            if len(spaced(part).split()) >= _FEWEST_WORDS
        ]
        parts = [text, *sentences[:_MOST_SENTENCES]]
        vector, *single = await self._sense.vectors(parts, language)
        tops = [next(iter(self._first.probabilities(each).items())) for each in single]
        surely = {line for line, probability in tops if probability >= _SURE_ALONE}
        options: dict[str, dict[str, str]] = {}
        for (procedure, slot), head in self._options.items():
            found = head.probabilities(vector)
            option = next(label for label in found if label != NOT_SAID)
            if found.get(NOT_SAID, 0.0) < 0.5 and found[option] >= _LIKELY:
                options.setdefault(procedure, {})[slot] = option
        texts: dict[str, dict[str, float]] = {}
        for (procedure, slot), head in self._texts.items():
            texts.setdefault(procedure, {})[slot] = head.probabilities(vector)[slot]
        several = len({line for line in surely if line.startswith("start ")}) > 1
        return Hint(
            self._first.probabilities(vector),
            self._within.probabilities(vector),
            options,
            texts,
            several,
        )


async def _vectors(
    sense: Sense, examples: Sequence[Sequence[Labelled]]
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """A vector for each text, by its language and itself; the texts of a language at once."""
    texts: dict[str, dict[str, None]] = {}
    for one in chain.from_iterable(examples):
        texts.setdefault(one.language, {})[one.text] = None
    return {
        (language, text): vector
        for language, each in texts.items()
        for text, vector in zip(each, await sense.vectors(list(each), language), strict=True)
    }


def _usual(examples: Sequence[Labelled]) -> float:
    """The share of the commonest label: what guessing it every time gets right."""
    return max(Counter(one.label for one in examples).values()) / len(examples)
