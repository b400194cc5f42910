"""Keys come from the environment or a file, and are quoted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.errors import SettingError
from frontdesk.models.keys import key_of, key_source
from frontdesk.types.desk import ModelChoice

URL = "https://engine.example/v1"
IN_ENV = ModelChoice("m", URL, key_env="ENGINE_KEY")


def in_file(file: Path) -> ModelChoice:
    return ModelChoice("m", URL, key_file=file)


def test_a_key_in_the_environment() -> None:
    assert key_of(IN_ENV, {"ENGINE_KEY": " sk-1 \n"}) == "sk-1"
    assert key_source(IN_ENV) == "the environment variable ENGINE_KEY"


def test_a_key_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-2\n")
    assert key_of(in_file(file), {}) == "sk-2"
    assert key_source(in_file(file)) == f"the file {file}"


def test_an_engine_without_a_key() -> None:
    assert key_of(ModelChoice("m", URL), {"ENGINE_KEY": "sk-1"}) == ""


@pytest.mark.parametrize("environment", [{}, {"ENGINE_KEY": ""}, {"ENGINE_KEY": " "}])
def test_a_missing_key_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="ENGINE_KEY should hold the key to https://engine"):
        key_of(IN_ENV, environment)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"gone can't be read: No such file"):
        key_of(in_file(tmp_path / "gone"), {})


@pytest.mark.parametrize("key", ["sk-a\nsk-b", "sk a", "sk-é", "sk-\x07"])
def test_what_no_header_can_carry_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(SettingError, match="holds no key") as caught:
        key_of(IN_ENV, {"ENGINE_KEY": key})
    assert "sk" not in str(caught.value)
