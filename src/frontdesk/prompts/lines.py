"""The command language of one turn as a regular expression, and in GBNF.

The same lines as in `frontdesk.prompts.grammar`, for engines that don't take llguidance's dialect.
These forms can't say "a run of the message's words", so such a value is any text up to the end of
the line; ``admit`` refuses what the message doesn't hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from frontdesk.types.legal import Legal, Words

MOST_SETS = 4
LONGEST = 200
"""Characters of a free value. A message is clipped to fewer."""


@dataclass(frozen=True)
class _Notation:
    """How a form writes down what several forms have in common."""

    literal: Callable[[str], str]
    free: str
    """Any text within a line."""
    between: str
    """Stands between what follows each other."""
    group: str
    """Opens a group; ``)`` closes it."""

    def row(self, *parts: str) -> str:
        return self.between.join(filter(None, parts))

    def either(self, ways: Sequence[str]) -> str:
        return f"{self.group}{'|'.join(ways)})"

    def times(self, part: str, least: int, most: int) -> str:
        return f"{self.group}{part}){{{least},{most}}}"


def _escaped(text: str) -> str:
    """As engines' own regular expressions read it; Python's escape marks more than they know."""
    marked = "".join(f"\\{char}" if char in r"\.^$*+?()[]{}|" else char for char in text)
    return marked.replace("\n", r"\n").replace("\t", r"\t")


def _quoted(text: str) -> str:
    return f'"{"".join(map(_in_quotes, text))}"'


def _in_quotes(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08X}"


_REGEX = _Notation(_escaped, rf"[^\n]{{1,{LONGEST}}}", "", "(?:")
# Without a bound: GBNF unrolls repetitions. The answer's length is bounded by its tokens.
_GBNF = _Notation(_quoted, r"[^\n]+", " ", "(")


def regex(legal: Legal) -> str:
    """The regular expression of what may be proposed."""
    return _answer(legal, _REGEX)


def gbnf(legal: Legal) -> str:
    """The grammar of what may be proposed, in the notation of llama.cpp and XGrammar."""
    return f"root ::= {_answer(legal, _GBNF)}"


def _answer(legal: Legal, form: _Notation) -> str:
    requests = [
        form.row(form.literal(f"start {name}"), _more_sets(slots, legal.least, form))
        for name, slots in legal.starts.items()
    ]
    others = _others(legal, form)
    if requests and others:
        request = form.either(requests)
        one_more = form.times(form.row(form.literal("\n"), request), 0, 1)
        return form.row(form.either([request, *others]), one_more)
    return form.either(requests or others)


def _others(legal: Legal, form: _Notation) -> list[str]:
    words = ["ask", "human", "chat", "unclear"] if legal.talk else []
    words += ["answer"] if legal.answer else []
    words += ["cancel"] if legal.cancel else []
    ways = [form.literal(word) for word in words]
    if legal.sets:
        first = form.row(form.literal("set "), _assignment(legal.sets, form))
        ways.append(form.row(first, _more_sets(legal.sets, 0, form)))
    if legal.choose:
        ways.append(form.row(form.literal("choose "), form.free))
    return ways


def _more_sets(slots: Mapping[str, Words], least: int, form: _Notation) -> str:
    if not slots:
        return ""
    line = form.row(form.literal("\nset "), _assignment(slots, form))
    return form.times(line, least, min(MOST_SETS, len(slots)))


def _assignment(slots: Mapping[str, Words], form: _Notation) -> str:
    return form.either(
        [
            form.row(form.literal(f"{slot} "), form.either(_values(words, form)))
            for slot, words in slots.items()
        ]
    )


def _values(words: Words, form: _Notation) -> list[str]:
    free = [form.free] if words.any_run else []
    return [*map(form.literal, words.literals), *free]
