"""Yes, no, and hesitation, recognised by code: consent is never a model's word.

A message is a yes only when the whole of it is one: at least one word that agrees and, beside it,
nothing but politeness. "Yes, but on the 14th" is not a yes; "hmm" and "maybe" are hesitation. A
question is neither. "Correct" agrees; "correct it" asks for another thing.
"""

from __future__ import annotations

import re
from typing import Literal

from frontdesk.languages.scripts import SPACELESS, unaccented
from frontdesk.languages.words import either, patterns

Answer = Literal["yes", "no", "hesitation"]


def _only(kind: Answer) -> re.Pattern[str]:
    """Words of the kind and politeness, and nothing else."""
    core, polite = _alternatives(kind, False), _alternatives("polite", False)
    words = rf"(?:{core}|{polite})"
    spaced = rf"(?=.*(?<!\w)(?:{core})(?!\w)){words}(?:\W+{words})*"
    core, polite = _alternatives(kind, True), _alternatives("polite", True)
    spaceless = rf"(?:(?:{polite})\W*)*(?:{core})\W*(?:(?:{core}|{polite})\W*)*"
    return re.compile(rf"(?:{spaced}|{spaceless})")


def _alternatives(kind: str, spaceless: bool) -> str:
    """The words of the kind in scripts with spaces or without, accents taken off."""
    return either(
        unaccented(pattern)
        for pattern in patterns(kind)
        if bool(re.search(f"[{SPACELESS}]", pattern)) == spaceless
    )


_PATTERNS: tuple[tuple[Answer, re.Pattern[str]], ...] = tuple(
    (kind, _only(kind)) for kind in ("hesitation", "no", "yes")
)


def answer_of(text: str) -> Answer | None:
    """What the whole message answers, or ``None`` when it says anything more."""
    if any(sign in text for sign in "?¿？؟"):
        return None
    plain = " ".join(unaccented(text).casefold().replace("’", "'").split())
    plain = plain.strip(" .!¡,…。！，、~～-–\"'()")
    if not plain or len(plain) > 80:
        return None
    for answer, pattern in _PATTERNS:
        if pattern.fullmatch(plain):
            return answer
    return None
