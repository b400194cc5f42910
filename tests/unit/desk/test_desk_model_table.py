"""The table [model]: which model, where it runs, and that no key stands in it."""

from __future__ import annotations

import pytest
from desk_folder import SETTINGS, Folder

from frontdesk.desk.model_table import is_private
from frontdesk.types.desk import ModelChoice

BEFORE = "\n".join(SETTINGS.splitlines()[:-1])


def write(folder: Folder, *lines: str) -> None:
    """The table stands in line 7, its first row in line 8."""
    folder.write("desk.toml", "\n".join([BEFORE, "[model]", *lines, ""]))


def test_a_model_of_the_catalogue(folder: Folder) -> None:
    write(folder, 'name = "smollm-135m"')
    assert folder.load().model == ModelChoice("smollm-135m")


def test_an_engine_elsewhere(folder: Folder) -> None:
    write(
        folder,
        'name = "Qwen/Qwen3-8B"',
        'url = "https://engine.example/v1"',
        'dialect = "vllm"',
        'constraint = "lark"',
        'key_file = "../keys/engine"',
        "width = 8",
        "timeout_s = 12.5",
        "alternatives = 5",
        "extra = { seed = 1 }",
    )
    assert folder.load().model == ModelChoice(
        "Qwen/Qwen3-8B",
        "https://engine.example/v1",
        "vllm",
        "lark",
        key_file=(folder.path / "../keys/engine").resolve(),
        width=8,
        timeout_s=12.5,
        alternatives=5,
        extra={"seed": 1},
    )


URL = 'url = "https://engine.example/v1"'
MISTAKES = {
    "a key": ((URL, 'api_key = "sk-secret"'), 10, "'api_key': a key must not stand", "`key_env`"),
    "a key among more fields": (
        (URL, 'extra = { Authorization = "Bearer sk-secret" }'),
        10,
        "'Authorization': a key must not stand",
        "change the key",
    ),
    "a key as a variable": ((URL, 'key_env = "sk-secret"'), 10, "'key_env'", ""),
    "a key in the address": (('url = "https://u:sk-secret@host/v1"',), 9, "more than", "key_env"),
    "a key behind the address": (('url = "https://host/v1?k=sk-secret"',), 9, "more than", ""),
    "no address": (('url = "engine.example"',), 9, "not an http or https address", "http://127"),
    "a broken port": (('url = "http://host:port/v1"',), 9, "not an http or https", ""),
    "unencrypted": (('url = "http://engine.example/v1"',), 9, "to engine.example unencrypted",
                    "Write https"),
    "unknown dialect": ((URL, 'dialect = "vlm"'), 10, "'dialect'", ""),
    "a constraint of others": ((URL, 'dialect = "ollama"', 'constraint = "regex"'), 11,
                               "ollama takes no constraint 'regex'", "json, none"),
    "two keys": ((URL, 'key_env = "A"', 'key_file = "/etc/a"'), 11, "exclude each other", ""),
    "a key file in the desk": ((URL, 'key_file = "key.txt"'), 10, "lies in the desk", "Move"),
    "no url": (("width = 2",), 9, "'width' is for an engine that runs elsewhere", "`url`"),
    "too wide": ((URL, "width = 0"), 10, "'width'", ""),
    "unknown key": ((URL, 'dialekt = "vllm"'), 10, "'dialekt' is not known", "'dialect'"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "line", "message", "fix"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_in_the_table(
    folder: Folder, lines: tuple[str, ...], line: int, message: str, fix: str
) -> None:
    write(folder, 'name = "m"', *lines)
    problem = folder.only()
    assert problem.line == line
    assert message in problem.message
    assert fix in problem.fix
    assert "sk-secret" not in str(problem)


def test_a_text_where_the_table_should_be(folder: Folder) -> None:
    folder.write("desk.toml", f'{BEFORE}\nmodel = "smollm-135m"\n')
    problem = folder.only()
    assert (problem.line, problem.message) == (7, "'model' is a table in this format")
    assert "[model]" in problem.fix


def test_an_older_file_has_one_mistake(folder: Folder) -> None:
    older = BEFORE.replace("format = 2", "format = 1")
    folder.write("desk.toml", f'{older}\nmodel = "smollm-135m"\nnmae = 1\n')
    problem = folder.only()
    assert (problem.line, problem.message) == (1, "format 1 is an older one")
    assert problem.fix.endswith(f"`frontdesk migrate {folder.path}`")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.1.2.3", True),
        ("192.168.0.7", True), ("172.20.0.1", True), ("vllm", True), ("gpu.internal", True),
        ("8.8.8.8", False), ("172.32.0.1", False), ("engine.example", False),
        ("localhost.example", False), ("2606:4700::1111", False),
    ],
)  # fmt: skip
def test_which_addresses_are_private(host: str, private: bool) -> None:
    assert is_private(host) is private
