"""Words that must reach a person at once, wherever a patient writes freely.

A coarse net beside the procedure ``urgent_symptoms``: it errs towards calling a person. It decides
nothing about health; whoever answers for the clinic approves this list.
"""

import re
from typing import Literal

_CRISIS = re.compile(
    r"suicid|kill (?:my|him|her)self|end (?:my|it) (?:life|all)|take my (?:own )?life"
    r"|(?:want|wish|rather) (?:to die|i (?:was|were) dead|be dead)"
    r"|(?:harm|hurt|cut)(?:ting)? myself|don'?t want to (?:live|be here|wake up)",
    re.IGNORECASE,
)
_EMERGENCY = re.compile(
    r"chest.{0,20}(?:pain|hurt|tight|press)"
    r"|(?:pain|tight\w*|pressure) (?:in|on|across) (?:my|his|her|the) chest"
    r"|(?:can'?t|cannot|can not|hardly|struggl\w+ to|trouble|difficulty) breath\w*"
    r"|short(?:ness)? of breath|unconscious|passed out|collapsed|not responding|won'?t wake"
    r"|seizure|convuls|stroke|face (?:is )?(?:droop|hang)|slurr|overdos|swallowed|poison"
    r"|anaphyla|(?:bleed\w*|blood).{0,30}(?:stop|heav|everywhere|badly)|heart attack"
    r"|chok(?:ing|es)",
    re.IGNORECASE,
)


def alert(words: str) -> Literal["none", "emergency", "crisis"]:
    """What the words must lead to."""
    plain = words.replace("’", "'")
    if _CRISIS.search(plain):
        return "crisis"
    return "emergency" if _EMERGENCY.search(plain) else "none"
