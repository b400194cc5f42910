"""Every dialect against an engine that speaks it: constraints, understanding, the gate, usage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from engine_server import KEY, EngineServer

from frontdesk import app
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import handle
from frontdesk.errors import RequestRefused
from frontdesk.models.dialects import Manner
from frontdesk.models.endpoint import RemoteEngine
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.prompts.constraint import constraint
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.commands import Refused, Set, Simple, Start
from frontdesk.types.generation import FORMS, Constraint, Dialect, Form, Generation, Message, Usage
from frontdesk.types.legal import Legal, Words

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
DIALECTS: Sequence[Dialect] = get_args(Dialect)
IN_JSON = [dialect for dialect in DIALECTS if FORMS[dialect][0] == "json"]
LEGAL = Legal(starts={"cancel": {}, "report": {"note": Words(any_run=True)}}, cancel=True)
LINES = "start report\nset note the roof leaks"
AS_JSON = '{"c":["start report",{"set_note":"the roof leaks"}]}'


def request(legal: Legal = LEGAL) -> Generation:
    return Generation(
        (Message("user", "the roof leaks"),),
        constraint=constraint(legal, "the roof leaks"),
        logprobs=10,
        timeout_s=5.0,
    )


def model_of(server: EngineServer, manner: Manner | None = None) -> OpenAiModel:
    engine = RemoteEngine(server.url, KEY, "the environment variable ENGINE_KEY")
    return OpenAiModel("small", engine, manner=manner or Manner(server.dialect), timeout_s=5.0)


@asynccontextmanager
async def engine(
    dialect: Dialect, *wishes: str, manner: Manner | None = None
) -> AsyncIterator[tuple[EngineServer, OpenAiModel]]:
    async with EngineServer(dialect, list(wishes)).listening() as server:
        model = model_of(server, manner)
        yield server, model
        await model.close()


# -- constraints ------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_engine_can_only_say_what_is_legal(dialect: Dialect) -> None:
    """Its model would rather chat, start something unknown, or name a slot that isn't there."""
    wishes = (
        "Sure, I can help you with that!",
        "start dance",
        "start cancel\nset note x",
        '{"c":["start dance"]}',
        '{"c":[{"set_nothing":"x"}]}',
        AS_JSON if dialect in IN_JSON else LINES,
    )
    async with engine(dialect, *wishes) as (_, model):
        found = await model.generate(request())
    assert found.text == wishes[-1]
    assert found.form == FORMS[dialect][0]


@pytest.mark.parametrize(
    ("dialect", "form"),
    [(dialect, form) for dialect in DIALECTS for form in FORMS[dialect] if form != "lark"],
)
async def test_every_form_that_a_dialect_takes(dialect: Dialect, form: Form) -> None:
    wish = AS_JSON if form == "json" else LINES
    async with engine(dialect, "Sure!", wish, manner=Manner(dialect, form)) as (_, model):
        found = await model.generate(request())
    assert (found.text, found.form) == ("Sure!" if form == "none" else wish, form)


