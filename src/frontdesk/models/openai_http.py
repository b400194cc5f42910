"""The language model behind an OpenAI-compatible HTTP address, the local engine's or another's.

Requests wait in a fair queue, one at a time unless told otherwise: on a CPU that has the better
median and the better cache. ``timeout_s`` is the caller's patience, so it counts from the call,
with the queue, the start of a dead engine and its prefix included. But a start or a prefix that
one caller no longer waits for goes on for the next.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, cast

import httpx

from frontdesk.errors import EngineDied, EngineTimeout, ModelError, RequestRefused
from frontdesk.models.endpoint import Endpoint, Engine
from frontdesk.models.prefix import Prefix, PrefixCache
from frontdesk.models.wire import Answer, Dialect, answer_in, request_out, words_of
from frontdesk.types.generation import Completion, Generation, Message, Piece, Usage

PREPARE_TIMEOUT_S = 600.0
"""For computing a prefix, which one thread of an old machine does in minutes."""
CONNECT_TIMEOUT_S = 10.0
TRY_LATER = {408, 425, 429}


class OpenAiModel:
    """An adapter of the ``LanguageModel`` port; it never repeats a request by itself.

    When the local engine died, the request that it was answering raises ``EngineDied`` and the
    next one finds it started again, with the warmed prefix restored.
    """

    def __init__(
        self, name: str, engine: Engine, *, dialect: Dialect = "openai", width: int = 1
    ) -> None:
        self._name = name
        self._engine = engine
        self._dialect: Dialect = dialect
        self._width = width
        self._queue = asyncio.Semaphore(width)
        self._preparing: set[asyncio.Task[Endpoint]] = set()
        self._prefixes = PrefixCache(self._post)
        local = dialect == "llama.cpp"
        # A local connection costs nothing to open, and one that is kept can be closed under us.
        limits = httpx.Limits(max_keepalive_connections=0 if local else 20)
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=not local)

    @property
    def name(self) -> str:
        """The id of the model in the catalogue, or the name that the engine knows it by."""
        return self._name

    async def warm(self, prefix: Sequence[Message]) -> None:
        """Computes the prefix, or restores it from disk, and keeps it ready over restarts.

        Does nothing for an engine that can't save a prefix; those cache by themselves.
        """
        self._prefixes.learn(tuple(prefix))
        async with self._turn(tuple(prefix)):
            pass

    async def generate(self, request: Generation) -> Completion:
        """The whole answer; raises a ``ModelError``."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + request.timeout_s
        async with _patience(deadline, request.timeout_s), self._turn(request.messages) as endpoint:
            sent = time.perf_counter()
            body = request_out(request, self._name, self._dialect, stream=False)
            with self._foreign(endpoint):
                response = await self._client.post(
                    f"{endpoint.base_url}/v1/chat/completions",
                    json=body,
                    headers=_headers(endpoint),
                )
            _check_status(response.status_code, response.content)
            answer = _answer(response.content)
            self._check_grammar(request)
            return answer.completion((time.perf_counter() - sent) * 1000)

    async def stream(self, request: Generation) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece; closing the iterator cancels the generation.

        While the iterator is open it holds its place in the queue, so close it when you stop
        early (``contextlib.aclosing``). Raises a ``ModelError``.
        """
        deadline = asyncio.get_running_loop().time() + request.timeout_s
        async with aclosing(self._pieces(request)) as pieces:
            while True:
                # Around each wait, not around the loop: what the caller does between two pieces
                # must not be cancelled here.
                async with _patience(deadline, request.timeout_s):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

    async def close(self) -> None:
        """Closes the connections and the engine."""
        for task in tuple(self._preparing):
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        await self._client.aclose()
        await self._engine.close()

    # -- one request --------------------------------------------------------------------------

    async def _pieces(self, request: Generation) -> AsyncGenerator[Piece, None]:
        async with self._turn(request.messages) as endpoint:
            sent, usage, finished = time.perf_counter(), None, False
            async with aclosing(self._events(request, endpoint)) as events:
                async for event in events:
                    self._check_grammar(request)
                    finished = finished or event.finished
                    usage = event.cost((time.perf_counter() - sent) * 1000) or usage
                    if event.delta:
                        yield Piece(event.delta)
            if not finished:
                raise EngineDied(f"The engine at {endpoint.base_url} broke off its answer.")
            milliseconds = (time.perf_counter() - sent) * 1000
            yield Piece("", usage or Usage(milliseconds=milliseconds))

    async def _events(
        self, request: Generation, endpoint: Endpoint
    ) -> AsyncGenerator[Answer, None]:
        body = request_out(request, self._name, self._dialect, stream=True)
        url = f"{endpoint.base_url}/v1/chat/completions"
        with self._foreign(endpoint):
            async with self._client.stream(
                "POST", url, json=body, headers=_headers(endpoint)
            ) as response:
                if response.status_code != httpx.codes.OK:
                    _check_status(response.status_code, await response.aread())
                # A generator, though its type doesn't say so.
                lines = cast("AsyncGenerator[str, None]", response.aiter_lines())
                async with aclosing(lines):
                    async for line in lines:
                        field, _, data = line.partition(":")
                        if field == "data" and data.strip() == "[DONE]":
                            return
                        if field == "data":
                            yield _answer(data.strip())

    def _check_grammar(self, request: Generation) -> None:
        if request.grammar is None:
            return
        if complaint := self._engine.take_complaint():
            raise RequestRefused(f"The engine can't read the grammar: {complaint}")

    # -- the queue and the prefix -------------------------------------------------------------

    @asynccontextmanager
    async def _turn(self, messages: Prefix) -> AsyncIterator[Endpoint]:
        """This request's turn, with the engine running and its prefix ready."""
        await self._queue.acquire()
        ready = asyncio.create_task(self._ready(messages))
        self._preparing.add(ready)
        # The turn ends with the request or, if nobody waits any more, with the preparation.
        ready.add_done_callback(self._prepared)
        try:
            endpoint = await asyncio.shield(ready)
            self._engine.take_complaint()
            yield endpoint
        except BaseException:
            self._prefixes.forget()
            raise
        finally:
            if ready.done():
                self._queue.release()
            else:
                ready.add_done_callback(lambda _: self._queue.release())

    def _prepared(self, task: asyncio.Task[Endpoint]) -> None:
        self._preparing.discard(task)
        if not task.cancelled():
            task.exception()  # Whoever waits gets it; if nobody does, asyncio need not complain.

    async def _ready(self, messages: Prefix) -> Endpoint:
        endpoint = await self._engine.endpoint()
        prefix = self._prefixes.match(messages)
        if endpoint.kv is None or prefix is None or self._width > 1:
            self._prefixes.forget()
        else:
            await self._prefixes.prepare(endpoint, endpoint.kv, prefix)
        return endpoint

    async def _post(self, endpoint: Endpoint, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with self._foreign(endpoint):
            response = await self._client.post(
                f"{endpoint.base_url}{path}",
                json=body,
                headers=_headers(endpoint),
                timeout=PREPARE_TIMEOUT_S,
            )
        _check_status(response.status_code, response.content)
        try:
            answer = response.json()
        except json.JSONDecodeError as error:
            raise ModelError("The engine's answer is malformed.") from error
        if not isinstance(answer, dict) or "error" in answer:
            raise ModelError("The engine's answer is malformed.")
        return answer

    @contextmanager
    def _foreign(self, endpoint: Endpoint) -> Iterator[None]:
        """Turns the HTTP client's exceptions into ours."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise EngineTimeout(f"The engine at {endpoint.base_url} doesn't answer.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._engine.distrust(endpoint)
            raise EngineDied(
                f"The engine at {endpoint.base_url} stopped or can't be reached: "
                f"{str(error) or type(error).__name__}"
            ) from error


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}


def _answer(data: bytes | str) -> Answer:
    """The answer, or what the engine says is wrong as an exception."""
    answer = answer_in(data)
    if answer.error is not None:
        raise RequestRefused(f"The engine refused the request: {words_of(answer.error)}")
    return answer


def _check_status(status: int, data: bytes) -> None:
    if status == httpx.codes.OK:
        return
    try:
        words = words_of(answer_in(data).error or "no reason")
    except ModelError:
        words = words_of(data.decode("utf-8", "replace"))
    if 400 <= status < 500 and status not in TRY_LATER:
        raise RequestRefused(f"The engine refused the request ({status}): {words}")
    raise ModelError(f"The engine could not answer ({status}): {words}")


@asynccontextmanager
async def _patience(deadline: float, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise EngineTimeout(f"No answer within {seconds:g} seconds.") from error
