"""How fast a model reads and writes here, and what a turn takes by that.

On a processor a turn with the model costs its new prompt tokens, then the tokens that it writes,
and little else. How many those are was measured with `frontdesk bench turn desks/harbor-stays`
(see docs/choosing-a-model.md); the rates are measured here, on the engine that would serve.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.errors import ModelError
from frontdesk.ports import LanguageModel
from frontdesk.types.generation import Constraint, Generation, Message

TURN_PROMPT_TOKENS = 22
"""New prompt tokens of a turn that needs the model, the median."""
LONG_TURN_PROMPT_TOKENS = 65
"""The same at the 95th percentile."""
TURN_GENERATED_TOKENS = 12
TURNS_WITH_MODEL = 73 / 189
"""Of all turns; code and the desk's examples understand the others."""
SECONDS_BETWEEN_MESSAGES = 30.0
"""From one message of a customer who is writing to the next: assumed, not measured."""
BUSY_AT_MOST = 0.7
"""Share of the time: a queue in front of an engine that is busier grows long."""

_WRITTEN_TOKENS = 32
_TIMEOUT_S = 180.0
_DIGITS = Constraint(lark="start: /([0-9] ){64}/")
"""Makes an answer that doesn't end early, written under a grammar as a desk's answers are."""
_TEXT = "The guest wrote that the flat was cold and that nobody came to look at the heating. " * 12


@dataclass(frozen=True)
class Speed:
    """Tokens a second."""

    prompt: float
    generated: float
    measured: bool = True
    """Else estimated from another model's."""

    @property
    def turn_s(self) -> float:
        """Seconds of a turn that needs the model, in the median."""
        return TURN_PROMPT_TOKENS / self.prompt + TURN_GENERATED_TOKENS / self.generated

    @property
    def long_turn_s(self) -> float:
        """Seconds of one with a prompt that is longer than 95 in 100."""
        return LONG_TURN_PROMPT_TOKENS / self.prompt + TURN_GENERATED_TOKENS / self.generated

    @property
    def conversations(self) -> int:
        """Customers who can write at the same time."""
        engine_s = TURNS_WITH_MODEL * self.turn_s
        return int(BUSY_AT_MOST * SECONDS_BETWEEN_MESSAGES / engine_s)

    def prefix_s(self, tokens: int) -> float:
        """Seconds to compute a desk's prefix of so many tokens, once."""
        return tokens / self.prompt

    def scaled(self, size: int, other: int) -> Speed:
        """An estimate for a file of ``other`` bytes, from this one of ``size``: all weights are
        read for each token, so twice the bytes take twice the time."""
        return Speed(self.prompt * size / other, self.generated * size / other, measured=False)


async def measure(model: LanguageModel) -> Speed:
    """Measures a model that is open; takes some seconds beside the start of its engine.

    Raises:
        ModelError: it doesn't start or answer.
    """
    await model.generate(_request("Hello", 1))  # Starts the engine, and touches all weights.
    # A number first, so that no cache knows the text; the second time all of it is known.
    text = f"{secrets.randbelow(10**9)} {_TEXT}"
    read = (await model.generate(_request(text, 1))).usage
    written = (await model.generate(_request(text, _WRITTEN_TOKENS))).usage
    if not (read.prompt_tokens and written.generated_tokens > 1):
        raise ModelError(f"{model.name} gave no text to measure.")
    prompt = read.prompt_tokens / read.milliseconds * 1000
    reading_ms = written.prompt_tokens / prompt * 1000
    writing_ms = max(written.milliseconds - reading_ms, 1.0)
    return Speed(prompt, written.generated_tokens / writing_ms * 1000)


def _request(text: str, tokens: int) -> Generation:
    messages: Sequence[Message] = (Message("user", text),)
    return Generation(tuple(messages), tokens, _DIGITS, timeout_s=_TIMEOUT_S)
