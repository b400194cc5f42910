"""The language model behind an OpenAI-compatible HTTP address, the local engine's or another's.

Requests wait in a fair queue, one at a time unless told otherwise: on a CPU that has the better
median and the better cache. ``timeout_s`` is the caller's patience, so it counts from the call,
with the queue, the start of a dead engine and its prefix included. But a start or a prefix that
one caller no longer waits for goes on for the next.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, cast

import httpx

from frontdesk.errors import (
    EngineDied,
    EngineTimeout,
    ModelError,
    RequestRefused,
    SettingError,
)
from frontdesk.models.dialects import Manner
from frontdesk.models.endpoint import Endpoint, Engine
from frontdesk.models.prefix import Prefix, PrefixCache
from frontdesk.models.refusals import check_status, offered, pause_s, refused_key, scrubbed
from frontdesk.models.wire import Answer, answer_in, messages_out, offers_in, request_out, words_of
from frontdesk.types.generation import Completion, Generation, Message, Piece, Usage

PREPARE_TIMEOUT_S = 600.0
"""For computing a prefix, which one thread of an old machine does in minutes."""
CONNECT_TIMEOUT_S = 10.0
KEEP_S = 3.0

LOCAL = Manner("llama.cpp")
"""How the engine on this machine is asked."""

log = logging.getLogger(__name__)


class OpenAiModel:
    """An adapter of the ``LanguageModel`` port.

    It repeats a request by itself only when the engine was too busy to begin with it, and only as
    long as the caller's patience lasts.

    When the local engine died, the request that it was answering raises ``EngineDied`` and the
    next one finds it started again, with the warmed prefix restored.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        *,
        manner: Manner = LOCAL,
        width: int = 1,
        timeout_s: float | None = None,
    ) -> None:
        self._name = name
        self._engine = engine
        self._manner = manner
        self._width = width
        self._timeout_s = timeout_s
        self._queue = asyncio.Semaphore(width)
        self._preparing: set[asyncio.Task[Endpoint]] = set()
        self._prefixes = PrefixCache(self._post)
        local = manner.dialect == "llama.cpp"
        # A local connection costs nothing to open, and one that is kept can be closed under us:
        # servers on uvicorn, such as vLLM, do so after 5 seconds.
        limits = httpx.Limits(
            max_keepalive_connections=0 if local else width, keepalive_expiry=KEEP_S
        )
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
        seconds = self._timeout_s or request.timeout_s
        deadline = asyncio.get_running_loop().time() + seconds
        async with _patience(deadline, seconds), self._turn(request.messages) as endpoint:
            sent = time.perf_counter()
            async with self._asked(request, endpoint, deadline, stream=False) as response:
                content = await response.aread()
            answer = _answer(content, endpoint)
            self._check_grammar(request)
            milliseconds = (time.perf_counter() - sent) * 1000
            return answer.completion(milliseconds, self._manner.form(request.constraint))

    async def stream(self, request: Generation) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece; closing the iterator cancels the generation.

        While the iterator is open it holds its place in the queue, so close it when you stop
        early (``contextlib.aclosing``). Raises a ``ModelError``.
        """
        seconds = self._timeout_s or request.timeout_s
        deadline = asyncio.get_running_loop().time() + seconds
        async with aclosing(self._pieces(request, deadline)) as pieces:
            while True:
                # Around each wait, not around the loop: what the caller does between two pieces
                # must not be cancelled here.
                async with _patience(deadline, seconds):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

    async def check(self) -> None:
        """Asks an engine that runs elsewhere whether it takes the key and has the model.

        An engine that is down, or that keeps its list to itself, is no mistake of the operator's:
        that is logged, and the desk goes on with what code and examples understand.

        Raises:
            SettingError: the key is refused.
        """
        try:
            offers = await self.offers()
        except ModelError as error:
            log.warning("%s", error)
            return
        if offers and not self.is_among(offers) and self._manner.dialect != "llama-server":
            endpoint = await self._engine.endpoint()
            words = (endpoint.base_url, self._name, ", ".join(offers[:20]))
            log.warning("%s offers no model %r; it has: %s", *words)

    async def offers(self) -> tuple[str, ...]:
        """The models that the engine lists; none when it keeps its list to itself.

        Raises:
            SettingError: the key is refused.
            ModelError: it can't be reached.
        """
        endpoint = await self._engine.endpoint()
        status, content = await self._listed(endpoint)
        if status in (401, 403):
            raise SettingError(f"{endpoint.base_url} {refused_key(status, endpoint)}")
        return offers_in(content) if status == httpx.codes.OK else ()

    def is_among(self, offers: Sequence[str]) -> bool:
        """Whether the model is one of those that an engine lists."""
        return self._name in offers or f"{self._name}:latest" in offers  # Ollama says it so

    async def count(self, messages: Sequence[Message]) -> int:
        """How many tokens the local engine makes of a prompt; it computes none of them."""
        async with self._turn(tuple(messages)) as endpoint:
            body = {"messages": messages_out(tuple(messages))}
            rendered = await self._post(endpoint, "/apply-template", body)
            counted = await self._post(endpoint, "/tokenize", {"content": rendered["prompt"]})
        return len(counted["tokens"])

    async def close(self) -> None:
        """Closes the connections and the engine."""
        for task in tuple(self._preparing):
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        await self._client.aclose()
        await self._engine.close()

    # -- one request --------------------------------------------------------------------------

    @asynccontextmanager
    async def _asked(
        self, request: Generation, endpoint: Endpoint, deadline: float, *, stream: bool
    ) -> AsyncIterator[httpx.Response]:
        """The engine's good answer, begun; asked for again while the engine is too busy."""
        body = request_out(request, self._name, self._manner, stream=stream)
        url = f"{endpoint.base_url}/v1/chat/completions"
        for asked in itertools.count(1):
            with self._foreign(endpoint):
                async with self._client.stream(
                    "POST", url, json=body, headers=_headers(endpoint)
                ) as response:
                    if response.status_code == httpx.codes.OK:
                        yield response
                        return
                    content = await response.aread()
            pause = pause_s(response.status_code, response.headers, asked)
            left = deadline - asyncio.get_running_loop().time()
            if pause is None or pause >= left:
                await self._refused(response.status_code, content, endpoint)
            await asyncio.sleep(pause or 0.0)

    async def _refused(self, status: int, content: bytes, endpoint: Endpoint) -> None:
        """Raises what the status means; of a model that isn't there, what there is."""
        if status == httpx.codes.NOT_FOUND and self._manner.dialect != "llama.cpp":
            _, listed = await self._listed(endpoint)
            if names := offered(listed):
                text = f"{endpoint.base_url} has no model {self._name!r} (404). It has: {names}."
                raise RequestRefused(text)
        check_status(status, content, endpoint)

    async def _listed(self, endpoint: Endpoint) -> tuple[int, bytes]:
        """The status and the content of the engine's list of models."""
        with self._foreign(endpoint):
            response = await self._client.get(
                f"{endpoint.base_url}/v1/models",
                headers=_headers(endpoint),
                timeout=CONNECT_TIMEOUT_S,
            )
        return response.status_code, response.content

    async def _pieces(self, request: Generation, deadline: float) -> AsyncGenerator[Piece, None]:
        async with self._turn(request.messages) as endpoint:
            sent, usage, finished = time.perf_counter(), None, False
            async with aclosing(self._events(request, endpoint, deadline)) as events:
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
        self, request: Generation, endpoint: Endpoint, deadline: float
    ) -> AsyncGenerator[Answer, None]:
        async with self._asked(request, endpoint, deadline, stream=True) as response:
            # A generator, though its type doesn't say so.
            lines = cast("AsyncGenerator[str, None]", response.aiter_lines())
            async with aclosing(lines):
                async for line in lines:
                    field, _, data = line.partition(":")
                    if field == "data" and data.strip() == "[DONE]":
                        return
                    if field == "data":
                        yield _answer(data.strip(), endpoint)

    def _check_grammar(self, request: Generation) -> None:
        if request.constraint is None:
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
        check_status(response.status_code, response.content, endpoint)
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


def _answer(data: bytes | str, endpoint: Endpoint) -> Answer:
    """The answer, or what the engine says is wrong as an exception."""
    answer = answer_in(data)
    if answer.error is not None:
        words = scrubbed(words_of(answer.error), endpoint)
        raise RequestRefused(f"The engine refused the request: {words}")
    return answer


@asynccontextmanager
async def _patience(deadline: float, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise EngineTimeout(f"No answer within {seconds:g} seconds.") from error
