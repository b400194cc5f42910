"""An engine on loopback that speaks a dialect as the real one does, and can misbehave.

It holds a list of answers that "its model" would like to give, best first, and gives the first one
that the request's constraint allows, as constrained decoding does. What the real engine refuses it
refuses; what the real engine ignores it ignores, and then it answers freely.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from frontdesk.types.generation import Dialect

KEY = "sk-only-for-tests-4f9a"
Body = dict[str, Any]

_PROTOCOL = {
    "model", "messages", "max_tokens", "temperature", "stop", "stream", "stream_options",
    "logprobs", "top_logprobs", "response_format",
}  # fmt: skip
_OWN_FIELDS: Mapping[Dialect, set[str]] = {
    "vllm": {"structured_outputs", "chat_template_kwargs"},
    "sglang": {"regex", "ebnf", "chat_template_kwargs"},
    "llama-server": {"grammar", "post_sampling_probs", "cache_prompt", "chat_template_kwargs"},
    "ollama": {"reasoning_effort"},
    "openai": {"reasoning_effort"},
}
_STRICT_TYPES = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}


@dataclass
class Misbehaviour:
    """What goes wrong, in the order in which a request meets it."""

    throttled: int = 0
    """So many requests are answered 429 first."""
    retry_after: str = ""
    status: int = 200
    page: str = ""
    """Sent with that status in the place of JSON."""
    hang_s: float = 0.0
    cut_after: int | None = None
    """Bytes of the body after which the connection breaks."""
    shape: Mapping[str, Any] = field(default_factory=dict)
    """Replaces fields of the choice."""
    whole: Any = None
    """Replaces the whole answer."""
    no_logprobs: bool = False
    usage: Any = "own"
    """Replaces the dialect's own usage."""


