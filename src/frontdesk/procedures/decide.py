"""From an understanding to events: commands pass the gate one by one, and take effect.

A turn's commands and their effects are appended at once, so a turn that is cut off either has all
of them or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from frontdesk.languages.scripts import is_question
from frontdesk.procedures.admit import (
    Message,
    admit,
    frame_with_slot,
    waiting,
)
from frontdesk.procedures.builtin import MESSAGES, languages_of, message, name_of, yes_no
from frontdesk.procedures.fold import fold
from frontdesk.procedures.mentions import Context, Mention, find
from frontdesk.procedures.scope import procedure_of
from frontdesk.procedures.templates import pick
from frontdesk.types import events as e
from frontdesk.types import procedures as p
from frontdesk.types.commands import (
    Admitted,
    Choose,
    Command,
    Foreign,
    Press,
    Reading,
    Refused,
    Set,
    Simple,
    Start,
    Understanding,
    YesNo,
)
from frontdesk.types.desk import Desk
from frontdesk.types.state import Frame, State
from frontdesk.types.values import Filled, Said

_ANSWER = Simple("answer")
_NEVER_DRAWN = frozenset({"text", "boolean", "number", "integer"})
"""Values of these types mean something only as the answer to their question."""
_SURE_IN_BETWEEN = 0.75
"""Confidence from which a new request is taken for one although a text was asked for."""
_MOST_READINGS = 3
_MOST_MISUNDERSTOOD = 2


@dataclass
class _Deciding:
    """The events so far, and the state behind them."""

    desk: Desk
    state: State
    message: Message
    now: datetime
    events: list[e.Event] = field(default_factory=list)
    question: str = ""

    def add(self, *events: e.Event) -> None:
        for event in events:
            self.state = fold(self.state, event)
            self.events.append(event)

    def say(
        self, name: str, buttons: tuple[e.Button, ...] = (), language: str = "", **values: str
    ) -> None:
        text = message(self.desk, name, language or self.state.language, **values)
        self.add(e.Replied(text, buttons, said=name))


def decide(
    desk: Desk, state: State, text: Message, understanding: Understanding, now: datetime
) -> tuple[e.Event, ...]:
    """A ``Decided``, and behind it the effects of what was admitted."""
    deciding = _Deciding(desk, state, text, now)
    if understanding.by == "nobody":
        deciding.say("model_failed", _offer(deciding))
        return _events(deciding, [])
    commands = understanding.readings[0].commands
    if _is_rather_an_answer(desk, state, text, understanding.readings[0]):
        commands = (_ANSWER,)
    elif unsure := _unsure(desk, state, understanding):
        deciding.say("clarify", _readings_as_buttons(deciding, unsure))
        return _events(deciding, [])
    outcomes: list[Admitted | Refused] = []
    for command in _in_order(commands):
        outcome = admit(desk, deciding.state, text, command, now)
        outcomes.append(outcome)
        if isinstance(outcome, Admitted):
            _EFFECTS[type(command)](deciding, command, outcome)
    _draw_values(deciding, state)
    _explain_refusals(deciding, outcomes)
    return _events(deciding, outcomes)


def _events(deciding: _Deciding, outcomes: list[Admitted | Refused]) -> tuple[e.Event, ...]:
    return (e.Decided(tuple(outcomes), deciding.question), *deciding.events)


def _in_order(commands: Iterable[Command]) -> list[Command]:
    """Of several requests in one message the first comes to lie on top of the stack."""
    groups: list[list[Command]] = [[]]
    for command in commands:
        if isinstance(command, Start):
            groups.append([])
        groups[-1].append(command)
    first, *started = groups
    return [*first, *(command for group in reversed(started) for command in group)]


# -- when the reading is unsure ---------------------------------------------------------------


def _is_rather_an_answer(desk: Desk, state: State, text: Message, best: Reading) -> bool:
    """Whether words that were asked for are taken as such, and not as a doubtful new request.

    A text can mention anything ("our train was cancelled"); what is made of it is shown before
    anything is done.
    """
    node, frame = waiting(desk, state), state.top
    if not isinstance(node, p.Collect) or frame is None or is_question(text.text):
        return False
    starts = any(isinstance(command, Start) for command in best.commands)
    slot = procedure_of(desk, frame).slots[node.slot]
    return slot.type == "text" and starts and best.confidence < _SURE_IN_BETWEEN


def _unsure(desk: Desk, state: State, understanding: Understanding) -> list[Reading]:
    """The readings to choose from, when the best one would start something on a guess."""
    best = understanding.readings[0]
    if best.confidence >= desk.act or not any(isinstance(c, Start) for c in best.commands):
        return []
    return list(understanding.readings[:_MOST_READINGS])


def _readings_as_buttons(deciding: _Deciding, readings: list[Reading]) -> tuple[e.Button, ...]:
    language = deciding.state.language
    buttons: dict[str, e.Button] = {}
    for reading in readings:
        for command in reading.commands:
            match command:
                case Start(procedure=name) if name in deciding.desk.procedures:
                    title = pick(deciding.desk.procedures[name].title, language)
                    buttons.setdefault(f"start:{name}", e.Button(title, f"start:{name}"))
                case Simple(verb="ask"):
                    label = message(deciding.desk, "a_question", language)
                    buttons.setdefault("ask", e.Button(label, "ask"))
    person = e.Button(message(deciding.desk, "a_person", language), "human")
    other = e.Button(message(deciding.desk, "something_else", language), "other")
    return (*buttons.values(), person, other)


def _offer(deciding: _Deciding) -> tuple[e.Button, ...]:
    return yes_no(deciding.desk, deciding.state.language, "human", "decline")


# -- effects ----------------------------------------------------------------------------------


def _start(deciding: _Deciding, command: Start, _outcome: Admitted) -> None:
    _open(deciding, command.procedure, deciding.message)


def _open(deciding: _Deciding, procedure: str, heard: Message) -> None:
    frame = f"f{deciding.state.frames + 1}"
    deciding.add(e.FrameOpened(frame, procedure), e.Heard(frame, heard.id, heard.text))


def _give(deciding: _Deciding, _command: Command, outcome: Admitted) -> None:
    """Fills what the value is for: a slot of the top frame or of its caller, or a choice."""
    frame = frame_with_slot(deciding.desk, deciding.state, outcome.slot) or deciding.state.top
    if frame is not None and outcome.filled is not None:
        _fill(deciding, frame, outcome.slot, outcome.filled)


def _fill(deciding: _Deciding, frame: Frame, slot: str, filled: Filled) -> None:
    """Fills the slot; a value that the procedure has gone past makes it run again."""
    while (top := deciding.state.top) is not None and top.id != frame.id:
        deciding.add(e.FrameClosed(top.id, "superseded"))
    frame = top or frame  # with what the closed ones wrote
    old = frame.slots.get(slot)
    if old is not None and old.value == filled.value:
        return
    deciding.add(e.SlotFilled(frame.id, slot, filled))
    if frame.node and not frame.written and not _is_for(deciding, frame, slot):
        deciding.add(e.Rewound(frame.id))


def _is_for(deciding: _Deciding, frame: Frame, slot: str) -> bool:
    """Whether the frame waits for just this value."""
    node = procedure_of(deciding.desk, frame).nodes[frame.node]
    match node:
        case p.Collect():
            return node.slot == slot
        case p.Choose():
            return node.name == slot
        case _:
            return False


def _cancel(deciding: _Deciding) -> None:
    wrote = False
    while (top := deciding.state.top) is not None:
        wrote = wrote or top.written > 0
        deciding.add(e.FrameClosed(top.id, "cancelled"))
        if not top.called:
            break
    deciding.say("cancelled_after_write" if wrote else "cancelled")


def _hand_over(deciding: _Deciding) -> None:
    deciding.say("handed_over")
    deciding.add(e.HandedOver("the customer asked for a person"))


def _unclear(deciding: _Deciding) -> None:
    deciding.say("not_understood")
    if not deciding.state.stack:
        deciding.say("offer", _offer(deciding))
    elif deciding.state.misunderstood >= _MOST_MISUNDERSTOOD:
        deciding.say("hint")


def _foreign(deciding: _Deciding, command: Foreign, _outcome: Admitted) -> None:
    """Says once which languages the desk speaks, in the customer's own where there are words."""
    theirs = command.language
    words = theirs if theirs in MESSAGES["other_language"] else deciding.state.language
    if not deciding.state.told_languages:
        names = {
            "of": name_of(theirs, words),
            "languages": languages_of(deciding.desk, words),
        }
        deciding.say("other_language", (), words, **names)
    elif deciding.state.stack:
        deciding.say("not_understood")
    if not deciding.state.stack:
        buttons = yes_no(deciding.desk, words, "human", "decline")
        deciding.say("offer", buttons, words)


