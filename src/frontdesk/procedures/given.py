"""Which values a message gives: checked where the model proposes them, found where it doesn't."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from frontdesk.languages.scripts import word_count
from frontdesk.procedures.admit import Message, admit, frame_with_slot, waiting
from frontdesk.procedures.mentions import Context, find, is_filler
from frontdesk.procedures.scope import procedure_of
from frontdesk.types.commands import Admitted, Choose, Command, Refused, Set, Simple
from frontdesk.types.desk import Desk
from frontdesk.types.hint import Hint
from frontdesk.types.legal import Legal
from frontdesk.types.procedures import Collect, Slot
from frontdesk.types.state import State
from frontdesk.types.values import Said, Value

_LIKELY = 0.25
"""Probability from which the words of a whole message may be a text that nobody asked for."""
_SURELY = 0.7
"""Probability from which a message surely holds the words for a text."""
_HARDLY = 0.2
"""Probability up to which it is taken to hold none."""
_LONG = 15
"""Words from which a request tells more than what it is for."""
_WORTH_SAYING = ("absent: ", "already done")
"""Why a value was refused that the customer should hear of."""


@dataclass(frozen=True)
class Given:
    """The values of one message in one state."""

    desk: Desk
    state: State
    message: Message
    now: datetime
    allowed: Legal
    hint: Hint

    def is_given(self, command: Command) -> bool:
        """Whether the value or choice passes the gate, and the words do give it."""
        if not isinstance(command, Set | Choose) and command != Simple("answer"):
            return True
        outcome = admit(self.desk, self.state, self.message, command, self.now)
        if isinstance(outcome, Refused):
            return outcome.reason.startswith(_WORTH_SAYING)
        return not self._is_far_fetched(command, outcome)

    def passes(self, command: Command) -> bool:
        """Whether the gate would let the value or choice through."""
        outcome = admit(self.desk, self.state, self.message, command, self.now)
        return isinstance(outcome, Admitted)

    def each_once(self, commands: Sequence[Command]) -> tuple[Command, ...]:
        """Without giving one value to two slots: of those it goes to the one that it is nearest to.

        "Home on the 22nd instead" corrects the departure on the 20th, not the arrival on the 18th.
        """
        kept: dict[str | int, Command] = {}
        for number, command in enumerate(commands):
            key = command.words.casefold() if isinstance(command, Set) else number
            if key not in kept or self._distance(command) < self._distance(kept[key]):
                kept[key] = command
        return tuple(kept.values())

    def _distance(self, command: Command) -> float:
        """How far a value lies from the one that it would replace, in days or units."""
        outcome = admit(self.desk, self.state, self.message, command, self.now)
        if not isinstance(outcome, Admitted) or outcome.filled is None:
            return math.inf
        frame = frame_with_slot(self.desk, self.state, outcome.slot)
        old = frame.slots.get(outcome.slot) if frame else None
        before, after = old.value if old else None, outcome.filled.value
        if isinstance(before, date) and type(before) is type(after):
            return abs((after - before) / timedelta(days=1))
        if isinstance(before, int | Decimal) and type(before) is type(after):
            return abs(float(after - before))
        return math.inf

    def by_code(self) -> Command | None:
        """A value that the message holds, found without a model."""
        typed: list[Command] = [
            Set(slot, words.literals[0])
            for slot, words in self.allowed.sets.items()
            if len(words.literals) == 1
        ]
        ways = [
            *([Simple("answer")] if self.allowed.answer else []),
            *(typed if len(typed) == 1 else []),
            *self._rewritten(),
            *([Choose(self.message.text)] if self.allowed.choose else []),
            *self._likely_option(),
        ]
        return next(filter(self.is_given, ways), None)

    def to_rewrite(self) -> Legal | None:
        """The texts given before, which the message may give anew in words a model must find."""
        frame, sets = self.state.top, self.allowed.sets
        texts = {
            name: words
            for name, words in sets.items()
            if words.any_run and frame is not None and name in frame.slots
        }
        return Legal(sets=texts, talk=False) if texts else None

    def to_fill(self, procedure: str) -> Legal | None:
        """What only a model can fill in when this procedure starts.

        That is texts, and values that several slots could hold; ``None`` when there is nothing.
        """
        slots = self.desk.procedures[procedure].slots
        words = self.allowed.starts[procedure]
        texts = self.hint.texts.get(procedure, {})
        alike = Counter(slot.type for slot in slots.values())
        is_open = any(
            0 < len(one.literals) < alike[slots[name].type]
            for name, one in words.items()
            if slots[name].type != "choice"
        )
        words = {
            name: one
            for name, one in words.items()
            if not one.any_run or texts.get(name, 1.0) > _HARDLY
        }
        named = [name for name, one in words.items() if one.any_run]
        if not is_open and not named:
            return None
        is_long = word_count(self.message.text) >= _LONG
        surely = is_open or any(
            texts.get(name, float(is_long and not slots[name].optional)) >= _SURELY
            for name in named
        )
        if surely:
            words = {name: one for name, one in words.items() if slots[name].type != "choice"}
        return Legal(starts={procedure: words}, talk=False, least=int(surely))

    def _is_far_fetched(self, command: Command, outcome: Admitted) -> bool:
        """Whether a value that nobody asked for is no news, or is in words that hardly give it."""
        frame = frame_with_slot(self.desk, self.state, outcome.slot) or self.state.top
        if frame is None or outcome.filled is None or self._asked() == outcome.slot:
            return False
        old = frame.slots.get(outcome.slot)
        if old is not None and old.value == outcome.filled.value:
            return True
        if not isinstance(command, Set):
            return False
        slot = procedure_of(self.desk, frame).slots[command.slot]
        if slot.type == "text":
            origin = outcome.filled.origin
            said = origin.words if isinstance(origin, Said) else ""
            likely = self.hint.within.get(f"answer {slot.name}", 0.0) >= _LIKELY
            return not likely and is_filler(self.message.text.replace(said, " "))
        if slot.type == "choice" and not self._named(slot, outcome.filled.value):
            return self.hint.options.get(frame.procedure, {}).get(slot.name) != command.words
        return False

    def _asked(self) -> str:
        node = waiting(self.desk, self.state)
        return node.slot if isinstance(node, Collect) else ""

    def _named(self, slot: Slot, value: Value) -> bool:
        """Whether the message names this option and no other."""
        context = Context(self.now, self.state.language, self.desk.currency)
        named = [mention.value for mention in find(slot, self.message.text, context)]
        values = value if isinstance(value, list) else [value]
        return bool(named) and all(one in values for one in named)

    def _likely_option(self) -> list[Command]:
        """The option that the examples find in the message, where one is asked for."""
        slot, frame = self._asked(), self.state.top
        option = self.hint.options.get(frame.procedure, {}).get(slot) if frame else None
        return [Set(slot, option)] if option else []

    def _rewritten(self) -> list[Command]:
        """A text that was given before, and is given anew behind a colon."""
        frame, text = self.state.top, self.message.text
        if frame is None or ": " not in text:
            return []
        texts = [name for name, words in self.allowed.sets.items() if words.any_run]
        return [Set(name, text) for name in texts if name in frame.slots]
