"""Says beforehand what ``admit`` would let through, for engines that can be constrained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from frontdesk.languages.scripts import is_question
from frontdesk.procedures.admit import choices, rows_read, waiting
from frontdesk.procedures.mentions import Context, find
from frontdesk.procedures.records import match as match_record
from frontdesk.procedures.scope import procedure_of
from frontdesk.types.desk import Desk
from frontdesk.types.legal import Legal, Words
from frontdesk.types.procedures import Choose as ChooseStep
from frontdesk.types.procedures import Collect, Slot
from frontdesk.types.state import State


def legal(desk: Desk, state: State, text: str, now: datetime) -> Legal:
    """What may be proposed for this message in this state.

    A procedure that needs a signed-in customer is among it for everybody: ``admit`` refuses it,
    and the customer hears why.
    """
    context = Context(now, state.language, desk.currency)
    under_way = {frame.procedure for frame in state.stack}
    starts = {
        name: _settable(procedure.slots.values(), text, context)
        for name, procedure in desk.procedures.items()
        if not procedure.internal and name not in under_way
    }
    slots: dict[str, Slot] = {}
    for frame in reversed(state.stack):
        if not frame.written:
            slots = dict(procedure_of(desk, frame).slots) | slots
        if not frame.called:
            break
    return Legal(
        starts=starts,
        sets=_settable(slots.values(), text, context),
        answer=_answers(desk, state, text, context, now),
        choose=bool(choices(desk, state)),
        cancel=bool(state.stack) and not is_question(text),
    )


def _answers(desk: Desk, state: State, text: str, context: Context, now: datetime) -> bool:
    """Whether the message can be the answer to the question before the customer."""
    frame, node = state.top, waiting(desk, state)
    if frame is None:
        return False
    match node:
        case Collect():
            slot = procedure_of(desk, frame).slots[node.slot]
            return bool(find(slot, text, context))
        case ChooseStep():
            rows = rows_read(desk, state, frame, node, now)
            return match_record(node, rows, text, context, listed=True) is not None
        case _:
            return False


def _settable(slots: Iterable[Slot], text: str, context: Context) -> Mapping[str, Words]:
    """The slots that the message may fill; a slot without a value in it is left out."""
    found = {slot.name: _words(slot, text, context) for slot in slots}
    return {name: words for name, words in found.items() if words.literals or words.any_run}


def _words(slot: Slot, text: str, context: Context) -> Words:
    match slot.type:
        case "text":
            return Words(any_run=True)
        case "choice":
            return Words(tuple(option.name for option in slot.options))
        case "boolean":
            return Words()
        case _:
            return Words(tuple(dict.fromkeys(m.words for m in find(slot, text, context))))
