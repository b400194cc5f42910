"""Messages that code understands by itself, surely: no model is asked about them.

A yes, a no or a hesitation where one is waited for; a message that as a whole is the value asked
for, or names one of the listed records; a bare greeting or thanks; the wish for a person. Before
all of these, a phrase of the desk that always starts a procedure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from frontdesk.languages.scripts import SPACELESS, is_question, whole_word
from frontdesk.languages.words import alternatives, either, patterns
from frontdesk.procedures import records as matching
from frontdesk.procedures import several
from frontdesk.procedures.admit import Message, choices, rows_read, waiting
from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.language import lacked
from frontdesk.procedures.mentions import Context, find, is_filler, whole
from frontdesk.procedures.phrases import always_started
from frontdesk.procedures.scope import procedure_of, records
from frontdesk.types import procedures as p
from frontdesk.types.commands import (
    Choose,
    Command,
    Foreign,
    Press,
    Reading,
    Set,
    Simple,
    Start,
    Understanding,
    YesNo,
)
from frontdesk.types.desk import Desk
from frontdesk.types.state import Frame, State

_SMALL_TALK = re.compile(
    rf"(?:(?:{alternatives('small_talk')})(?:\s+|(?<=[{SPACELESS}])\s*|$))+", re.IGNORECASE
)


_PERSON = re.compile(alternatives("person"), re.IGNORECASE)
"""A person is always one step away, whatever the model understands."""
_LONGEST_CALL = 120


def recognise(desk: Desk, state: State, message: Message, now: datetime) -> Understanding | None:
    """What the message means, when code can be sure; otherwise ``None``."""
    if state.turn is not None and state.turn.cause == "button":
        return _surely(Press(message.text))
    if procedure := always_started(desk, state, message.text):
        return _surely(Start(procedure))
    commands = _by_question(desk, state, message, now) or _other_record(desk, state, message, now)
    if commands:
        return _surely(*commands)
    if state.finished and not state.stack and _is_for_another(message.text):
        return _surely(Start(state.finished))
    if _PERSON.search(message.text) and len(message.text) <= _LONGEST_CALL:
        return _surely(Simple("human"))
    if not re.search(r"\w", message.text):
        return _surely(Simple("unclear"))
    words = re.sub(r"[^\w']+", " ", message.text).strip()
    if _SMALL_TALK.fullmatch(words):
        return _surely(Simple("chat"))
    if foreign := lacked(desk, state, message.text):
        return _surely(Foreign(foreign))
    return None


_AND_FOR = re.compile(rf"\W*(?:{alternatives('same_again')})\W*", re.IGNORECASE)


def _is_for_another(text: str) -> bool:
    """ "And for HB-1004?": the same again for another record, when something was just finished."""
    return _AND_FOR.fullmatch(text) is not None


def _surely(*commands: Command) -> Understanding:
    return Understanding("code", (Reading(tuple(commands), 1.0),))


def _by_question(desk: Desk, state: State, message: Message, now: datetime) -> tuple[Command, ...]:
    answer = answer_of(message.text)
    if state.offer and answer:
        return (YesNo(answer),)
    frame, node = state.top, waiting(desk, state)
    if frame is None:
        return (Simple("chat"),) if answer else ()
    match node:
        case p.Confirm() if answer:
            return (YesNo(answer),)
        case p.Confirm() if re.fullmatch(r"\W*[^\W" + SPACELESS + r"]{1,4}\W*", message.text):
            return (Simple("unclear"),)  # "ys" is no yes, and no wish either
        case p.Collect():
            return _values(desk, state, frame, node, message, now)
        case p.Choose():
            return _choice(desk, state, frame, node, message, now)
    return ()


_CORRECTING = re.compile(either(whole_word(one) for one in patterns("correcting")), re.IGNORECASE)


def _other_record(desk: Desk, state: State, message: Message, now: datetime) -> tuple[Command, ...]:
    """ "No wait, I meant HB-1014": another record by its key, and nothing else said."""
    frame = state.top
    if frame is None or is_question(message.text):
        return ()
    for node in choices(desk, state):
        by_key = replace(node, match=())
        rows = rows_read(desk, state, frame, by_key, now)
        context = Context(now, state.language, desk.currency)
        found = matching.match(by_key, rows, message.text, context, listed=False)
        if isinstance(found, matching.Found):
            rest = _CORRECTING.sub(" ", message.text.replace(found.words, " "))
            return (Choose(found.words),) if is_filler(rest) else ()
    return ()


def _values(
    desk: Desk, state: State, frame: Frame, node: p.Collect, message: Message, now: datetime
) -> tuple[Command, ...]:
    """The value asked for; or as many values of its type as slots of that type are empty."""
    slots = procedure_of(desk, frame).slots
    slot = slots[node.slot]
    if slot.type == "text":
        return ()
    context = Context(now, state.language, desk.currency)
    if whole(slot, message.text, context):
        (mention,) = find(slot, message.text, context)
        return (Set(slot.name, mention.words),)
    found = find(slot, message.text, context)
    empty = [s for s in slots.values() if s.type == slot.type and s.name not in frame.slots]
    rest = message.text
    for mention in reversed(found):
        rest = f"{rest[: mention.start]} {rest[mention.end :]}"
    if len(found) == len(empty) > 1 and slot.type != "choice" and is_filler(rest, slot):
        pairs = zip(empty, found, strict=True)
        return tuple(Set(one.name, mention.words) for one, mention in pairs)
    return ()


def _choice(
    desk: Desk, state: State, frame: Frame, node: p.Choose, message: Message, now: datetime
) -> tuple[Command, ...]:
    context = Context(now, state.language, desk.currency)
    rows = records(desk, state, frame, node, now)
    match several.match(node, rows, message.text, context, listed=True):
        case matching.Found() as found if matching.covers(found, message.text):
            return (Choose(found.words),)
        case several.Several() as found if is_filler(found.rest):
            return (Choose(found.words),)
        case matching.Absent(words=words) if is_filler(message.text.replace(words, " ")):
            return (Choose(words),)
    return ()
