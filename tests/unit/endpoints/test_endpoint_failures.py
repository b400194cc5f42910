"""What can go wrong with an engine elsewhere, in every dialect, and that no key is ever shown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, get_args

import pytest
from engine_server import KEY, EngineServer, Misbehaviour

from frontdesk.errors import (
    EngineDied,
    EngineTimeout,
    ModelError,
    RequestRefused,
    SettingError,
)
from frontdesk.models.dialects import Manner
from frontdesk.models.endpoint import RemoteEngine
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.refusals import pause_s
from frontdesk.types.generation import Dialect, Generation, Message

DIALECTS = get_args(Dialect)
ASK = Generation((Message("user", "hi"),), timeout_s=5.0)
WHERE = "the environment variable ENGINE_KEY"
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


async def asked(
    server: EngineServer, *, name: str = "small", key: str = KEY, seconds: float = 5.0
) -> tuple[str, str]:
    """Both ways of asking; what they raise, or the text of both."""
    model = OpenAiModel(
        name, RemoteEngine(server.url, key, WHERE), manner=Manner(server.dialect), timeout_s=seconds
    )
    try:
        whole = (await model.generate(ASK)).text
        pieces = [piece.text async for piece in model.stream(ASK)]
        return whole, "".join(pieces)
    finally:
        await model.close()


async def failure(
    dialect: Dialect, wrong: Misbehaviour | None = None, **how: Any
) -> tuple[ModelError, EngineServer]:
    async with EngineServer(dialect, ["one two three"]).listening() as server:
        server.wrong = wrong or Misbehaviour()
        with pytest.raises(ModelError) as caught:
            await asked(server, **how)
    return caught.value, server


# -- too busy ---------------------------------------------------------------------------------


@every_dialect
async def test_a_throttled_request_is_sent_again(dialect: Dialect) -> None:
    async with EngineServer(dialect, ["hello there"]).listening() as server:
        server.wrong = Misbehaviour(throttled=2, retry_after="0")
        assert await asked(server) == ("hello there", "hello there")
    assert len(server.bodies) == 4


async def test_a_throttled_stream_is_sent_again() -> None:
    async with EngineServer("vllm", ["hello there"]).listening() as server:
        server.wrong = Misbehaviour(throttled=1, retry_after="0")
        model = OpenAiModel("small", RemoteEngine(server.url, KEY), manner=Manner("vllm"))
        pieces = [piece.text async for piece in model.stream(ASK)]
        await model.close()
    assert "".join(pieces) == "hello there"
    assert len(server.bodies) == 2


async def test_a_longer_wait_than_the_patience_is_not_begun() -> None:
    started = time.monotonic()
    error, server = await failure("openai", Misbehaviour(throttled=9, retry_after="60"))
    assert "could not answer (429): slow down" in str(error)
    assert len(server.bodies) == 1
    assert time.monotonic() - started < 4


async def test_an_engine_that_is_always_busy_is_left_after_some_times() -> None:
    _, server = await failure("openai", Misbehaviour(throttled=99, retry_after="0"))
    assert len(server.bodies) == 4


async def test_what_may_have_been_generated_is_not_asked_for_again() -> None:
    for status in (500, 502, 504):
        _, server = await failure("vllm", Misbehaviour(status=status))
        assert len(server.bodies) == 1


def test_how_long_to_wait() -> None:
    assert [pause_s(429, {}, times) for times in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, None]
    assert pause_s(429, {"retry-after": "7"}, 1) == 7.0
    assert pause_s(503, {"retry-after": "soon"}, 1) == 0.5
    assert pause_s(429, {"retry-after": "-3"}, 1) == 0.0
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (pause_s(429, {"retry-after": date}, 1) or 0.0) <= 30
    assert pause_s(500, {"retry-after": "7"}, 1) is None
    assert pause_s(200, {}, 1) is None


# -- the key and the model --------------------------------------------------------------------


@every_dialect
async def test_a_refused_key_names_where_it_came_from(dialect: Dialect) -> None:
    error, _ = await failure(dialect, key="sk-wrong-key-77")
    assert isinstance(error, RequestRefused)
    assert f"refused the key (401) that {WHERE} holds" in str(error)
    assert "sk-wrong" not in str(error)


async def test_a_missing_key_names_what_to_write() -> None:
    error, _ = await failure("openai", key="")
    assert "wants a key (401): write key_env or key_file" in str(error)


@pytest.mark.parametrize("dialect", [one for one in DIALECTS if one != "llama-server"])
async def test_a_model_that_is_not_there_names_those_that_are(dialect: Dialect) -> None:
    error, _ = await failure(dialect, name="smal")
    assert isinstance(error, RequestRefused)
    assert str(error).endswith("has no model 'smal' (404). It has: small.")


async def test_what_the_engine_repeats_of_the_key_is_left_out() -> None:
    page = f'{{"error": {{"message": "no budget for {KEY} left"}}}}'
    error, _ = await failure("openai", Misbehaviour(status=402, page=page))
    assert str(error) == "The engine refused the request (402): no budget for *** left"
    whole = {"error": {"message": f"the request of {KEY} is too long"}}
    error, _ = await failure("openai", Misbehaviour(whole=whole))
    assert KEY not in str(error)


async def test_the_key_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrongs = (
        Misbehaviour(),
        Misbehaviour(throttled=1, retry_after="0"),
        Misbehaviour(status=500),
        Misbehaviour(cut_after=20),
        Misbehaviour(whole={"choices": []}),
        Misbehaviour(hang_s=9),
    )
    for wrong in wrongs:
        async with EngineServer("openai", ["hello"]).listening() as server:
            server.wrong = wrong
            try:
                await asked(server, seconds=0.8)
            except ModelError as error:
                chain: BaseException | None = error
                while chain is not None:
                    assert KEY not in f"{chain} {chain!r}"
                    chain = chain.__cause__ or chain.__context__
    engine = RemoteEngine("http://127.0.0.1:1", KEY)
    assert KEY not in f"{engine!r} {await engine.endpoint()!r}"
    assert KEY not in caplog.text
    assert caplog.records


# -- the check when the desk opens ------------------------------------------------------------


async def checked(server: EngineServer, name: str = "small", key: str = KEY) -> None:
    engine = RemoteEngine(server.url, key, WHERE)
    model = OpenAiModel(name, engine, manner=Manner(server.dialect))
    try:
        await model.check()
    finally:
        await model.close()


@every_dialect
async def test_the_check_refuses_a_wrong_key(dialect: Dialect) -> None:
    async with EngineServer(dialect).listening() as server:
        with pytest.raises(SettingError, match="refused the key") as caught:
            await checked(server, key="sk-wrong-key-77")
        assert "sk-wrong" not in str(caught.value)
        await checked(server)
    assert server.bodies == []


async def test_the_check_warns_of_a_model_that_is_not_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with EngineServer("vllm", models=("big", "qwen:latest")).listening() as server:
        await checked(server)
        assert "offers no model 'small'; it has: big, qwen:latest" in caplog.text
        caplog.clear()
        await checked(server, "qwen")
        server.dialect = "llama-server"  # which answers by whatever name
        await checked(server)
    assert caplog.text == ""


async def test_an_engine_that_is_down_is_only_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    async with EngineServer("vllm").listening() as server:
        pass
    await checked(server)
    assert "can't be reached" in caplog.text


# -- time and cuts ----------------------------------------------------------------------------


@every_dialect
async def test_an_engine_that_hangs(dialect: Dialect) -> None:
    started = time.monotonic()
    error, _ = await failure(dialect, Misbehaviour(hang_s=30), seconds=0.3)
    assert isinstance(error, EngineTimeout)
    assert "No answer within 0.3 seconds" in str(error)
    assert time.monotonic() - started < 4


@every_dialect
async def test_an_answer_that_is_cut(dialect: Dialect) -> None:
    error, _ = await failure(dialect, Misbehaviour(cut_after=25))
    assert isinstance(error, EngineDied)


@every_dialect
async def test_a_stream_that_is_cut(dialect: Dialect) -> None:
    async with EngineServer(dialect, ["one two three"]).listening() as server:
        server.wrong = Misbehaviour(cut_after=120)
        model = OpenAiModel("small", RemoteEngine(server.url, KEY), manner=Manner(dialect))
        with pytest.raises(ModelError):
            _ = [piece async for piece in model.stream(ASK)]
        await model.close()


async def test_several_requests_at_once() -> None:
    async with EngineServer("vllm", ["hello"]).listening() as server:
        server.wrong = Misbehaviour(hang_s=0.2)
        engine = RemoteEngine(server.url, KEY)
        model = OpenAiModel("small", engine, manner=Manner("vllm"), width=8)
        started = time.monotonic()
        found = await asyncio.gather(*(model.generate(ASK) for _ in range(8)))
        await model.close()
    assert {one.text for one in found} == {"hello"}
    assert time.monotonic() - started < 1.4


# -- changed shapes ---------------------------------------------------------------------------


def message(**fields: object) -> Misbehaviour:
    return Misbehaviour(shape={"message": {"role": "assistant", **fields}})


PARTS = [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "hel"}, {"text": "lo"}]
SHAPES: dict[str, Callable[[], Misbehaviour]] = {
    "parts": lambda: message(content=PARTS),
    "thoughts beside it": lambda: message(content="hello", reasoning_content="hm ..."),
    "thoughts before it": lambda: message(content="<think>\nhm ...\n</think>\n\nhello"),
    "thoughts without a beginning": lambda: message(content="hm ...</think>hello"),
    "more fields": lambda: message(content="hello", annotations=[], audio=None, x={"y": 1}),
    "odd probabilities": lambda: Misbehaviour(
        shape={"message": {"content": "hello"}, "logprobs": {"tokens": ["hello"], "content": 3}}
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
async def test_an_answer_of_another_shape_is_understood(shape: Callable[[], Misbehaviour]) -> None:
    async with EngineServer("openai").listening() as server:
        server.wrong = shape()
        assert (await asked(server))[0] == "hello"


async def test_the_tokens_of_thoughts_are_left_out() -> None:
    words = ["<think>", "hm", "</think>", "\n\n", "ask"]
    tokens = [{"token": word, "logprob": -0.1} for word in words]
    async with EngineServer("vllm").listening() as server:
        server.wrong = message(content="".join(words))
        server.wrong.shape = {**server.wrong.shape, "logprobs": {"content": tokens}}
        model = OpenAiModel("small", RemoteEngine(server.url, KEY), manner=Manner("vllm"))
        found = await model.generate(ASK)
        await model.close()
    assert found.text == "ask"
    assert "".join(token.text for token in found.tokens).strip() == "ask"


UNUSABLE = {
    "a call of a tool": (message(content=None, tool_calls=[{"id": "1"}]), "a call of a tool"),
    "thoughts alone": (message(content=None, reasoning="hm ..."), "only thought"),
    "thoughts without an end": (message(content="<think>hm"), "only thought"),
    "no choices": (Misbehaviour(whole={"choices": []}), "holds no choice"),
    "null choices": (Misbehaviour(whole={"choices": None}), "holds no choice"),
    "a list": (Misbehaviour(whole=[1]), "malformed"),
    "HTML": (Misbehaviour(whole="<html><title>Sign in</title></html>"), "malformed"),
    "an HTML error": (
        Misbehaviour(status=502, page="<!doctype html><title>Bad\n gateway</title><p>secret"),
        r"\(502\): an HTML page, 'Bad gateway'$",
    ),
    "an untitled page": (Misbehaviour(status=503, page="<p>secret"), r"\(503\): an HTML page$"),
    "a move": (Misbehaviour(status=307, page="moved"), r"\(307\): moved"),
}


@pytest.mark.parametrize(("wrong", "words"), UNUSABLE.values(), ids=list(UNUSABLE))
async def test_an_answer_that_is_none(wrong: Misbehaviour, words: str) -> None:
    wrong.retry_after = "99"
    async with EngineServer("openai").listening() as server:
        server.wrong = wrong
        with pytest.raises(ModelError, match=words):
            await asked(server)
