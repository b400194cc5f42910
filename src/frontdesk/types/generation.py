"""What is asked of a language model, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Message:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Generation:
    """A request to a language model; decoding is greedy."""

    messages: tuple[Message, ...]
    max_tokens: int = 64
    grammar: str | None = None
    """A grammar that the answer must follow, in llguidance's Lark dialect; engines that can't be
    constrained ignore it."""
    stop: tuple[str, ...] = ()
    logprobs: int = 0
    """How many alternatives to report for each token; 0 for none."""
    timeout_s: float = 30.0


@dataclass(frozen=True)
class Alternative:
    """A token that could have stood at this place."""

    text: str
    logprob: float
    """Natural logarithm of its probability before the grammar masks anything."""


@dataclass(frozen=True)
class Token:
    """A generated token and the most likely alternatives at its place, best first."""

    text: str
    logprob: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What a request cost."""

    prompt_tokens: int = 0
    """Prompt tokens evaluated for this request."""
    cached_tokens: int = 0
    """Prompt tokens taken from the cache."""
    generated_tokens: int = 0
    milliseconds: float = 0.0
    """From sending the request to the end of the answer."""
    calls: int = 1
    largest_prompt: int = 0
    """Of several calls: prompt tokens evaluated for the one that needed most."""

    def __add__(self, other: Usage) -> Usage:
        """The cost of both together."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.generated_tokens + other.generated_tokens,
            self.milliseconds + other.milliseconds,
            self.calls + other.calls,
            max(self.largest(), other.largest()),
        )

    def largest(self) -> int:
        """Prompt tokens evaluated for the call that needed most."""
        return max(self.largest_prompt, self.prompt_tokens if self.calls == 1 else 0)


NOTHING = Usage(calls=0)
"""No request was made."""


@dataclass(frozen=True)
class Completion:
    """A whole answer."""

    text: str
    usage: Usage = Usage()
    tokens: tuple[Token, ...] = ()
    finish: Literal["stop", "length"] = "stop"


@dataclass(frozen=True)
class Piece:
    """A part of a streamed answer."""

    text: str
    usage: Usage | None = None
    """On the last piece alone."""
