"""Which language a message is in, where that is certain.

The script tells it first; between languages of one script the identifier of py3langid does
(langid.py by Lui and Baldwin, 2012; 4.5 MB). Names, numbers and single words are in no language: a
doubtful message must not turn a conversation round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from frontdesk.languages.scripts import SPACELESS

LIKELY = 0.7
"""Probability from which a message is in another one of the desk's languages."""
SURE = 0.9
"""The same for a language that the desk lacks: to say so to a customer who writes the desk's is
worse than to misunderstand one who doesn't."""

_BY_SCRIPT = {
    "\u3040-\u30ff": ("ja",),  # kana; before Chinese characters, which Japanese has as well
    "\u3400-\u9fff": ("zh",),
    "\uac00-\ud7af": ("ko",),
    "\u0e00-\u0e7f": ("th",),
    "\u0900-\u097f": ("hi",),
    "\u0590-\u05ff": ("he",),
    "\u0370-\u03ff": ("el",),
    "\u0600-\u06ff": ("ar", "fa", "ur"),
    "\u0400-\u04ff": ("ru", "uk", "bg"),
}
_LATIN = ("en", "es", "de", "fr", "it", "nl", "pl", "pt", "tr")
_FEWEST_LETTERS = 2
_FEWEST_WORDS = 2
_FEWEST_SHOUTED_WORDS = 4
"""The same where all letters are capitals; fewer may be a name."""
_NO_LANGUAGE = re.compile(rf"https?://\S+|[^\s{SPACELESS}]*[\d@][^\s{SPACELESS}]*")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Detected:
    """A language and how likely it is."""

    language: str
    probability: float


def detect(text: str, languages: tuple[str, ...] = ()) -> Detected | None:
    """The language of the message; ``None`` when it says too little to tell.

    Args:
        text: what the customer wrote.
        languages: candidates beside the great ones: what the desk speaks.
    """
    plain = " ".join(_NO_LANGUAGE.sub(" ", text).split())
    letters = sum(map(str.isalpha, plain))
    for script, written in _BY_SCRIPT.items():
        found = len(re.findall(f"[{script}]", plain))
        if found >= _FEWEST_LETTERS and found * 2 >= letters:
            return _identified(plain, written) if len(written) > 1 else Detected(written[0], 1.0)
    words = _WORD.findall(plain)
    is_shouted = plain.isupper() and len(words) >= _FEWEST_SHOUTED_WORDS
    if not is_shouted and sum(word[0].islower() for word in words) < _FEWEST_WORDS:
        return None  # names begin with capitals
    return _identified(plain, tuple(sorted({*_LATIN, *languages})))


def _identified(text: str, candidates: tuple[str, ...]) -> Detected:
    language, probability = _identifier(candidates).classify(text.lower())
    return Detected(language, float(probability))


@cache
def _identifier(candidates: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in candidates if code in identifier.labels])
    return identifier
