"""One behaviour for every architecture of weights that reach us: llama, qwen2 and gemma.

The weights are real, and so is the engine. The gemma weights were not tuned to follow instructions
and bring no chat template, which is what an operator's own file may look like, too.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.errors import RequestRefused
from frontdesk.models import gguf_header
from frontdesk.models.catalogue import ModelEntry, find
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.pull import pull
from frontdesk.models.shelf import Shelf
from frontdesk.settings import from_environment
from frontdesk.types.generation import Constraint, Generation, Message, Piece

ARCHITECTURES = {"llama": "smollm-135m", "qwen2": "qwen-0.5b", "gemma3": "gemma-270m"}
PREFIX = (Message("system", " ".join(f"Command c{n} does thing number {n}." for n in range(12))),)
GRAMMAR = 'start: "cancel" | "refund" | "handover"'
SUFFIX_TOKENS = 24
"""More than any of the short messages below has, with the template's marks around it."""
SOON_S = 10.0
"""For a request after a cancelled one; letting that run to its end would take much longer."""


@pytest.fixture(scope="module", params=ARCHITECTURES.values(), ids=list(ARCHITECTURES))
def entry(request: pytest.FixtureRequest) -> ModelEntry:
    """A model of each architecture; its file is there."""
    entry = find(request.param)
    pull(entry, from_environment().models)
    return entry


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of saved prefixes that outlives each engine: a prefix is computed once."""
    return tmp_path_factory.mktemp("kv")


def opened(entry: ModelEntry, kept: Path, logs: Path) -> OpenAiModel:
    shelf = Shelf(from_environment().models)
    # Two threads that share a busy machine's cores wait for each other.
    settings = LlamaSettings(threads=1, context_tokens=2048)
    engine = LlamaEngine(entry, shelf, kv_folder=kept, log_folder=logs, settings=settings)
    return OpenAiModel(entry.id, engine)


@pytest.fixture
async def model(entry: ModelEntry, kept: Path, tmp_path: Path) -> AsyncIterator[OpenAiModel]:
    model = opened(entry, kept, tmp_path)
    yield model
    await model.close()


def ask(
    text: str, prefix: tuple[Message, ...] = PREFIX, grammar: str | None = None, **more: object
) -> Generation:
    constraint = Constraint(lark=grammar) if grammar else None
    request = Generation((*prefix, Message("user", text)), max_tokens=6, constraint=constraint)
    return replace(request, **more)  # type: ignore[arg-type]


async def everything(pieces: AsyncIterator[Piece]) -> list[Piece]:
    return [piece async for piece in pieces]


def test_the_catalogue_says_what_the_file_says(entry: ModelEntry) -> None:
    header = gguf_header.read(Shelf(from_environment().models).path(entry))
    assert header.architecture == entry.architecture
    assert header.context_tokens == entry.context_tokens
    assert header.has_chat_template == ("from the template" in entry.prompt_format)
    # Some files hold a second copy of the vocabulary's weights, which no maker counts.
    assert 0.98 < header.parameters / entry.parameters < 1.3


async def test_a_saved_prefix_serves_a_new_process(
    model: OpenAiModel, entry: ModelEntry, kept: Path, tmp_path: Path
) -> None:
    await model.warm(PREFIX)
    first = await model.generate(ask("please cancel"))
    again = opened(entry, kept, tmp_path / "again")
    await again.warm(PREFIX)
    second = await again.generate(ask("please cancel"))
    await again.close()
    assert max(first.usage.prompt_tokens, second.usage.prompt_tokens) <= SUFFIX_TOKENS
    assert second.text == first.text


async def test_a_grammar_is_obeyed_and_probabilities_are_those_before_it(
    model: OpenAiModel,
) -> None:
    await model.warm(PREFIX)
    free = await model.generate(ask("please cancel", logprobs=20))
    bound = await model.generate(ask("please cancel", logprobs=20, grammar=GRAMMAR))
    assert bound.text in ("cancel", "refund", "handover")
    assert "".join(token.text for token in bound.tokens) == bound.text
    best, masked = free.tokens[0], bound.tokens[0]
    assert best.text == best.alternatives[0].text
    assert best.logprob == best.alternatives[0].logprob < 0
    assert len(best.alternatives) == 20
    assert masked.alternatives[0].text == best.text
    assert math.isclose(masked.alternatives[0].logprob, best.logprob, abs_tol=0.2)


async def test_a_value_is_copied_from_the_message(model: OpenAiModel) -> None:
    message = "please cancel, my mother is ill"
    grammar = f'start: "because " REASON "\\n"\nREASON: %regex {{ "substring_words": "{message}" }}'
    answer = await model.generate(ask(message, (), grammar=grammar, max_tokens=30))
    assert answer.text.startswith("because ")
    assert answer.text.removeprefix("because ").strip() in message


async def test_it_stops_at_the_words_given(model: OpenAiModel) -> None:
    grammar = 'start: "one two three"'
    assert (await model.generate(ask("count", (), grammar=grammar))).text == "one two three"
    stopped = await model.generate(ask("count", (), grammar=grammar, stop=("three",)))
    assert stopped.text == "one two "


async def test_a_stream_says_what_generate_says(model: OpenAiModel) -> None:
    request = ask("Where is the Größe of 我的 order?", (), max_tokens=10)
    pieces = await everything(model.stream(request))
    whole = await model.generate(request)
    assert "".join(piece.text for piece in pieces) == whole.text
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.generated_tokens == whole.usage.generated_tokens


async def test_closing_a_stream_frees_the_engine(model: OpenAiModel) -> None:
    await model.warm(PREFIX)
    long = ask("tell a story", max_tokens=1500, grammar="start: /[a-z ]{6000}/")
    async with aclosing(model.stream(long)) as pieces:
        await anext(pieces)
    began = time.monotonic()
    await model.generate(ask("please cancel", max_tokens=1))
    assert time.monotonic() - began < SOON_S


async def test_cancelling_during_the_prompt_frees_the_engine(model: OpenAiModel) -> None:
    await model.warm(PREFIX)
    task = asyncio.create_task(model.generate(ask("word " * 1500)))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    answer = await model.generate(ask("please cancel", max_tokens=1))
    assert answer.usage.prompt_tokens <= SUFFIX_TOKENS
    assert time.monotonic() - began < SOON_S


async def test_too_long_a_prompt_is_refused(model: OpenAiModel) -> None:
    with pytest.raises(RequestRefused, match="exceeds the available context size"):
        await model.generate(ask("long " * 3000, ()))