@dataclass
class EngineServer:
    """One engine, listening."""

    dialect: Dialect
    wishes: list[str] = field(default_factory=lambda: ["unclear"])
    models: tuple[str, ...] = ("small",)
    key: str = KEY
    wrong: Misbehaviour = field(default_factory=Misbehaviour)
    url: str = ""
    bodies: list[Body] = field(default_factory=list)
    """The requests that arrived, throttled ones too."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[EngineServer]:
        """Until the end of the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            content = await reader.readexactly(int(length[1]) if length else 0)
            answering = asyncio.ensure_future(self._answer(head, content, writer))
            gone = asyncio.ensure_future(reader.read())
            await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
            answering.cancel()
            gone.cancel()
            await asyncio.gather(answering, gone, return_exceptions=True)
        finally:
            writer.close()

    async def _answer(self, head: str, content: bytes, writer: asyncio.StreamWriter) -> None:
        verb, path, _ = head.split(" ", 2)
        if self.key and f"authorization: bearer {self.key}" not in head.lower():
            given = re.search(r"(?i)authorization: bearer (\S*)", head)
            words = f"Incorrect API key provided: {given[1] if given else ''}"
            return await self._send(writer, 401, _error(words))
        if (verb, path) == ("GET", "/v1/models"):
            listed = [{"id": name, "object": "model"} for name in self.models]
            return await self._send(writer, 200, {"object": "list", "data": listed})
        if (verb, path) != ("POST", "/v1/chat/completions"):
            return await self._send(writer, 404, _error("no such path"))
        body = json.loads(content)
        self.bodies.append(body)
        if self.wrong.throttled:
            self.wrong.throttled -= 1
            return await self._send(writer, 429, _error("slow down"))
        await asyncio.sleep(self.wrong.hang_s)
        if self.wrong.status != 200:
            return await self._send(writer, self.wrong.status, self.wrong.page or _error("broken"))
        if body["model"] not in self.models and self.dialect != "llama-server":
            return await self._send(writer, 404, _error(f"The model `{body['model']}` is unknown"))
        if complaint := self.complaint(body):
            return await self._send(writer, 400, _error(complaint))
        text = next((wish for wish in self.wishes if self.allows(body, wish)), None)
        if text is None:
            return await self._send(writer, 500, _error("nothing that I could say is allowed"))
        if body.get("stream"):
            return await self._stream(writer, self._events(body, text))
        return await self._send(writer, 200, self.wrong.whole or self._completion(body, text))

    # -- what the real engine refuses, and what a constraint allows ---------------------------

    def complaint(self, body: Body) -> str:
        """Why the engine refuses the request; empty if it doesn't."""
        known = _PROTOCOL | _OWN_FIELDS[self.dialect]
        if self.dialect == "openai" and (unknown := set(body) - known):
            return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
        most = {"openai": 20, "ollama": 20, "vllm": 20}.get(self.dialect, 1000)
        if body.get("top_logprobs", 0) > most:
            return f"top_logprobs must be at most {most}"
        if self.dialect == "sglang" and {"regex", "ebnf"} <= body.keys():
            return "Only one of regex and ebnf can be set"
        schema = schema_of(body)
        if schema is not None and self.dialect == "openai":
            return strict_complaint(schema)
        if (pattern := self._regex(body)) is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                return f"Failed to transform regex into a grammar: {error}"
        return ""

    def _regex(self, body: Body) -> str | None:
        if self.dialect == "vllm":
            body = body.get("structured_outputs", {})
        return body.get("regex") if self.dialect in ("vllm", "sglang") else None

    def _gbnf(self, body: Body) -> str | None:
        if self.dialect == "vllm":
            body = body.get("structured_outputs", {})
        if self.dialect in ("vllm", "llama-server"):
            return body.get("grammar")
        return body.get("ebnf") if self.dialect == "sglang" else None

    def allows(self, body: Body, text: str) -> bool:
        """Whether the constraint of the request allows the text."""
        if (schema := schema_of(body)) is not None:
            try:
                return fits(schema, json.loads(text))
            except ValueError:
                return False
        if (pattern := self._regex(body)) is not None:
            return re.fullmatch(pattern, text) is not None
        if (grammar := self._gbnf(body)) is not None:
            return re.fullmatch(gbnf_as_regex(grammar), text) is not None
        return True

    # -- how the engine answers ---------------------------------------------------------------

    def _completion(self, body: Body, text: str) -> Body:
        message = {"role": "assistant", "content": text, "refusal": None, "tool_calls": None}
        choice: Body = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        if body.get("logprobs") and not self.wrong.no_logprobs:
            choice["logprobs"] = {"content": tokens_of(text, body.get("top_logprobs", 0))}
        answer: Body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": body["model"],
            "choices": [choice | dict(self.wrong.shape)],
            "usage": self._usage(text) if self.wrong.usage == "own" else self.wrong.usage,
        }
        if self.dialect == "llama-server":
            answer["timings"] = {"prompt_n": 10, "cache_n": 90, "predicted_n": len(text.split())}
        return answer

    def _usage(self, text: str) -> Body:
        usage: Body = {"prompt_tokens": 100, "completion_tokens": len(text.split())}
        usage["total_tokens"] = 100 + usage["completion_tokens"]
        if self.dialect in ("vllm", "openai"):
            usage["prompt_tokens_details"] = {"cached_tokens": 90, "audio_tokens": None}
        if self.dialect == "sglang":  # null unless it was started with --enable-cache-report
            usage["prompt_tokens_details"] = None
        return usage

    def _events(self, body: Body, text: str) -> list[Body]:
        pieces = re.findall(r"\S+\s*", text)
        deltas = [{"index": 0, "delta": {"content": piece}} for piece in pieces]
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        events: list[Body] = [{"choices": [choice], "usage": None} for choice in (*deltas, end)]
        if body.get("stream_options", {}).get("include_usage"):
            events.append({"choices": [], "usage": self._usage(text)})
        return events

    async def _send(self, writer: asyncio.StreamWriter, status: int, body: Body | str) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        after = f"Retry-After: {self.wrong.retry_after}\r\n" if self.wrong.retry_after else ""
        head = f"HTTP/1.1 {status} X\r\n{after}Connection: close\r\n"
        head += f"Content-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data[: self.wrong.cut_after])
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter, events: list[Body]) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n\r\n"
        )
        text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        writer.write(text.encode()[: self.wrong.cut_after])
        await writer.drain()