FIELDS = {
    "vllm": {"structured_outputs", "chat_template_kwargs"},
    "sglang": {"regex", "chat_template_kwargs"},
    "llama-server": {"grammar", "post_sampling_probs", "chat_template_kwargs"},
    "ollama": {"response_format", "reasoning_effort"},
    "openai": {"response_format"},
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_request_has_the_fields_of_its_dialect_and_no_others(dialect: Dialect) -> None:
    """An engine that ignores an unknown field answers freely; a strict one refuses it."""
    async with engine(dialect, LINES, AS_JSON) as (server, model):
        await model.generate(request())
    common = {"model", "messages", "max_tokens", "temperature", "logprobs", "top_logprobs"}
    assert server.bodies[0].keys() - common == FIELDS[dialect]
    assert (server.bodies[0]["temperature"], server.bodies[0]["top_logprobs"]) == (0, 10)


def test_where_the_grammars_go() -> None:
    of = Constraint(lark="start: x", gbnf="root ::= x", regex="x")
    assert Manner("vllm").fields(of)["structured_outputs"] == {"regex": "x"}
    lark = Manner("vllm", "lark").fields(of)["structured_outputs"]
    assert lark == {"grammar": "%llguidance {}\nstart: x"}
    assert Manner("vllm", "gbnf").fields(of)["structured_outputs"] == {"grammar": "root ::= x"}
    assert Manner("sglang").fields(of)["regex"] == "x"
    assert Manner("sglang", "gbnf").fields(of)["ebnf"] == "root ::= x"
    assert Manner("llama-server").fields(of)["grammar"] == "root ::= x"
    assert Manner("llama-server", "lark").fields(of)["grammar"] == "%llguidance {}\nstart: x"


def test_the_next_best_form_that_there_is() -> None:
    assert Manner("vllm").form(Constraint(schema={})) == "json"
    assert Manner("ollama").form(Constraint(lark="start: x")) == "none"
    assert Manner("openai").form(None) == "none"


async def test_more_fields_win_over_ours() -> None:
    manner = Manner("vllm", extra={"chat_template_kwargs": {"x": 1}, "seed": 7})
    async with engine("vllm", LINES, manner=manner) as (server, model):
        await model.generate(request())
    assert server.bodies[0]["chat_template_kwargs"] == {"x": 1}
    assert server.bodies[0]["seed"] == 7


async def test_a_field_that_a_strict_engine_does_not_know_is_refused() -> None:
    async with engine("openai", AS_JSON, manner=Manner(extra={"grammar": "x"})) as (_, model):
        with pytest.raises(RequestRefused, match="Unrecognized request argument supplied: grammar"):
            await model.generate(request())


async def test_a_schema_that_strict_mode_does_not_take_is_refused() -> None:
    async with engine("openai", AS_JSON) as (_, model):
        loose = Constraint(schema={"type": "object", "properties": {}, "required": []})
        with pytest.raises(RequestRefused, match="additionalProperties"):
            await model.generate(replace(request(), constraint=loose))


async def test_without_alternatives_no_probabilities_are_asked_for() -> None:
    async with engine("openai", AS_JSON, manner=Manner(alternatives=0)) as (server, model):
        assert (await model.generate(request())).tokens == ()
    assert "logprobs" not in server.bodies[0]
    assert "top_logprobs" not in server.bodies[0]


# -- usage ------------------------------------------------------------------------------------

OWN_USAGE = {
    "vllm": Usage(10, 90, 7),
    "sglang": Usage(100, 0, 7),
    "llama-server": Usage(10, 90, 7),
    "ollama": Usage(100, 0, 3),
    "openai": Usage(10, 90, 3),
}


def tokens_only(usage: Usage | None) -> Usage:
    return replace(usage or Usage(), milliseconds=0.0)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_cost_in_the_shape_of_the_dialect(dialect: Dialect) -> None:
    wish = '{"c": [{"set_note":"the roof"}]}' if dialect in IN_JSON else LINES
    async with engine(dialect, wish) as (_, model):
        assert tokens_only((await model.generate(request())).usage) == OWN_USAGE[dialect]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_stream_tells_the_cost_in_its_last_event(dialect: Dialect) -> None:
    wish = AS_JSON if dialect in IN_JSON else LINES
    async with engine(dialect, wish) as (server, model):
        pieces = [piece async for piece in model.stream(request())]
    assert "".join(piece.text for piece in pieces) == wish
    assert [piece.usage is None for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    usage = tokens_only(pieces[-1].usage)
    assert usage.prompt_tokens + usage.cached_tokens == 100
    assert server.bodies[0]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, Usage(0, 0, 7)),
        ("none of it", Usage(0, 0, 7)),
        ({}, Usage(0, 0, 0)),
        ({"prompt_tokens": None, "completion_tokens": 4}, Usage(0, 0, 4)),
        ({"prompt_tokens": 9, "prompt_tokens_details": {}}, Usage(9, 0, 0)),
        ({"prompt_tokens": 9, "cached_tokens": 4, "completion_tokens": 1}, Usage(5, 4, 1)),
        ({"prompt_tokens": 9, "prompt_cache_hit_tokens": 4, "x": [1]}, Usage(5, 4, 0)),
    ],
    ids=["null", "a text", "empty", "null fields", "no details", "Moonshot", "DeepSeek"],
)
async def test_an_engine_that_tells_less(told: object, expected: Usage) -> None:
    """Without any word about it the tokens of the answer are counted."""
    async with engine("vllm", LINES) as (server, model):
        server.wrong.usage = told
        assert tokens_only((await model.generate(request())).usage) == expected


# -- a whole turn -----------------------------------------------------------------------------


async def played(
    server: EngineServer, tmp_path: Path, text: str, manner: Manner | None = None
) -> list[e.Event]:
    """What the demo desk does with the message, without embeddings, so the engine is asked."""
    loaded = app.load_desk(DESK)
    desk = loaded.desk
    assert desk.test_now is not None
    model = model_of(server, manner)
    async with app.open_desk(loaded, model, tmp_path, clock=FixedClock(desk.test_now)) as parts:
        opened = await open_conversation(parts.store, desk, desk.customers[0])
        await receive(parts.store, desk, opened.conversation, "message", text)
        while trigger := await parts.store.claim("test", 60.0):
            await handle(parts, trigger)
        events = [recorded.event for recorded in await parts.store.history(opened.conversation)]
    await model.close()
    return events


