"""Yes, no, and hesitation, recognised by code: consent is never a model's word.

A message is a yes only when the whole of it is one: at least one word that agrees and, beside it,
nothing but politeness. "Yes, but on the 14th" is not a yes; "hmm" and "maybe" are hesitation. A
question is neither. "Correct" agrees; "correct it" asks for another thing.
"""

from __future__ import annotations

import re
from typing import Literal

_YES = r"""
    yes|yep|yeah|yup|ya|yes\ sir|ok|okay|okey|k|sure|of\ course|confirmed
    |(?:correct|confirm)(?!(?:\W+(?:please|pls|plz|just|so|then|now|and|well))*\W+(?:it|that|this)(?![\w']))
    |i\ confirm|i\ agree|agreed|absolutely|definitely|certainly|go\ ahead|go\ for\ it|do\ it
    |do\ that|please\ do|i\ do|sounds\ good|that'?s\ (?:right|correct|fine|ok|okay|good)
    |all\ right|alright|proceed|fine|y|exactly
    |that'?s\ the\ one|by\ all\ means|let'?s\ do\ (?:it|that|this)
    |that\ works|works\ for\ me|👍|👌|✅|✔️?|i'?m\ sure|yes\ i\ am
    |sí|si|claro|vale|de\ acuerdo|confirmo|adelante|por\ supuesto
    |ja|jawohl|genau|einverstanden|klar|oui|d'accord|bien\ sûr|sim|com\ certeza
    |是|是的|好|好的|好吧|可以|对|对的|确认|没问题|行|نعم|أجل|हाँ|हां|जी\ हाँ
"""
_NO = r"""
    no|nope|nah|stop|not\ now|don'?t|do\ not|don'?t\ do\ (?:it|that)|no\ way|never\ ?mind|n
    |rather\ not|i'?d\ rather\ not|better\ not|i\ don'?t\ want\ (?:that|to|it)
    |(?:leave|keep)\ it(?:\ as\ it\ is)?
    |not\ really|negative|no\ thank\ you|please\ don'?t
    |mejor\ no|nein|lieber\ nicht|non|não|nao|不|不用|不要|不是|不行|否|لا|नहीं
"""
_HESITATION = r"""
    h+m+|u+h+m*|e+r+m*|maybe|perhaps|possibly|not\ (?:so\ |quite\ |really\ )?sure
    |not\ sure\ yet
    |i(?:'?m|\ am)\ not\ (?:so\ |quite\ |really\ )?sure(?:\ yet)?
    |i\ don'?t\ know|i\ dunno|dunno|idk
    |let\ me\ think(?:\ about\ (?:it|that))?|i\ (?:have|need)\ to\ think(?:\ about\ (?:it|that))?
    |wait|hold\ on|one\ moment|just\ a\ moment|give\ me\ a\ (?:second|minute|moment)
    |i\ guess(?:\ so)?|probably|we'?ll\ see|quizás|tal\ vez|vielleicht|mal\ sehen|peut-être|talvez
    |也许|可能|等等|ربما|शायद
"""
_POLITE = r"""
    please|pls|plz|and|too|that'?s\ it|thanks|thx
    |thank\ you(?:\ (?:so|very)\ much)?|it|that|this|then|now
    |lovely|wonderful|super|awesome|brilliant|excellent|great|good|perfect|cool
    |well|oh|ah|so|just|very\ much|por\ favor|gracias|bitte|danke|merci|s'il\ vous\ plaît
    |obrigad[oa]|请|谢谢|吧|send\ it
"""


def _only(core: str) -> re.Pattern[str]:
    words = rf"(?:{core}|{_POLITE})"
    return re.compile(rf"^(?=.*(?<!\w)(?:{core})(?!\w)){words}(?:\W+{words})*$", re.VERBOSE)


_PATTERNS: tuple[tuple[Literal["yes", "no", "hesitation"], re.Pattern[str]], ...] = (
    ("hesitation", _only(_HESITATION)),
    ("no", _only(_NO)),
    ("yes", _only(_YES)),
)


def answer_of(text: str) -> Literal["yes", "no", "hesitation"] | None:
    """What the whole message answers, or ``None`` when it says anything more."""
    if any(sign in text for sign in "?¿？؟"):
        return None
    plain = " ".join(text.casefold().replace("’", "'").split()).strip(" .!¡,…。！，-–\"'()")
    if not plain or len(plain) > 80:
        return None
    for answer, pattern in _PATTERNS:
        if pattern.match(plain):
            return answer
    return None
