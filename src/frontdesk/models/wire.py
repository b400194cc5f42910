"""The OpenAI chat protocol: requests out of our values, our values out of answers. No I/O.

About log-probabilities, measured with llama.cpp (xllamacpp 2026.10) at temperature 0: with
``post_sampling_probs`` false they are what the port promises. Each token, forced by a grammar or
not, comes with its log-probability over the whole vocabulary before the grammar masks anything,
and so do the alternatives; asking costs about a millisecond a token. With ``post_sampling_probs``
true everything is 1, because greedy sampling leaves one candidate. Three things to know:

- An alternative need not be allowed by the grammar. For a choice among literals, ask for enough of
  them (20 to 100 cost the same), keep those that begin an allowed literal, and renormalise.
- Two alternatives can begin the same literal ("c" and "cancel"): add up what begins alike.
- The token that ends the answer is reported too, with an empty text.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from frontdesk.errors import ModelError
from frontdesk.types.generation import Alternative, Completion, Generation, Message, Token, Usage

Dialect = Literal["openai", "llama.cpp"]
"""What an engine understands beyond the protocol: llama.cpp takes grammars and reports timings."""

GRAMMAR_HEADER = "%llguidance {}"


def messages_out(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    """The messages as the protocol writes them."""
    return [{"role": message.role, "content": message.content} for message in messages]


def request_out(
    request: Generation, model: str, dialect: Dialect, *, stream: bool
) -> dict[str, Any]:
    """The body of a request; decoding is greedy."""
    body: dict[str, Any] = {
        "model": model,
        "messages": messages_out(request.messages),
        "max_tokens": request.max_tokens,
        "temperature": 0,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.logprobs:
        body |= {"logprobs": True, "top_logprobs": request.logprobs}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if dialect == "llama.cpp":
        body |= {"cache_prompt": True, "post_sampling_probs": False}
        if request.grammar is not None:
            body["grammar"] = _with_header(request.grammar)
    return body


def _with_header(grammar: str) -> str:
    if grammar.startswith("%llguidance"):
        return grammar
    return f"{GRAMMAR_HEADER}\n{grammar}"


class _Lenient(BaseModel):
    # What an engine sends can hold a customer's words, which must not get into error messages.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Alternative(_Lenient):
    token: str
    logprob: float


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(_Lenient):
    content: list[_Token] | None = None


class _Text(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    message: _Text = _Text()
    delta: _Text = _Text()
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Cached(_Lenient):
    cached_tokens: int | None = None


class _Usage(_Lenient):
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None


class _Timings(_Lenient):
    prompt_n: int
    cache_n: int = 0
    predicted_n: int = 0


class Answer(_Lenient):
    """An answer, or one event of a streamed answer."""

    choices: list[_Choice] = []
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: Any = None

    @property
    def delta(self) -> str:
        """The text of a streamed event."""
        return "".join(choice.delta.content or "" for choice in self.choices[:1])

    @property
    def finished(self) -> bool:
        """Whether the engine says that the answer ends here."""
        return any(choice.finish_reason for choice in self.choices)

    def cost(self, milliseconds: float) -> Usage | None:
        """What the request cost, if this event tells."""
        if self.timings is not None:  # llama.cpp; says what was evaluated, not what was sent
            timings = self.timings
            return Usage(timings.prompt_n, timings.cache_n, timings.predicted_n, milliseconds)
        if self.usage is None:
            return None
        details = self.usage.prompt_tokens_details
        cached = (details.cached_tokens or 0) if details else 0
        evaluated = max(self.usage.prompt_tokens - cached, 0)
        return Usage(evaluated, cached, self.usage.completion_tokens or 0, milliseconds)

    def completion(self, milliseconds: float) -> Completion:
        """The whole answer; raises ``ModelError`` if there is none."""
        if not self.choices:
            raise ModelError("The engine's answer holds no choice.")
        choice = self.choices[0]
        return Completion(
            text=choice.message.content or "",
            usage=self.cost(milliseconds) or Usage(milliseconds=milliseconds),
            tokens=tuple(map(_token, (choice.logprobs and choice.logprobs.content) or ())),
            finish="length" if choice.finish_reason == "length" else "stop",
        )


def answer_in(data: bytes | str) -> Answer:
    """Reads an answer; raises ``ModelError`` if it isn't one."""
    try:
        return Answer.model_validate_json(data)
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, where["loc"])) or "the text"
        raise ModelError(f"The engine's answer is malformed at {place}: {where['msg']}") from error


def words_of(error: object) -> str:
    """The engine's own words about what is wrong, out of the ``error`` field of its answer."""
    if isinstance(error, dict):
        error = error.get("message", error)
    return str(error)[:500]


def _token(token: _Token) -> Token:
    alternatives = sorted(token.top_logprobs, key=lambda each: -each.logprob)
    return Token(
        text=token.token,
        logprob=token.logprob,
        alternatives=tuple(Alternative(each.token, each.logprob) for each in alternatives),
    )
