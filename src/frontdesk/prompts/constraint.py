"""What may be proposed in a turn, in every form that an engine may take."""

from __future__ import annotations

from frontdesk.prompts import json_form, lines
from frontdesk.prompts.grammar import compile_grammar
from frontdesk.types.generation import Constraint
from frontdesk.types.legal import Legal


def constraint(legal: Legal, message: str) -> Constraint:
    """The constraint on an answer to the message."""
    return Constraint(
        lark=compile_grammar(legal, message),
        gbnf=lines.gbnf(legal),
        regex=lines.regex(legal),
        schema=json_form.schema(legal),
    )
