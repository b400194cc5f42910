"""The command language as JSON, for engines that are constrained by a JSON schema alone.

An answer is ``{"c": [...]}``. A command without words of its own is a string
(``"start cancel_booking"``), one with words an object of one short key
(``{"set_reason": "my mother is ill"}``, ``{"choose": "the second one"}``): the keys of OpenAI's
strict mode have no spaces, and objects of one ``anyOf`` must not begin with the same key there.
The schema keeps to what that mode takes: the root is an object, every property is required, nothing
additional is allowed, and nothing counts characters or items.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json

from frontdesk.types.generation import Message
from frontdesk.types.legal import Legal, Words

_LIST = "c"
_LEAD = '{"c":['
_OPENS = re.compile(r'\s*\{\s*"c"\s*:\s*\[\s*')
_HOW = """

Write the commands as JSON, {"c": [...]}: each as a string, but `set SLOT VALUE` as \
{"set_SLOT": "VALUE"} and `choose WORDS` as {"choose": "WORDS"}."""


def schema(legal: Legal) -> dict[str, Any]:
    """The schema of what may be proposed."""
    items = [_with_words(f"set_{slot}", words) for slot, words in _slots(legal).items()]
    if legal.choose:
        items.append(_with_words("choose", Words(any_run=True)))
    if plain := _without_words(legal):
        items.insert(0, {"type": "string", "enum": plain})
    commands = {"type": "array", "items": items[0] if len(items) == 1 else {"anyOf": items}}
    return _object(_LIST, commands)


def _object(key: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: value},
        "required": [key],
        "additionalProperties": False,
    }


def _with_words(key: str, words: Words) -> dict[str, Any]:
    value: dict[str, Any] = {"type": "string"}
    if not words.any_run:
        value["enum"] = list(dict.fromkeys(words.literals))
    return _object(key, value)


def _slots(legal: Legal) -> dict[str, Words]:
    """The slots of all procedures: a schema can't say which belongs to which; ``admit`` does."""
    found = dict(legal.sets)
    for slots in legal.starts.values():
        for slot, words in slots.items():
            known = found.get(slot, Words())
            literals = (*known.literals, *words.literals)
            found[slot] = Words(literals, known.any_run or words.any_run)
    return {slot: words for slot, words in found.items() if words.any_run or words.literals}


def _without_words(legal: Legal) -> list[str]:
    commands = [f"start {name}" for name in legal.starts]
    commands += ["answer"] if legal.answer else []
    commands += ["cancel"] if legal.cancel else []
    return [*commands, *(("ask", "human", "chat", "unclear") if legal.talk else ())]


# -- between lines and JSON -------------------------------------------------------------------


def lines(text: str) -> str:
    """The answer as lines of the command language, as far as it goes when it was cut off."""
    try:
        answer = from_json(text, allow_partial=True)
    except ValueError:
        return text
    commands = answer.get(_LIST) if isinstance(answer, dict) else None
    return "\n".join(map(_line, commands)) if isinstance(commands, list) else ""


def _line(command: object) -> str:
    if isinstance(command, str):
        return " ".join(command.split())
    if not isinstance(command, Mapping) or len(command) != 1:
        return ""
    ((key, words),) = command.items()
    slot = str(key).removeprefix("set_")
    return f"{f'set {slot}' if slot != key else key} {' '.join(str(words).split())}"


def written(line: str) -> str:
    """A line, or the beginning of one that still lacks its words, as it begins within the list."""
    verb, _, rest = line.partition(" ")
    if verb == "set":
        slot, _, words = rest.partition(" ")
        return f'{{"set_{slot}":{_closed(words)}'
    if verb == "choose":
        return f'{{"choose":{_closed(rest)}'
    return json.dumps(line, ensure_ascii=False)


def _closed(words: str) -> str:
    return f"{json.dumps(words, ensure_ascii=False)}}}" if words else ""


def position(text: str) -> str | None:
    """What is written of the first command; ``None`` when it can't become an answer."""
    if found := _OPENS.match(text):
        return re.sub(r"^\{\s+", "{", text[found.end() :])
    return "" if _LEAD.startswith(re.sub(r"\s", "", text)) else None


def rewritten(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with JSON in the place of the command language, and a word about it."""
    return tuple(
        Message(message.role, _answer(message.content))
        if message.role == "assistant"
        else Message(message.role, message.content + _HOW * (message.role == "system"))
        for message in messages
    )


def _answer(commands: str) -> str:
    return f"{_LEAD}{','.join(map(written, commands.splitlines()))}]}}"
