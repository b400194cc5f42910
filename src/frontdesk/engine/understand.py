"""From a message to commands: by code where code can be sure, else by the model."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime

from frontdesk.errors import EngineDied, ModelError
from frontdesk.ports import LanguageModel
from frontdesk.procedures.admit import Message, waiting
from frontdesk.procedures.legal import legal
from frontdesk.procedures.recognise import recognise
from frontdesk.prompts import grammar, understanding
from frontdesk.prompts.commands import readings
from frontdesk.types import procedures as p
from frontdesk.types.commands import Reading, Start, Understanding
from frontdesk.types.desk import Desk
from frontdesk.types.events import Understood
from frontdesk.types.generation import Completion, Generation
from frontdesk.types.legal import Legal
from frontdesk.types.state import State

log = logging.getLogger(__name__)

_MOST_TOKENS = 96
_ALTERNATIVES = 10


async def understand(
    model: LanguageModel, desk: Desk, state: State, message: Message, now: datetime
) -> Understood:
    """What the message means, with what finding it out cost."""
    started = time.perf_counter()
    found = recognise(desk, state, message, now)
    if found is None:
        found = await _by_model(model, desk, state, message, now)
    return Understood(
        found,
        by=found.by,
        confidence=found.readings[0].confidence if found.readings else 0.0,
        prompt_tokens=found.usage.prompt_tokens,
        cached_tokens=found.usage.cached_tokens,
        generated_tokens=found.usage.generated_tokens,
        milliseconds=(time.perf_counter() - started) * 1000,
    )


def request(desk: Desk, state: State, text: str, allowed: Legal) -> Generation:
    """What the model is asked for a message."""
    clipped = understanding.clip(text)
    turn = understanding.turn(*_where(desk, state), clipped)
    return Generation(
        messages=(*understanding.prefix(desk), turn),
        max_tokens=_MOST_TOKENS,
        grammar=grammar.compile_grammar(allowed, clipped),
        logprobs=_ALTERNATIVES,
    )


def _where(desk: Desk, state: State) -> tuple[str, str]:
    """The procedure under way, and what the customer was asked for."""
    if state.top is None:
        return (f"after {state.finished}", "") if state.finished else ("", "")
    match waiting(desk, state):
        case p.Collect(slot=slot):
            asked = slot
        case p.Choose(name=name):
            asked = f"which {name}"
        case p.Confirm():
            asked = "yes or no"
        case _:
            asked = ""
    return state.top.procedure, asked


async def _by_model(
    model: LanguageModel, desk: Desk, state: State, message: Message, now: datetime
) -> Understanding:
    try:
        found = await _ask(model, desk, state, message, now)
        first = found.readings[0].commands[0]
        if state.stack and isinstance(first, Start):
            # Which procedure is meant is best understood without the one under way.
            alone = await _ask(model, desk, replace(state, stack=(), finished=""), message, now)
            found = _second_opinion(found, alone, {frame.procedure for frame in state.stack})
    except ModelError as error:
        log.error("the message was not understood: %s", error)
        return Understanding("nobody", (), raw=str(error))
    return found


async def _ask(
    model: LanguageModel, desk: Desk, state: State, message: Message, now: datetime
) -> Understanding:
    allowed = legal(desk, state, understanding.clip(message.text), now)
    completion = await _generate(model, request(desk, state, message.text, allowed))
    found = readings(completion.text, completion.tokens, allowed)
    return Understanding("model", found, completion.usage, completion.text)


def _second_opinion(
    found: Understanding, alone: Understanding, under_way: set[str]
) -> Understanding:
    """The new request as it is understood alone; within, only how likely it is one counts."""
    usage, best = found.usage + alone.usage, alone.readings[0]
    start = best.commands[0]
    if not isinstance(start, Start) or start.procedure in under_way:
        return replace(found, usage=usage)
    is_new = sum(r.confidence for r in found.readings if isinstance(r.commands[0], Start))
    confidence = min(1.0, is_new) * best.confidence
    readings = (Reading(best.commands, confidence), *alone.readings[1:])
    return Understanding("model", readings, usage, f"{found.raw}\n{alone.raw}")


async def _generate(model: LanguageModel, asked: Generation) -> Completion:
    """The answer; once more when the engine died over it."""
    try:
        return await model.generate(asked)
    except EngineDied as error:
        log.warning("%s; trying once more", error)
        return await model.generate(asked)
