"""The HTTP adapter against an engine that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from model_fakes import FakeServer, Reply, answers, streams

from frontdesk.errors import EngineDied, EngineTimeout, ModelError, RequestRefused
from frontdesk.models.dialects import Manner
from frontdesk.models.endpoint import Endpoint, RemoteEngine
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.types.generation import Constraint, Generation, Message, Piece, Usage

ASK = Generation((Message("user", "hi"),), timeout_s=5.0)
HELLO = {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}


def delta(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


@pytest.fixture
async def model(server: FakeServer) -> AsyncIterator[OpenAiModel]:
    model = OpenAiModel("m", RemoteEngine(f"{server.url}/v1/", key="k"), manner=Manner())
    yield model
    await model.close()


async def everything(model: OpenAiModel, request: Generation = ASK) -> list[Piece]:
    return [piece async for piece in model.stream(request)]


async def both(model: OpenAiModel, error: type[ModelError], words: str) -> None:
    """Both ways of asking raise that error."""
    with pytest.raises(error, match=words):
        await model.generate(ASK)
    with pytest.raises(error, match=words):
        await everything(model)


async def test_an_answer(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = answers(HELLO | {"usage": {"prompt_tokens": 9, "completion_tokens": 1}})
    completion = await model.generate(ASK)
    assert (completion.text, completion.finish) == ("hello", "stop")
    assert completion.usage.prompt_tokens == 9
    assert completion.usage.milliseconds > 0
    assert "authorization: bearer k" in server.headers[0].lower()
    assert server.headers[0].startswith("POST /v1/chat/completions ")


async def test_a_stream(model: OpenAiModel, server: FakeServer) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    server.reply = streams(delta("he"), delta("llo"), delta("", "stop"), usage, "[DONE]")
    pieces = await everything(model)
    assert [piece.text for piece in pieces] == ["he", "llo", ""]
    assert [piece.usage is None for piece in pieces] == [True, True, False]
    assert replace(pieces[-1].usage or Usage(), milliseconds=0.0) == Usage(9, 0, 2)


async def test_a_refusal_carries_the_engines_words(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = answers({"error": {"message": "prompt too long", "code": 400}}, 400)
    await both(model, RequestRefused, "prompt too long")
    server.reply = answers({"error": {"message": "bad grammar"}})
    with pytest.raises(RequestRefused, match="bad grammar"):
        await model.generate(ASK)


@pytest.mark.parametrize("status", [408, 500, 502])
async def test_a_busy_or_broken_engine_did_not_refuse(
    model: OpenAiModel, server: FakeServer, status: int
) -> None:
    server.reply = answers("<html><title>try later</title><p>much more</html>", status)
    with pytest.raises(ModelError, match="try later") as caught:
        await model.generate(ASK)
    assert not isinstance(caught.value, RequestRefused)
    with pytest.raises(ModelError, match="try later"):
        await everything(model)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", '{"choices": 3}', "{}"])
async def test_a_malformed_answer(model: OpenAiModel, server: FakeServer, body: str) -> None:
    server.reply = answers(body)
    with pytest.raises(ModelError):
        await model.generate(ASK)


async def test_a_malformed_event(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = streams(delta("he"), '{"choices": ')
    with pytest.raises(ModelError, match="malformed"):
        await everything(model)


async def test_an_error_in_a_stream(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = streams(delta("he"), {"error": {"message": "out of memory"}})
    with pytest.raises(RequestRefused, match="out of memory"):
        await everything(model)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_stream_that_is_cut_short(
    model: OpenAiModel, server: FakeServer, whole: bool
) -> None:
    server.reply = streams(delta("he"), whole=whole)
    with pytest.raises(EngineDied):
        await everything(model)


async def test_an_engine_that_hangs_up(model: OpenAiModel, server: FakeServer) -> None:
    async def hang_up(server: FakeServer, writer: asyncio.StreamWriter, body: object) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    server.reply = hang_up
    await both(model, EngineDied, "stopped")


async def test_nobody_listens() -> None:
    model = OpenAiModel("m", RemoteEngine("http://127.0.0.1:9"), manner=Manner())
    await both(model, EngineDied, "can't be reached")
    await model.close()


async def test_a_slow_engine_is_left(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = answers(HELLO, after_s=30.0)
    with pytest.raises(EngineTimeout, match=r"0\.1 seconds"):
        await model.generate(replace(ASK, timeout_s=0.1))
    await asyncio.wait_for(server.dropped.wait(), 5)


async def test_a_slow_stream_is_left(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = streams(delta("he"), delta("llo"), pause_s=30.0)
    with pytest.raises(EngineTimeout):
        await everything(model, replace(ASK, timeout_s=0.1))
    await asyncio.wait_for(server.dropped.wait(), 5)


async def test_closing_a_stream_drops_the_connection(
    model: OpenAiModel, server: FakeServer
) -> None:
    server.reply = streams(delta("he"), delta("llo"), pause_s=30.0)
    async with aclosing(model.stream(ASK)) as pieces:
        assert (await anext(pieces)).text == "he"
    await asyncio.wait_for(server.dropped.wait(), 5)
    server.reply = answers(HELLO)
    assert (await model.generate(ASK)).text == "hello"


@pytest.mark.parametrize("streaming", [True, False])
async def test_cancelling_drops_the_connection(
    model: OpenAiModel, server: FakeServer, streaming: bool
) -> None:
    server.reply = answers(HELLO, after_s=30.0)
    asking = everything(model) if streaming else model.generate(ASK)
    task: asyncio.Task[object] = asyncio.create_task(asking)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(server.dropped.wait(), 5)
    server.reply = answers(HELLO)
    assert (await model.generate(ASK)).text == "hello"


async def test_what_the_caller_does_between_pieces_is_not_cancelled(
    model: OpenAiModel, server: FakeServer
) -> None:
    server.reply = streams(delta("he"), delta("llo"), delta("", "stop"), pause_s=1.0)
    async with aclosing(model.stream(replace(ASK, timeout_s=0.1))) as pieces:
        await anext(pieces)
        await asyncio.sleep(0.2)
        with pytest.raises(EngineTimeout):
            await anext(pieces)


# -- the queue --------------------------------------------------------------------------------


def echoes(after_s: float = 0.02) -> Reply:
    async def reply(
        server: FakeServer, writer: asyncio.StreamWriter, body: dict[str, object]
    ) -> None:
        await answers(HELLO, after_s=after_s)(server, writer, body)

    return reply


def asked(server: FakeServer) -> list[object]:
    return [body["max_tokens"] for body in server.bodies]


async def test_requests_are_served_in_turn(model: OpenAiModel, server: FakeServer) -> None:
    server.reply = echoes()
    asks = [replace(ASK, max_tokens=n) for n in range(1, 9)]
    await asyncio.gather(*(model.generate(ask) for ask in asks))
    assert asked(server) == list(range(1, 9))
    assert server.busiest == 1


async def test_a_wider_queue_asks_at_once(server: FakeServer) -> None:
    model = OpenAiModel("m", RemoteEngine(server.url), manner=Manner(), width=3)
    server.reply = echoes(0.2)
    await asyncio.gather(*(model.generate(ASK) for _ in range(6)))
    assert server.busiest == 3
    await model.close()


async def test_waiting_in_the_queue_counts(model: OpenAiModel, server: FakeServer) -> None:
    """And whoever gives up there doesn't disturb the others."""
    server.reply = echoes(0.3)
    first = asyncio.create_task(model.generate(ASK))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(model.generate(replace(ASK, timeout_s=0.1, max_tokens=2)))
    third = asyncio.create_task(model.generate(replace(ASK, max_tokens=3)))
    with pytest.raises(EngineTimeout):
        await second
    assert (await first).text == (await third).text == "hello"
    assert asked(server) == [64, 3]


