"""Asks the language model what a message means."""

from __future__ import annotations

import logging

from frontdesk.errors import EngineDied
from frontdesk.ports import LanguageModel
from frontdesk.procedures.admit import waiting
from frontdesk.prompts import json_form, understanding
from frontdesk.prompts.commands import readings
from frontdesk.prompts.constraint import constraint
from frontdesk.types import procedures as p
from frontdesk.types.commands import Understanding
from frontdesk.types.desk import Desk
from frontdesk.types.generation import Completion, Generation
from frontdesk.types.legal import Legal
from frontdesk.types.state import State

log = logging.getLogger(__name__)

_MOST_TOKENS = 96
_ALTERNATIVES = 10


async def ask(
    model: LanguageModel, desk: Desk, state: State, text: str, allowed: Legal
) -> Understanding:
    """The model's readings of the message; raises :class:`~frontdesk.errors.ModelError`."""
    completion = await _generate(model, request(desk, state, text, allowed))
    in_json = completion.form == "json"
    lines = json_form.lines(completion.text) if in_json else completion.text
    found = readings(lines, completion.tokens, allowed, in_json=in_json)
    return Understanding("model", found, completion.usage, lines)


def request(desk: Desk, state: State, text: str, allowed: Legal) -> Generation:
    """What the model is asked for a message."""
    clipped = understanding.clip(text)
    turn = understanding.turn(*_where(desk, state), clipped)
    messages = (*understanding.prefix(desk), turn)
    return Generation(
        messages=messages,
        in_json=json_form.rewritten(messages),
        max_tokens=_MOST_TOKENS,
        constraint=constraint(allowed, clipped),
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


async def _generate(model: LanguageModel, asked: Generation) -> Completion:
    """The answer; once more when the engine died over it."""
    try:
        return await model.generate(asked)
    except EngineDied as error:
        log.warning("%s; trying once more", error)
        return await model.generate(asked)
