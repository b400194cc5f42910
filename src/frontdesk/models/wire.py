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

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from frontdesk.errors import ModelError
from frontdesk.models.dialects import Manner
from frontdesk.types.generation import (
    Alternative,
    Completion,
    Form,
    Generation,
    Message,
    Token,
    Usage,
)

_THOUGHT = "</think>"

Shape = TypeVar("Shape", bound=BaseModel)


def messages_out(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    """The messages as the protocol writes them."""
    return [{"role": message.role, "content": message.content} for message in messages]


def request_out(request: Generation, model: str, manner: Manner, *, stream: bool) -> dict[str, Any]:
    """The body of a request; decoding is greedy."""
    form = manner.form(request.constraint)
    in_json = form == "json" and request.in_json
    body: dict[str, Any] = {
        "model": model,
        "messages": messages_out(request.in_json if in_json else request.messages),
        "max_tokens": request.max_tokens,
        "temperature": 0,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if alternatives := min(request.logprobs, manner.alternatives):
        body |= {"logprobs": True, "top_logprobs": alternatives}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return {**body, **manner.fields(request.constraint), **manner.extra}


class _Lenient(BaseModel):
    # What an engine sends can hold a customer's words, which must not get into error messages.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: object) -> object:
        """A field that is null says as much as one that is missing."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None}


class _Alternative(_Lenient):
    token: str
    logprob: float


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(_Lenient):
    content: list[_Token] = []


class _Part(_Lenient):
    text: str = ""
    type: str = "text"


class _Text(_Lenient):
    content: str | list[_Part] = ""
    tool_calls: list[Any] = []
    reasoning_content: str = ""
    reasoning: str = ""

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content if part.type == "text")


class _Choice(_Lenient):
    message: _Text = _Text()
    delta: _Text = _Text()
    logprobs: Any = None
    finish_reason: str | None = None


class _Cached(_Lenient):
    cached_tokens: int = 0


class _Usage(_Lenient):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached = _Cached()
    cached_tokens: int = 0
    """Moonshot's place for it."""
    prompt_cache_hit_tokens: int = 0
    """DeepSeek's."""

    @property
    def cached(self) -> int:
        places = (self.cached_tokens, self.prompt_cache_hit_tokens)
        return max(self.prompt_tokens_details.cached_tokens, *places)


class _Timings(_Lenient):
    prompt_n: int
    cache_n: int = 0
    predicted_n: int = 0


class Answer(_Lenient):
    """An answer, or one event of a streamed answer."""

    choices: list[_Choice] = []
    usage: Any = None
    timings: _Timings | None = None
    error: Any = None

    @property
    def delta(self) -> str:
        """The text of a streamed event."""
        return "".join(choice.delta.text for choice in self.choices[:1])

    @property
    def finished(self) -> bool:
        """Whether the engine says that the answer ends here."""
        return any(choice.finish_reason for choice in self.choices)

    def cost(self, milliseconds: float) -> Usage | None:
        """What the request cost, if this event tells."""
        if self.timings is not None:  # llama.cpp; says what was evaluated, not what was sent
            timings = self.timings
            return Usage(timings.prompt_n, timings.cache_n, timings.predicted_n, milliseconds)
        usage = _understood(_Usage, self.usage)
        if usage is None:
            return None
        evaluated = max(usage.prompt_tokens - usage.cached, 0)
        return Usage(evaluated, usage.cached, usage.completion_tokens, milliseconds)

    def completion(self, milliseconds: float, form: Form = "none") -> Completion:
        """The whole answer, without what the model thought before it.

        Raises:
            ModelError: there is no answer.
        """
        if not self.choices:
            raise ModelError("The engine's answer holds no choice.")
        choice = self.choices[0]
        logprobs = _understood(_Logprobs, choice.logprobs) or _Logprobs()
        tokens = tuple(map(_token, logprobs.content))
        text, tokens = _after_thoughts(choice.message.text, tokens)
        if not text.strip():
            _why_empty(choice)
        return Completion(
            text=text,
            usage=self.cost(milliseconds)
            or Usage(generated_tokens=len(tokens), milliseconds=milliseconds),
            tokens=tokens,
            finish="length" if choice.finish_reason == "length" else "stop",
            form=form,
        )


def _understood(shape: type[Shape], data: object) -> Shape | None:
    """The data in that shape; ``None`` when it has another, for an answer goes without it."""
    try:
        return shape.model_validate(data) if data is not None else None
    except ValidationError:
        return None


def _after_thoughts(text: str, tokens: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """The text, and its tokens, behind what a model wrote down while it thought."""
    head, mark, answer = text.rpartition(_THOUGHT)
    if not mark:
        return ("", ()) if text.lstrip().startswith("<think>") else (text, tokens)
    left = len(head) + len(mark)
    for index, token in enumerate(tokens):
        if left <= 0:
            return answer.lstrip(), tokens[index:]
        left -= len(token.text)
    return answer.lstrip(), ()


def _why_empty(choice: _Choice) -> None:
    """Raises ``ModelError`` for an answer that is something else than text."""
    said = choice.message
    if said.tool_calls:
        raise ModelError("The engine answered with a call of a tool in the place of text.")
    if said.reasoning_content or said.reasoning or "<think>" in said.text:
        raise ModelError(
            "The model only thought and gave no answer; take one that doesn't think, or switch "
            "it off with [model.extra] in desk.toml."
        )


def answer_in(data: bytes | str) -> Answer:
    """Reads an answer; raises ``ModelError`` if it isn't one."""
    try:
        return Answer.model_validate_json(data)
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, where["loc"])) or "the text"
        raise ModelError(f"The engine's answer is malformed at {place}: {where['msg']}") from error


class _Offer(_Lenient):
    id: str


class _Offers(_Lenient):
    data: list[_Offer] = []


def offers_in(data: bytes) -> tuple[str, ...]:
    """The models that an answer of ``/v1/models`` lists; none when it is something else."""
    try:
        return tuple(offer.id for offer in _Offers.model_validate_json(data).data)
    except ValidationError:
        return ()


def words_of(error: object) -> str:
    """The engine's own words about what is wrong, out of the ``error`` field of its answer."""
    if isinstance(error, dict):
        error = error.get("message", error)
    text = str(error)
    if text.lstrip()[:1] == "<":  # a proxy's page
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = f"an HTML page, {' '.join(title[1].split())!r}" if title else "an HTML page"
    return text[:500]


def _token(token: _Token) -> Token:
    alternatives = sorted(token.top_logprobs, key=lambda each: -each.logprob)
    return Token(
        text=token.token,
        logprob=token.logprob,
        alternatives=tuple(Alternative(each.token, each.logprob) for each in alternatives),
    )
