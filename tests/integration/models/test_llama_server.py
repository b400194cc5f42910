"""A real llama-server reached by its address: our own child, as if it ran elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from frontdesk.errors import RequestRefused, SettingError
from frontdesk.models.catalogue import find
from frontdesk.models.dialects import Manner
from frontdesk.models.endpoint import Endpoint, RemoteEngine
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.shelf import Shelf
from frontdesk.prompts import json_form, lines
from frontdesk.prompts.constraint import constraint
from frontdesk.types.generation import Constraint, Form, Generation, Message
from frontdesk.types.legal import Legal, Words

SAID = "please cancel, my mother is ill"
LEGAL = Legal(starts={"cancel": {"why": Words(any_run=True), "day": Words(('4 "May"',))}})
MESSAGES = (
    Message("system", "You translate what a customer writes into commands, one a line."),
    Message("user", "I want to cancel"),
    Message("assistant", "start cancel"),
    Message("user", SAID),
)


@dataclass(frozen=True)
class Served:
    """Where the real server listens."""

    endpoint: Endpoint

    def model(self, form: Form | None = None, key: str | None = None) -> OpenAiModel:
        engine = RemoteEngine(self.endpoint.base_url, self.endpoint.key if key is None else key)
        return OpenAiModel("any", engine, manner=Manner("llama-server", form), timeout_s=60.0)


@pytest.fixture
async def served(smollm_path: Path, tmp_path: Path) -> AsyncIterator[Served]:
    engine = LlamaEngine(
        find("smollm-135m"),
        Shelf(smollm_path.parent),
        kv_folder=tmp_path / "kv",
        log_folder=tmp_path / "log",
        settings=LlamaSettings(threads=1),
    )
    yield Served(await engine.endpoint())
    await engine.close()


def request(of: Constraint | None = None) -> Generation:
    return Generation(
        MESSAGES,
        in_json=json_form.rewritten(MESSAGES),
        constraint=of or constraint(LEGAL, SAID),
        logprobs=10,
        max_tokens=40,
    )


async def test_it_obeys_the_grammar_and_tells_probabilities_and_cost(served: Served) -> None:
    model = served.model()
    await model.check()
    found = await model.generate(request())
    await model.close()
    assert found.form == "gbnf"
    begun = re.match(lines.regex(LEGAL), found.text)
    assert begun or found.finish == "length"
    assert found.text.startswith(("start cancel", "ask", "human", "chat", "unclear"))
    assert len(found.tokens[0].alternatives) == 10
    assert found.usage.prompt_tokens > 10
    assert found.usage.generated_tokens > 0


async def test_it_obeys_a_literal_with_quotes(served: Served) -> None:
    only = Legal(sets={"day": Words(('4 "May" \\ 5',))}, talk=False)
    model = served.model()
    found = await model.generate(request(constraint(only, SAID)))
    await model.close()
    assert set(found.text.splitlines()) == {'set day 4 "May" \\ 5'}


async def test_it_obeys_the_schema(served: Served) -> None:
    only = Legal(starts={"cancel": {"day": Words(("4 May",))}})
    model = served.model("json")
    found = await model.generate(request(constraint(only, SAID)))
    await model.close()
    assert found.form == "json"
    if found.finish == "stop":
        assert json.loads(found.text).keys() == {"c"}
    written = json_form.lines(found.text).splitlines()
    legal = {"start cancel", "set day 4 May", "ask", "human", "chat", "unclear"}
    assert written
    assert set(written) <= legal


async def test_it_takes_llguidance_where_it_was_built_with_it(served: Served) -> None:
    """As the one is that we come with; then a value is a run of the message's words."""
    model = served.model("lark")
    only = Legal(sets={"why": Words(any_run=True)}, talk=False)
    found = await model.generate(request(constraint(only, SAID)))
    await model.close()
    values = [line.removeprefix("set why ") for line in found.text.splitlines()]
    assert values
    assert all(value in SAID for value in values)


async def test_it_refuses_a_wrong_key_and_a_broken_grammar(served: Served) -> None:
    stranger = served.model(key="sk-wrong")
    with pytest.raises(SettingError, match="refused the key"):
        await stranger.check()
    await stranger.close()
    model = served.model()
    with pytest.raises(RequestRefused, match="grammar"):
        await model.generate(request(Constraint(gbnf="root ::= nowhere")))
    await model.close()