def _simple(deciding: _Deciding, command: Simple, outcome: Admitted) -> None:
    match command.verb:
        case "answer":
            _give(deciding, command, outcome)
        case "cancel":
            _cancel(deciding)
        case "ask":
            deciding.question = deciding.message.text
        case "human":
            _hand_over(deciding)
        case "chat":
            deciding.say("chat_within" if deciding.state.stack else "chat")
        case "unclear":
            _unclear(deciding)


def _yes_no(deciding: _Deciding, command: YesNo, _outcome: Admitted) -> None:
    if command.answer == "hesitation":
        deciding.say("hesitation")
    elif deciding.state.offer:
        _answer_offer(deciding, yes=command.answer == "yes")
    else:
        _consent(deciding, command.answer == "yes", "words")


def _answer_offer(deciding: _Deciding, *, yes: bool) -> None:
    if yes:
        _hand_over(deciding)
    else:
        deciding.say("declined")


def _consent(deciding: _Deciding, yes: bool, by: Any) -> None:
    frame, node = deciding.state.top, waiting(deciding.desk, deciding.state)
    if frame is None or not isinstance(node, p.Confirm) or frame.consent_asked is None:
        return
    if yes:
        deciding.add(e.ConsentGiven(frame.id, frame.consent_asked, by))
        deciding.add(e.Moved(frame.id, node.yes))
    elif node.no:
        deciding.add(e.Moved(frame.id, node.no))
    else:
        _cancel(deciding)