# -- the engine behind it ---------------------------------------------------------------------


class OddEngine:
    """An engine that takes its time to start, and may complain about grammars."""

    def __init__(self, url: str, *, start_s: float = 0.0, complaint: str | None = None) -> None:
        self.url, self.start_s, self.complaint = url, start_s, complaint
        self.starts = 0
        self.running = False
        self.distrusted: list[Endpoint] = []
        self._asked = 0

    async def endpoint(self) -> Endpoint:
        if not self.running:
            self.starts += 1
            await asyncio.sleep(self.start_s)
            self.running = True
        return Endpoint(self.url, start=self.starts)

    def take_complaint(self) -> str | None:
        self._asked += 1
        return self.complaint if self._asked % 2 == 0 else None

    def distrust(self, endpoint: Endpoint) -> None:
        self.distrusted.append(endpoint)

    async def close(self) -> None:
        self.running = False


async def test_a_start_outlives_the_request_that_wanted_it(server: FakeServer) -> None:
    engine = OddEngine(server.url, start_s=0.3)
    model = OpenAiModel("m", engine)
    server.reply = answers(HELLO)
    with pytest.raises(EngineTimeout):
        await model.generate(replace(ASK, timeout_s=0.1))
    assert (await model.generate(ASK)).text == "hello"
    assert engine.starts == 1
    await model.close()


async def test_closing_stops_a_start(server: FakeServer) -> None:
    engine = OddEngine(server.url, start_s=30.0)
    model = OpenAiModel("m", engine)
    with pytest.raises(EngineTimeout):
        await model.generate(replace(ASK, timeout_s=0.05))
    await asyncio.wait_for(model.close(), 5)
    assert not engine.running


async def test_a_grammar_that_the_engine_ignored_is_refused(server: FakeServer) -> None:
    model = OpenAiModel("m", OddEngine(server.url, complaint="at 2(8)"))
    server.reply = answers(HELLO)
    with pytest.raises(RequestRefused, match=r"grammar: at 2\(8\)"):
        await model.generate(replace(ASK, constraint=Constraint(lark="start: x")))
    server.reply = streams(delta("he"), delta("", "stop"))
    with pytest.raises(RequestRefused, match="grammar"):
        await everything(model, replace(ASK, constraint=Constraint(lark="start: x")))
    await model.close()


async def test_a_broken_connection_is_reported_to_the_engine() -> None:
    engine = OddEngine("http://127.0.0.1:9")
    model = OpenAiModel("m", engine)
    with pytest.raises(EngineDied):
        await model.generate(ASK)
    assert [endpoint.start for endpoint in engine.distrusted] == [1]
    await model.close()


async def test_warming_an_engine_that_cannot_save_does_nothing(
    model: OpenAiModel, server: FakeServer
) -> None:
    await model.warm([Message("system", "a long prefix")])
    assert server.bodies == []
