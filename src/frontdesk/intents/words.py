"""The words of a text as a vector, beside the sentence embedding that blurs them.

A sentence embedding puts "cancel HB-1042 please" and "move HB-1042 please" close together; the verb
that tells them apart is a word. Each word that at least two examples have is a coordinate, weighted
by how rare it is (inverse document frequency). Where a script has no spaces, pairs of neighbouring
characters are the words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from frontdesk.types.writing import spaced

_FEWEST = 2
_REFERENCE = re.compile(r"\b[^\W\d_]{1,4}-?\d{3,}\b")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def without_references(text: str) -> str:
    """The text with "this" for each "HB-1042", which says nothing about what is wanted."""
    return _REFERENCE.sub("this", text)


class Words:
    """The words of some examples."""

    def __init__(self, texts: Sequence[str]) -> None:
        found = Counter(word for text in texts for word in _words(text))
        known = sorted(word for word, count in found.items() if count >= _FEWEST)
        self._places = {word: place for place, word in enumerate(known)}
        self._weights = [math.log(len(texts) / found[word]) for word in known]

    def vectors(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """One vector for each text, of length 1, or 0 where no word is known."""
        rows = [self._vector(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), len(self._places))

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(len(self._places), dtype=np.float32)
        for word in _words(text):
            if (place := self._places.get(word)) is not None:
                vector[place] = self._weights[place]
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


def _words(text: str) -> set[str]:
    plain = spaced(without_references(text)).casefold().replace("’", "'")
    return set(_WORD.findall(plain))
