"""What is asked of a language model, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Form = Literal["lark", "gbnf", "regex", "json", "none"]
"""How an answer is constrained: by a grammar in llguidance's Lark dialect or in llama.cpp's GBNF,
by a regular expression, by a JSON schema, or not at all."""

Dialect = Literal["vllm", "sglang", "llama-server", "ollama", "openai"]
"""What an engine that runs elsewhere understands beyond the OpenAI chat protocol."""

FORMS: Mapping[Dialect, tuple[Form, ...]] = {
    "vllm": ("regex", "lark", "gbnf", "json", "none"),
    "sglang": ("regex", "gbnf", "json", "none"),
    "llama-server": ("gbnf", "lark", "json", "none"),
    "ollama": ("json", "none"),
    "openai": ("json", "none"),
}
"""The constraints that the engines of a dialect take, the one that serves best first."""


@dataclass(frozen=True)
class Message:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Constraint:
    """What an answer may be, written in the forms that engines take; each engine takes one.

    All of them say the same, as far as the form can. An engine that takes none of those given, or
    none at all, answers freely.
    """

    lark: str | None = None
    gbnf: str | None = None
    regex: str | None = None
    schema: Mapping[str, Any] | None = None
    """A JSON schema whose answer `frontdesk.prompts.json_form` turns into lines."""


@dataclass(frozen=True)
class Generation:
    """A request to a language model; decoding is greedy."""

    messages: tuple[Message, ...]
    max_tokens: int = 64
    constraint: Constraint | None = None
    in_json: tuple[Message, ...] = ()
    """The messages for an engine that answers in JSON; empty if they are the same."""
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
    form: Form = "none"
    """The form in which the answer was asked for; only of ``json`` the text needs translating."""


@dataclass(frozen=True)
class Piece:
    """A part of a streamed answer."""

    text: str
    usage: Usage | None = None
    """On the last piece alone."""
