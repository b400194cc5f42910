"""From a message to commands: by code or by the desk's examples where they are sure, else by the
model and the examples together."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from frontdesk.engine.ask import ask
from frontdesk.errors import ModelError
from frontdesk.intents.combine import VALUES, combine, in_the_middle, kind
from frontdesk.intents.intents import Intents
from frontdesk.languages.scripts import is_question, word_count
from frontdesk.ports import LanguageModel
from frontdesk.procedures.admit import Message, waiting
from frontdesk.procedures.given import Given
from frontdesk.procedures.legal import legal
from frontdesk.procedures.recognise import recognise
from frontdesk.procedures.scope import procedure_of
from frontdesk.prompts import understanding
from frontdesk.types import procedures as p
from frontdesk.types.commands import Reading, Set, Start, Understanding
from frontdesk.types.desk import Desk
from frontdesk.types.events import Understood
from frontdesk.types.legal import Legal
from frontdesk.types.state import State

log = logging.getLogger(__name__)

_SURE = 0.75
"""Probability from which the examples alone decide, where nothing is under way."""
_SURE_WITHIN = 0.9
"""The same in the middle of a procedure."""
_LEAST = 0.001
_SAME_AGAIN = 0.2
"""How likely a few words, said when something was finished, ask for the same again."""
_FEW_WORDS = 6
_LIKELY_A_VALUE = 0.5
"""Probability from which a message that gives no value must be one that gives a text anew."""


async def understand(
    model: LanguageModel,
    intents: Intents | None,
    desk: Desk,
    state: State,
    message: Message,
    now: datetime,
) -> Understood:
    """What the message means, with what finding it out cost.

    Args:
        model: what reads messages that neither code nor the examples are sure of.
        intents: what the desk's examples teach; without them the model decides alone.
        desk: the desk.
        state: where the conversation stands.
        message: the customer's message, or what a button does.
        now: the desk's clock.
    """
    started = time.perf_counter()
    found = recognise(desk, state, message, now)
    if found is None:
        try:
            found = await _read(model, intents, desk, state, message, now)
        except ModelError as error:
            log.error("the message was not understood: %s", error)
            found = Understanding("nobody", (), raw=str(error))
    return Understood(
        found,
        by=found.by,
        confidence=found.readings[0].confidence if found.readings else 0.0,
        model_calls=found.usage.calls,
        prompt_tokens=found.usage.prompt_tokens,
        largest_prompt=found.usage.largest(),
        cached_tokens=found.usage.cached_tokens,
        generated_tokens=found.usage.generated_tokens,
        milliseconds=(time.perf_counter() - started) * 1000,
    )


async def _read(
    model: LanguageModel,
    intents: Intents | None,
    desk: Desk,
    state: State,
    message: Message,
    now: datetime,
) -> Understanding:
    """What the message means where code can't tell."""
    allowed = legal(desk, state, understanding.clip(message.text), now)
    if intents is None:
        return await ask(model, desk, state, message.text, allowed)
    hint = await intents.hint(message.text, state.language)
    given = Given(desk, state, message, now, allowed, hint)
    sure = _surely(given)
    if sure is not None:
        found, written = Understanding("examples", combine(sure, ())), None
    else:
        asked = await ask(model, desk, state, message.text, allowed)
        written = asked.readings[0].commands[0]
        if state.stack:
            found = await _in_the_middle(model, given, asked)
        else:
            found = replace(asked, readings=combine(_lines_at_rest(given), asked.readings))
    best = found.readings[0].commands[0]
    if not isinstance(best, Start) or best.procedure not in allowed.starts:
        return found
    to_fill = given.to_fill(best.procedure) if best != written else None
    filling = await _values(model, given, State(), to_fill) if to_fill else None
    return _filled(given, found, filling)


