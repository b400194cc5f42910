"""How a language is written, as far as finding its words needs it."""

from __future__ import annotations

import re

_UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_UNSPACED}]+")


def spaced(text: str) -> str:
    """The text with spaces where it has none between words: each two neighbours of such a run.

    Pairs of characters serve nearly as well as words for finding Chinese and Japanese texts
    (Nie et al. 2000), and need no dictionary. A text in any other script stays as it is.
    """
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] or [run]
