"""Examples that find anything in any message, drawn by Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from frontdesk.intents.intents import Intents
from frontdesk.types.desk import Desk
from frontdesk.types.hint import Hint

TALK = ("ask", "human", "chat", "unclear", "cancel", "start nothing", "start verify_contact")
WITHIN = (*TALK, "correct", "agree", "answer reason", "answer message", "answer nothing")


class DrawnIntents(Intents):
    """Stands in for the classifiers; sure and unsure, right and wrong."""

    def __init__(self, desk: Desk, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self._starts = [f"start {name}" for name in desk.procedures]
        self._choices = [
            (procedure.name, slot.name, option.name)
            for procedure in desk.procedures.values()
            for slot in procedure.slots.values()
            for option in slot.options
        ]
        self._texts = [
            (procedure.name, slot.name)
            for procedure in desk.procedures.values()
            for slot in procedure.slots.values()
            if slot.type == "text"
        ]

    async def hint(self, text: str, language: str = "") -> Hint:
        """Anything, drawn."""
        options: dict[str, dict[str, str]] = {}
        for procedure, slot, option in self._some(self._choices):
            options.setdefault(procedure, {})[slot] = option
        texts: dict[str, dict[str, float]] = {}
        for procedure, slot in self._some(self._texts):
            texts.setdefault(procedure, {})[slot] = self._draw(st.floats(0, 1))
        several = self._draw(st.booleans())
        return Hint(self._lines(TALK), self._lines(WITHIN), options, texts, several)

    def _some(self, known: list[Any]) -> list[Any]:
        chosen: list[Any] = self._draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
        return chosen

    def _lines(self, talk: tuple[str, ...]) -> dict[str, float]:
        lines = st.sampled_from([*self._starts, *talk])
        found = self._draw(st.lists(lines, min_size=1, max_size=4, unique=True))
        first = self._draw(st.sampled_from((0.3, 0.8, 0.95, 1.0)))
        shares = [first, *([(1 - first) / max(len(found) - 1, 1)] * (len(found) - 1))]
        return dict(sorted(zip(found, shares, strict=True), key=lambda one: -one[1]))
