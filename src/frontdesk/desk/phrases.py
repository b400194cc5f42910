"""What is wrong with the phrases that always start a procedure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from frontdesk.desk.compile import Compiled
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.procedures.phrases import plain


def phrase_problems(compiled: Iterable[Compiled]) -> Iterator[Problem]:
    """Phrases of nothing, phrases that stand twice, and those that can start nothing."""
    known: dict[str, str] = {}
    for one in compiled:
        procedure = one.procedure
        if procedure.internal and procedure.always:
            text = "an internal procedure can't be started by what a customer says"
            fix = "Remove `always` or `internal`."
            yield one.located.problem(("always",), Kind.PHRASE_OF_INTERNAL, text, fix)
        for index, phrase in enumerate(procedure.always):
            words = plain(phrase)
            if not any(map(str.isalpha, words)):
                text, fix = f"the phrase {phrase!r} has no letter", "Write words."
                kind = Kind.PHRASE_WITHOUT_LETTER
                yield one.located.problem(("always", index), kind, text, fix)
            elif words in known:
                text = f"the phrase {phrase!r} always starts {known[words]} already"
                fix = "Keep it in one procedure, once; case and apostrophes don't count."
                yield one.located.problem(("always", index), Kind.PHRASE_TWICE, text, fix)
            known.setdefault(words, procedure.name)