def _error(words: str) -> Body:
    return {"error": {"message": words, "type": "invalid_request_error", "code": None}}


def tokens_of(text: str, alternatives: int) -> list[Body]:
    """A token for each word: it has 0.8, and "human", which could stand there too, the rest."""
    found = []
    for piece in re.findall(r"\s*[^\s]+", text):
        token = {"token": piece, "logprob": -0.2231, "bytes": list(piece.encode())}
        other = {"token": "human", "logprob": -1.6094, "bytes": None}
        found.append(token | {"top_logprobs": [token, other][:alternatives]})
    return found


# -- constraints, as engines read them --------------------------------------------------------


def schema_of(body: Body) -> Body | None:
    """The schema of the request, wrapped as the protocol says."""
    wanted = body.get("response_format")
    if wanted is None:
        return None
    assert wanted["type"] == "json_schema"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted["json_schema"]["name"])
    schema: Body = wanted["json_schema"]["schema"]
    return schema


def strict_complaint(schema: Body, *, root: bool = True) -> str:
    """What OpenAI's strict mode refuses in a schema."""
    if unknown := set(schema) - _STRICT_TYPES:
        return f"Invalid schema: {sorted(unknown)} is not permitted"
    if root and schema.get("type") != "object":
        return "Invalid schema: schema must be an object"
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            return "Invalid schema: 'additionalProperties' is required to be false"
        if set(schema["required"]) != set(schema["properties"]):
            return "Invalid schema: 'required' must include every key in properties"
    members = schema.get("anyOf", [])
    firsts = [next(iter(one["properties"])) for one in members if "properties" in one]
    if len(firsts) != len(set(firsts)):
        return "Invalid schema: Objects provided via 'anyOf' must not share identical first keys"
    if "enum" in schema and not schema["enum"]:
        return "Invalid schema: enum must not be empty"
    inner = [*members, *schema.get("properties", {}).values()]
    inner += [schema["items"]] if "items" in schema else []
    return next(filter(None, (strict_complaint(one, root=False) for one in inner)), "")


def fits(schema: Body, value: Any) -> bool:
    """Whether the value is what the schema says, as far as schemas go here."""
    if "anyOf" in schema:
        return any(fits(one, value) for one in schema["anyOf"])
    match schema["type"]:
        case "object":
            properties = schema["properties"]
            same = isinstance(value, dict) and value.keys() == properties.keys()
            return same and all(fits(properties[key], value[key]) for key in properties)
        case "array":
            return isinstance(value, list) and all(fits(schema["items"], one) for one in value)
        case kind:
            assert kind == "string"
            return isinstance(value, str) and value in schema.get("enum", [value])


_GBNF = re.compile(r'"(?:[^"\\]|\\.)*"|\[\^\\n\]\+|\{\d+,\d+\}|[()|]|\s+')


def gbnf_as_regex(grammar: str) -> str:
    """A grammar of one rule without recursion as a regular expression."""
    name, _, rule = grammar.partition(" ::= ")
    assert name == "root"
    pieces = _GBNF.findall(rule)
    assert "".join(pieces) == rule, f"not GBNF: {rule}"
    return "".join(map(_piece_as_regex, pieces))


def _piece_as_regex(piece: str) -> str:
    if piece[0] == '"':
        return re.escape(re.sub(r"\\(U[0-9A-F]{8}|.)", _unescaped, piece[1:-1]))
    return "" if piece.isspace() else piece


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else code
