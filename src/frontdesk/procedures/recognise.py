"""Messages that code understands by itself, surely: no model is asked about them.

A yes, a no or a hesitation where one is waited for; a message that as a whole is the value asked
for, or names one of the listed records; a bare greeting or thanks; the wish for a person. Before
all of these, a phrase of the desk that always starts a procedure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from frontdesk.procedures import records as matching
from frontdesk.procedures.admit import Message, choices, rows_read, waiting
from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.mentions import Context, find, is_filler, whole
from frontdesk.procedures.phrases import always_started
from frontdesk.procedures.scope import procedure_of, records
from frontdesk.types import procedures as p
from frontdesk.types.commands import (
    Choose,
    Command,
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
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks?|thank you|many thanks|cheers"
    r"|great|perfect|bye|goodbye|that'?s (?:all|it)|there|you|very much|so much|a lot|again"
    r"|hola|gracias|hallo|danke|bonjour|merci|olá|obrigad[oa]|你好|谢谢)",
    re.IGNORECASE,
)


_PERSON = re.compile(
    r"(?<!\w)(?:talk|speak|chat|connect me|transfer me|put me through|pass me)\s+(?:to|with)\s+"
    r"(?:an?|the|some|your)?\s*(?:real|live|actual|human)?\s*"
    r"(?:human(?: being)?|person|people|agent|representative|operator|manager|supervisor"
    r"|colleague|employee|somebody|someone)(?!\w)"
    r"|(?<!\w)(?:real|live|actual)\s+(?:human|person|agent)(?!\w)"
    r"|^\W*(?:human|agent|operator|representative)(?:\W+please)?\W*$"
    r"|hablar con (?:una persona|alguien|un agente)"
    r"|mit einem (?:menschen|mitarbeiter) (?:sprechen|reden)"
    r"|parler à (?:quelqu'un|un humain|un agent)|falar com (?:uma pessoa|alguém)|转人工|人工客服",
    re.IGNORECASE,
)
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
    if re.fullmatch(rf"(?:{_SMALL_TALK.pattern}\s*)+", words, re.IGNORECASE):
        return _surely(Simple("chat"))
    return None


_AND_FOR = re.compile(
    r"\W*(?:ok(?:ay)?\W+)?(?:and|now|also|then|same|what about|how about)(?:\s+(?:now|also|then))?"
    r"(?:\s+(?:for|with|in|about))?"
    r"(?:\s+(?:the|my)\s+(?:one|other(?:\s+one)?)(?:\s+(?:in|for|at|from)\s+\w+)?"
    r"|\s+[^\W\d]+-?\d+)\W*",
    re.IGNORECASE,
)


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
        case p.Confirm() if re.fullmatch(r"\W*\w{1,4}\W*", message.text):
            return (Simple("unclear"),)  # "ys" is no yes, and no wish either
        case p.Collect():
            return _values(desk, state, frame, node, message, now)
        case p.Choose():
            return _choice(desk, state, frame, node, message, now)
    return ()


_CORRECTING = re.compile(
    r"(?:no|wait|sorry|oops|actually|rather|instead|i|mean|meant|correction|not that|but)(?!\w)",
    re.IGNORECASE,
)


def _other_record(desk: Desk, state: State, message: Message, now: datetime) -> tuple[Command, ...]:
    """ "No wait, I meant HB-1014": another record by its key, and nothing else said."""
    frame = state.top
    if frame is None or "?" in message.text:
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
    match matching.match(node, rows, message.text, context, listed=True):
        case matching.Found() as found if matching.covers(found, message.text):
            return (Choose(found.words),)
        case matching.Absent(words=words) if is_filler(message.text.replace(words, " ")):
            return (Choose(words),)
    return ()
