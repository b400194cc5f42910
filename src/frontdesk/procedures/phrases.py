"""Approved phrases that start a procedure, whatever else the message may mean."""

from __future__ import annotations

import re
import unicodedata

from frontdesk.procedures.admit import run_of
from frontdesk.types.desk import Desk
from frontdesk.types.state import State

_APOSTROPHES = re.compile("['’‘`´ʼ＇]")


def plain(text: str) -> str:
    """The words alone: no case, no apostrophes, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKC", _APOSTROPHES.sub("", text)).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


def always_started(desk: Desk, state: State, text: str) -> str | None:
    """The procedure whose phrase comes first in the message; none that is under way already."""
    under_way = {frame.procedure for frame in state.stack}
    said = plain(text)
    found = [
        (span[0], name)
        for name, procedure in desk.procedures.items()
        if name not in under_way
        for phrase in procedure.always
        if (span := run_of(plain(phrase), said)) is not None
    ]
    return min(found)[1] if found else None
