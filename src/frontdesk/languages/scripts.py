"""What depends on how a language is written: with spaces between its words, or without."""

from __future__ import annotations

import re
import unicodedata

SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
"""Ranges of the scripts that put no spaces between words: Thai, kana, Chinese characters."""
_SPACELESS = re.compile(f"[{SPACELESS}]")
_QUESTION = re.compile(r"[?¿？؟]|[吗呢么][\s。！!～~]*$")
NOT_BEHIND_WORD = f"(?<![^\\W{SPACELESS}])"
"""No letter or digit before; what a script without spaces puts there is no part of the word."""
NOT_BEFORE_WORD = f"(?![^\\W{SPACELESS}])"


def is_spaceless(text: str) -> bool:
    """Whether some of the text is in a script without spaces."""
    return _SPACELESS.search(text) is not None


def whole_word(pattern: str) -> str:
    """The pattern, not within a longer word where words have edges."""
    before = "" if _SPACELESS.match(pattern) else NOT_BEHIND_WORD
    behind = "" if _SPACELESS.search(pattern[-1:]) else NOT_BEFORE_WORD
    return f"{before}(?:{pattern}){behind}"


def spaced(text: str) -> str:
    """The text with a space for each character of a script without them; the same length."""
    return _SPACELESS.sub(" ", text)


def word_count(text: str) -> int:
    """How many words the text has; two Chinese characters count as one."""
    return len(spaced(text).split()) + (len(_SPACELESS.findall(text)) + 1) // 2


def is_question(text: str) -> bool:
    """Whether the text has a question mark, or ends with a particle that stands for one."""
    return _QUESTION.search(text) is not None


def unaccented(text: str) -> str:
    """The text with accents taken off, each character still at its place."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in text)