def _press(deciding: _Deciding, command: Press, outcome: Admitted) -> None:
    kind, _, value = command.does.partition(":")
    match kind:
        case "yes" | "no":
            _consent(deciding, kind == "yes", "button")
        case "start":
            before = deciding.state.unclear or (deciding.message.id, "")
            _open(deciding, value, Message(*before))
        case "human":
            _hand_over(deciding)
        case "decline":
            deciding.say("declined")
        case "ask":
            _, deciding.question = deciding.state.unclear or ("", "")
        case "other":
            deciding.say("chat")
        case "pick" | "pick_all" | "option":
            _give(deciding, command, outcome)


_EFFECTS: Mapping[type, Callable[[_Deciding, Any, Admitted], None]] = {
    Start: _start,
    Set: _give,
    Choose: _give,
    Simple: _simple,
    YesNo: _yes_no,
    Foreign: _foreign,
    Press: _press,
}


# -- values that the message holds, and refusals that the customer should hear of ----------------


def _draw_values(deciding: _Deciding, before: State) -> None:
    """Fills typed slots of a new procedure from the message that started it.

    Only where nothing has to be guessed: as many values of a type as there are empty slots of that
    type, taken in order.
    """
    frame = deciding.state.top
    if frame is None or frame.node or frame.id in {old.id for old in before.stack}:
        return
    for _, text in frame.heard:
        _draw_from(deciding, frame.id, text)


def _draw_from(deciding: _Deciding, frame_id: str, text: str) -> None:
    frame = deciding.state.top
    if frame is None:
        return
    slots = procedure_of(deciding.desk, frame).slots
    used = [
        Mention(filled.origin.words, filled.origin.start, filled.origin.end, None)
        for filled in frame.slots.values()
        if isinstance(filled.origin, Said)
    ]
    by_type: dict[str, list[p.Slot]] = {}
    for slot in slots.values():
        if slot.name not in frame.slots and slot.type not in _NEVER_DRAWN:
            group = slot.name if slot.type in ("choice", "reference") else slot.type
            by_type.setdefault(group, []).append(slot)
    context = Context(deciding.now, deciding.state.language, deciding.desk.currency)
    message_id = frame.heard[-1][0]
    for empty in by_type.values():
        free = [m for m in find(empty[0], text, context) if not any(m.overlaps(u) for u in used)]
        if empty[0].type == "money":  # "for 3 nights" is no amount
            free = [m for m in free if re.search(r"[^\d.,\s]", m.words) and not m.words.isalpha()]
        if len(free) != len(empty):
            continue
        for slot, mention in zip(empty, free, strict=True):
            used.append(mention)
            origin = Said(message_id, mention.words, mention.start, mention.end)
            value = [mention.value] if slot.many else mention.value
            deciding.add(e.SlotFilled(frame_id, slot.name, Filled(value, origin)))


_REASONS = {
    "not signed in": "sign_in",
    "already done": "already_done",
    "stale": "stale",
}


def _explain_refusals(deciding: _Deciding, outcomes: list[Admitted | Refused]) -> None:
    """Says why, when nothing was let through."""
    if deciding.events or deciding.question:
        return
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if any(outcome.reason == "already under way" for outcome in refused):
        return  # its question is asked again
    for outcome in refused:
        if outcome.reason.startswith("absent: "):
            deciding.say("not_found", words=outcome.reason.removeprefix("absent: "))
            return
        if name := _REASONS.get(outcome.reason):
            deciding.say(name)
            return
    gave = [o for o in refused if isinstance(o.command, Set | Choose) or o.command == _ANSWER]
    if gave:
        deciding.say("not_a_value")
    elif not any(isinstance(outcome, Admitted) for outcome in outcomes):
        _unclear(deciding)