def _surely(given: Given) -> Mapping[str, float] | None:
    """What the examples say, where they need no second opinion."""
    hint, state = given.hint, given.state
    if hint.several:
        return None
    if not state.stack:
        lines = _lines_at_rest(given)
        best = max(lines, key=lambda line: lines[line])
        return lines if lines[best] >= _SURE and best != "unclear" else None
    if _awaits_text(given):
        return None  # which can be anything
    line, probability = next(iter(hint.within.items()))
    leaves = in_the_middle({line: 1.0}, _under_way(state), {"set": 1.0})
    if probability < _SURE_WITHIN or line not in leaves or line == "unclear":
        return None
    return {line: probability}


def _awaits_text(given: Given) -> bool:
    node, frame = waiting(given.desk, given.state), given.state.top
    if frame is None or not isinstance(node, p.Collect):
        return False
    return procedure_of(given.desk, frame).slots[node.slot].type == "text"


def _under_way(state: State) -> set[str]:
    return {frame.procedure for frame in state.stack}


def _lines_at_rest(given: Given) -> Mapping[str, float]:
    """What the examples say, with nothing under way.

    A few words alone say less, and may go on with what was just finished.
    """
    lines, finished = given.hint.lines, f"start {given.state.finished}"
    if finished not in lines or word_count(given.message.text) > _FEW_WORDS:
        return lines
    roots = {line: math.sqrt(probability) for line, probability in lines.items()}
    roots[finished] += _SAME_AGAIN * sum(roots.values())
    total = sum(roots.values())
    return {line: root / total for line, root in roots.items()}


async def _in_the_middle(model: LanguageModel, given: Given, asked: Understanding) -> Understanding:
    """Both opinions, with the values that the message does give."""
    under_way = _under_way(given.state)
    others = [r for r in asked.readings if kind(r.commands[0]) not in VALUES]
    once = [replace(r, commands=given.each_once(r.commands)) for r in asked.readings]
    values = [r for r in once if kind(r.commands[0]) in VALUES and given.is_given(r.commands[0])]
    if not values and (by_code := given.by_code()):
        values = [Reading((by_code,), 0.0)]
    within = in_the_middle(given.hint.within, under_way, {"value": 1.0})
    if not values and within["value"] >= _LIKELY_A_VALUE and (again := given.to_rewrite()):
        rewritten = await _values(model, given, given.state, again)
        if rewritten:
            asked = replace(asked, usage=asked.usage + rewritten.usage)
            values = [r for r in rewritten.readings[:1] if given.passes(r.commands[0])]
    ways: dict[str, float] = {}
    for reading in values:
        way = kind(reading.commands[0])
        ways[way] = ways.get(way, 0.0) + reading.confidence + _LEAST
    nothing = "ask" if is_question(given.message.text) else "unclear"
    lines = in_the_middle(given.hint.within, under_way, ways or {nothing: 1.0})
    return replace(asked, readings=combine(lines, [*values, *others]))


async def _values(
    model: LanguageModel, given: Given, state: State, allowed: Legal
) -> Understanding | None:
    """The values in the message; without them the desk asks, so a model that fails costs little."""
    try:
        return await ask(model, given.desk, state, given.message.text, allowed)
    except ModelError as error:
        log.error("no values were read from the message: %s", error)
        return None


def _filled(given: Given, found: Understanding, filling: Understanding | None) -> Understanding:
    """With the values that a request for a procedure brings along.

    Options are the examples' matter, words the model's.
    """
    best, *others = found.readings
    start, *more = best.commands
    assert isinstance(start, Start)
    if filling:
        more = [one for one in filling.readings[0].commands if isinstance(one, Set)]
        raw = "\n".join(filter(None, (found.raw, filling.raw)))
        found = replace(found, usage=found.usage + filling.usage, raw=raw)
    slots = given.desk.procedures[start.procedure].slots
    options = given.hint.options.get(start.procedure, {})
    choices = {slot.name for slot in slots.values() if slot.type == "choice"}
    named = [one for one in more if not isinstance(one, Set) or one.slot not in choices]
    commands = (start, *(Set(*option) for option in options.items()), *named)
    return replace(found, readings=(replace(best, commands=commands), *others))
