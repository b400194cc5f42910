"""Which language a message is in, as far as the conversation is concerned."""

from __future__ import annotations

from frontdesk.languages.detect import LIKELY, SURE, detect
from frontdesk.procedures.admit import waiting
from frontdesk.procedures.scope import procedure_of
from frontdesk.types.desk import Desk
from frontdesk.types.procedures import Collect
from frontdesk.types.state import State


def changed(desk: Desk, state: State, text: str) -> str | None:
    """Another of the desk's languages, which the customer went over to."""
    found = detect(text, desk.languages)
    if found is None or found.probability < LIKELY or _may_be_anything(desk, state):
        return None
    is_other = found.language != state.language and found.language in desk.languages
    return found.language if is_other else None


def lacked(desk: Desk, state: State, text: str) -> str | None:
    """The language of the message, when it is surely none of the desk's."""
    found = detect(text, desk.languages)
    if found is None or found.probability < SURE or _may_be_anything(desk, state):
        return None
    return None if found.language in desk.languages else found.language


def _may_be_anything(desk: Desk, state: State) -> bool:
    """Whether a text was asked for: words for somebody else can be in any language."""
    frame, node = state.top, waiting(desk, state)
    if frame is None or not isinstance(node, Collect):
        return False
    return procedure_of(desk, frame).slots[node.slot].type == "text"