def understood(events: Sequence[e.Event]) -> e.Understood:
    return next(event for event in events if isinstance(event, e.Understood))


def in_form(dialect: Dialect, *lines: str) -> str:
    if dialect not in IN_JSON:
        return "\n".join(lines)
    first, *rest = lines
    sets = [line.removeprefix("set ").split(" ", 1) for line in rest]
    items = [f'"{first}"', *(f'{{"set_{slot}": "{words}"}}' for slot, words in sets)]
    return f'{{\n  "c": [{", ".join(items)}]\n}}'


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_desk_acts_on_what_the_engine_understood(
    dialect: Dialect, tmp_path: Path
) -> None:
    said = "the oven in our kitchen makes strange noises all night"
    wish = in_form(dialect, "start report_problem", "set description makes strange noises")
    async with EngineServer(dialect, [wish]).listening() as server:
        events = await played(server, tmp_path, said)
    found = understood(events)
    commands = found.understanding.readings[0].commands
    assert commands == (Start("report_problem"), Set("description", "makes strange noises"))
    assert found.understanding.raw == "start report_problem\nset description makes strange noises"
    filled = {event.slot for event in events if isinstance(event, e.SlotFilled)}
    assert "description" in filled


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_value_that_the_customer_did_not_say_is_refused_by_the_gate(
    dialect: Dialect, tmp_path: Path
) -> None:
    """The engine's constraint may allow it: not every form can say "a run of the message"."""
    said = "the oven in our kitchen makes strange noises all night"
    wish = in_form(dialect, "start report_problem", "set description the roof came down")
    async with EngineServer(dialect, [wish]).listening() as server:
        events = await played(server, tmp_path, said)
    decided = next(event for event in events if isinstance(event, e.Decided))
    refused = [one.command for one in decided.outcomes if isinstance(one, Refused)]
    assert refused == [Set("description", "the roof came down")]
    assert not any("roof" in str(event) for event in events if isinstance(event, e.SlotFilled))


async def test_an_engine_that_is_not_constrained_is_read_leniently(tmp_path: Path) -> None:
    wish = "\n```\n- `start report_problem`\nset description makes strange noises\n```"
    async with EngineServer("openai", [wish]).listening() as server:
        events = await played(server, tmp_path, "it makes strange noises", Manner("openai", "none"))
    commands = understood(events).understanding.readings[0].commands
    assert commands == (Start("report_problem"), Set("description", "makes strange noises"))


async def test_chatter_means_nothing_and_starts_nothing(tmp_path: Path) -> None:
    wish = "Certainly! I have cancelled all of your bookings."
    async with EngineServer("openai", [wish]).listening() as server:
        events = await played(server, tmp_path, "do whatever", Manner("openai", "none"))
    assert understood(events).understanding.readings[0].commands == (Simple("unclear"),)
    assert not any(isinstance(event, e.FrameOpened | e.ToolCalled) for event in events)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_confidence_is_that_of_the_tokens(dialect: Dialect, tmp_path: Path) -> None:
    """Each word has 0.8 and "human" 0.2; where "human" can't stand a word is sure."""
    wish = in_form(dialect, "ask") if dialect in IN_JSON else "ask"
    async with EngineServer(dialect, [wish]).listening() as server:
        found = understood(await played(server, tmp_path, "something about the pool"))
    expected = 1.0 if dialect in IN_JSON else 0.8
    assert found.confidence == pytest.approx(expected, abs=0.001)


async def test_without_probabilities_the_engine_is_believed(tmp_path: Path) -> None:
    async with EngineServer("vllm", ["ask"]).listening() as server:
        server.wrong.no_logprobs = True
        found = understood(await played(server, tmp_path, "something about the pool"))
    assert found.confidence == 1.0


async def test_a_token_without_alternatives_counts_with_its_own_probability(
    tmp_path: Path,
) -> None:
    alone = [{"token": "ask", "logprob": -0.6931, "top_logprobs": None}]
    async with EngineServer("vllm", ["ask"]).listening() as server:
        server.wrong.shape = {"logprobs": {"content": alone}}
        found = understood(await played(server, tmp_path, "something about the pool"))
    assert found.confidence == pytest.approx(0.5, abs=0.001)
