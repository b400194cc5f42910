"""The composition root builds what desk.toml says, and the documents' tables are right."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from engine_server import KEY, EngineServer

from frontdesk import app
from frontdesk.cli.options import announced
from frontdesk.desk.load import read_settings
from frontdesk.errors import SettingError
from frontdesk.settings import Settings
from frontdesk.types.desk import ModelChoice
from frontdesk.types.generation import Constraint, Generation, Message

REPOSITORY = Path(__file__).parents[3]
DESK = REPOSITORY / "desks" / "harbor-stays"
ENGINES = (REPOSITORY / "docs" / "engines.md").read_text(encoding="utf-8")
TABLES = re.findall(r"```toml\n(.*?)```", ENGINES, re.DOTALL)
HEAD = """\
format = 2
id = "small"
name = "Small"
languages = ["en"]
timezone = "Europe/Lisbon"
currency = "EUR"
"""


async def test_a_model_elsewhere_is_opened_with_its_key_and_manner(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "cache")
    async with EngineServer("sglang", ["no", "yes"]).listening() as server:
        choice = ModelChoice("small", server.url, "sglang", "gbnf", key_env="ENGINE_KEY")
        choice = replace(choice, alternatives=5, extra={"seed": 3})
        async with app.open_model(settings, choice, environment={"ENGINE_KEY": KEY}) as model:
            of = Constraint(gbnf='root ::= "yes"', regex="no")
            asked = Generation((Message("user", "?"),), constraint=of, logprobs=10)
            assert (await model.generate(asked)).text == "yes"
            assert model.name == "small"
    assert server.bodies[0]["top_logprobs"] == 5
    assert server.bodies[0]["seed"] == 3
    assert not settings.cache.exists()  # nothing is fetched for it


async def test_a_desk_does_not_open_with_a_wrong_key(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path)
    async with EngineServer("openai").listening() as server:
        choice = ModelChoice("small", server.url, key_env="ENGINE_KEY")
        for environment, words in (({}, "holds nothing"), ({"ENGINE_KEY": "x"}, "refused the key")):
            with pytest.raises(SettingError, match=words):
                async with app.open_model(settings, choice, environment=environment):
                    pass


def test_the_address_of_messages_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    desk = app.load_desk(DESK).desk
    elsewhere = ModelChoice("big", "https://engine.example/v1", "vllm", key_env="ENGINE_KEY")
    assert announced(replace(desk, model=elsewhere), None) == elsewhere
    said = "Messages go to https://engine.example/v1 (big, vllm).\n"
    assert capsys.readouterr().err == said
    assert announced(replace(desk, model=elsewhere), "smollm-135m") == ModelChoice("smollm-135m")
    assert "Messages go" not in capsys.readouterr().err


def test_only_a_model_on_this_machine_must_be_in_the_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(f'{HEAD}[model]\nname = "no-such-model"\n')
    here = Settings(tmp_path / "data", tmp_path / "cache")
    (problem,) = app.model_problems(tmp_path, here)
    assert (problem.line, "no-such-model" in problem.message) == (8, True)
    file.write_text(f'{HEAD}[model]\nname = "no-such-model"\nurl = "https://engine.example"\n')
    assert app.model_problems(tmp_path, here) == []


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_of_the_documents(table: str, tmp_path: Path) -> None:
    if table.startswith("[model.extra]"):
        table = f'[model]\nname = "m"\nurl = "http://127.0.0.1:1"\n{table}'
    (tmp_path / "desk.toml").write_text(HEAD + table)
    assert read_settings(tmp_path)[1] == []


def test_there_is_a_table_for_each_dialect() -> None:
    named = set(re.findall(r'^dialect = "([\w-]+)"', "\n".join(TABLES), re.MULTILINE))
    assert named == {"vllm", "sglang", "llama-server", "ollama", "openai"}
