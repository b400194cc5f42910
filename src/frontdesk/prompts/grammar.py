"""The command language as a grammar for one turn, in llguidance's Lark dialect.

Typed values are offered as literals, free text as runs of the message's own words, so a model that
is held to the grammar can't invent a value. ``admit`` checks the same again for every engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from frontdesk.languages.scripts import is_spaceless
from frontdesk.types.legal import Legal, Words

_MOST_SETS = 4
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?:] ))[A-Z](?=[a-z])")


def compile_grammar(legal: Legal, message: str) -> str:
    """The grammar of what may be proposed for the message."""
    rules: dict[str, str] = {}
    starts: list[str] = []
    firsts = ['"ask"', '"human"', '"chat"', '"unclear"'] if legal.talk else []
    needs_run = False
    for procedure, slots in legal.starts.items():
        sets = _sets(f"set_{procedure}", slots, rules, legal.least)
        needs_run = needs_run or any(words.any_run for words in slots.values())
        starts.append(f'"start {procedure}"{sets}')
    if legal.sets:
        needs_run = needs_run or any(words.any_run for words in legal.sets.values())
        more = _sets("set_here", legal.sets, rules, 0)
        firsts.append(f'"set " set_here{more}')
    if legal.answer:
        firsts.append('"answer"')
    if legal.choose:
        needs_run = True
        firsts.append('"choose " RUN')
    if legal.cancel:
        firsts.append('"cancel"')
    kinds = [kind for kind, ways in (("request", starts), ("other", firsts)) if ways]
    # What follows a first command can only be one more request.
    more = ' ("\\n" request)?' if starts and firsts else ""
    lines = [
        "%llguidance {}",
        "start: " + (f"({' | '.join(kinds)}){more}" if more else kinds[0]),
        *([f"request: {' | '.join(starts)}"] if starts else []),
        *([f"other: {' | '.join(firsts)}"] if firsts else []),
        *(f"{name}: {rule}" for name, rule in rules.items()),
    ]
    if needs_run:
        kind = "substring_chars" if is_spaceless(message) else "substring_words"
        said, lower = (
            f"%regex {json.dumps({kind: text or '-'}, ensure_ascii=False)}"
            for text in (message, _uncapitalised(message))
        )
        if said == lower:
            lines.append(f"RUN: {said}")
        else:
            lines += ["RUN: AS_SAID | LOWER", f"AS_SAID: {said}", f"LOWER: {lower}"]
    return "\n".join(lines)


def _uncapitalised(message: str) -> str:
    """The message with its sentences begun in lower case, as a value would be written."""
    return _SENTENCE_START.sub(lambda found: found.group().lower(), message)


def _sets(name: str, slots: Mapping[str, Words], rules: dict[str, str], least: int) -> str:
    """A rule for one assignment; what to append to a command that several may follow."""
    choices = []
    for slot, words in slots.items():
        values = [json.dumps(literal, ensure_ascii=False) for literal in words.literals]
        values += ["RUN"] if words.any_run else []
        choices.append(f'"{slot} " ({" | ".join(values)})')
    if not choices:
        return ""
    rules[name] = " | ".join(choices)
    return f' ("\\nset " {name}){{{least},{min(_MOST_SETS, len(choices))}}}'
