"""What the documents show is so: commands print it, examples run, names and links exist."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer.main
import yaml
from documents import DOCUMENTS, Block, anchors, blocks, console, first_column, log, prose
from installed_command import (
    BIN,
    DESK,
    REPOSITORY,
    SMALLEST,
    environment,
    model_cache,
    run,
    small_desk,
)

from frontdesk.app import load_desk, open_desk
from frontdesk.cli.main import application
from frontdesk.desk.format import STEPS
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.evaluation import case_check, desk_tests
from frontdesk.models import own
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.types.commands import PROPOSABLE
from frontdesk.types.desk import Customer
from frontdesk.types.procedures import SlotType
from frontdesk.web.api import create_app
from frontdesk.web.identity import read
from frontdesk.web.server import listen, serve
from frontdesk.worker.loop import Worker

DOCS = REPOSITORY / "docs"
FORMAT = DOCS / "desk.md"
TUTORIAL = DOCS / "tutorial.md"
README = REPOSITORY / "README.md"
SECRET = "a secret of at least thirty-two bytes, for tests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader stands: a folder with the demo desk in it."""
    (tmp_path / "desks").mkdir()
    (tmp_path / "desks" / "harbor-stays").symlink_to(DESK)
    return tmp_path


ALONE = [file for file in DOCUMENTS if file != TUTORIAL]
"""Documents whose blocks don't need one another."""


@pytest.mark.parametrize("block", blocks("console", of=ALONE), ids=str)
def test_commands_print_what_is_shown(block: Block, folder: Path) -> None:
    run_console(block, folder)


def test_the_tutorial_runs_from_its_first_block_to_the_last(tmp_path: Path) -> None:
    """Its files are written and its commands run in order, in one folder."""
    for block in blocks(of=[TUTORIAL]):
        kind, _, name = block.comment.partition(": ")
        if block.language == "console":
            run_console(block, tmp_path)
        elif kind == "file":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(block.text, encoding="utf-8")
        else:
            assert block.language == "sh", f"{block} is neither a file nor a command"


def run_console(block: Block, folder: Path) -> None:
    """Runs the commands of a block in the folder; they print what stands below them."""
    for command, expected in console(block.text):
        programs = [word for word in shlex.split(command) if "=" not in word]
        if shutil.which(programs[0], path=environment(folder)["PATH"]) is None:
            pytest.fail(f"{programs[0]} is not installed; scripts/test installs it")
        ran = run("bash", "-c", command, env=environment(folder), cwd=folder)
        printed = ran.out + ran.err + (f"[exit {ran.code}]\n" if ran.code else "")
        assert re.fullmatch(expected, printed), f"{block}: {command}\n{printed}"


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_commands_and_their_options_exist(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        options = {word for word in words if word.startswith("--")}
        if words and words[0].startswith("scripts/"):
            script = REPOSITORY / words[0]
            assert os.access(script, os.X_OK)
            assert all(option in script.read_text(encoding="utf-8") for option in options)
        elif words and words[0] == "frontdesk":
            assert options <= known_options(words[1:]), line


def known_options(words: list[str]) -> set[str]:
    """The options of the command that the words begin with."""
    command: Any = typer.main.get_command(application)
    for word in words:
        if not hasattr(command, "commands"):
            break
        assert word in command.commands, f"there is no command {word!r}"
        command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


def test_the_demo_of_the_readme_runs_with_any_model(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The script itself, in a folder whose environment is this one, on a desk quickly read."""
    (tmp_path / "desks").mkdir()
    small_desk(tmp_path).rename(tmp_path / "desks" / "harbor-stays")
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(BIN)
    wanted = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        wanted.update(shutil.copy(REPOSITORY / name, tmp_path / name).read_bytes())
    wanted.update(b"\n")
    stamp = tmp_path / ".venv" / ".installed"
    stamp.write_text(f"{wanted.hexdigest()}  -\n", encoding="ascii")
    shown = [line for block in blocks("sh", of=[README]) for line in block.text.splitlines()]
    (line,) = (line for line in shown if "--say" in line)
    env = environment(tmp_path, FRONTDESK_CACHE=str(model_cache(tmp_path_factory)))
    ran = run(*shlex.split(line), "--model", SMALLEST, env=env, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "\nCustomer: I need to cancel my trip to Porto\n" in ran.out
    assert "understood by " in ran.out


# -- programs ---------------------------------------------------------------------------------


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[str]:
    """The address of the demo desk, served with a scripted model."""
    loaded, model = load_desk(DESK), ScriptedModel(["start get_invoice"])
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with open_desk(loaded, model, tmp_path / "served") as parts:
        worker = Worker(parts)
        app = create_app(parts, secret=SECRET, demo=True)
        tasks = [
            asyncio.create_task(worker.run()),
            asyncio.create_task(serve(app, listen(), ready=ready.set_result)),
        ]
        yield await ready
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_programs_run_against_a_desk(served: str, tmp_path: Path) -> None:
    others = [block for block in blocks("python", of=ALONE) if block.file != FORMAT]
    assert others
    more = {"DESK_URL": served, "HARBOR_STAYS_IDENTITY_SECRET": SECRET}
    printed = ""
    for block in others:
        command = (BIN / "python", "-W", "error", "-c", block.text)
        ran = await asyncio.to_thread(run, *command, env=environment(tmp_path, **more))
        assert ran.code == 0, f"{block}: {ran.err}"
        printed += ran.out
    assert "Desk: Which booking" in printed
    assert printed.count("Desk:") == 2  # the greeting and one answer to a message sent twice


def test_the_identity_of_the_example_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (block for block in blocks("python") if "jwt.encode" in block.text)
    monkeypatch.setenv("HARBOR_STAYS_IDENTITY_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(compile(block.text, str(block), "exec"), names)
    customer = read(names["identity"], SECRET, "harbor-stays")
    assert customer == Customer("cust-ana", "Ana Sousa", "ana@example.com")


def test_the_entry_of_the_example_is_taken(tmp_path: Path) -> None:
    (block,) = blocks("toml", of=[DOCS / "models.md"])
    lock = tmp_path / block.comment
    lock.write_text(block.text, encoding="utf-8")
    (entry,) = own.load([lock])
    assert (entry.alias, len(entry.mirrors)) == ("house", 3)


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


async def test_the_log_is_what_happens(tmp_path: Path) -> None:
    (block,) = (block for block in blocks("text") if block.comment.startswith("events: "))
    who, *messages = block.comment.removeprefix("events: ").split(" | ")
    loaded = load_desk(DESK)
    desk = loaded.desk
    assert desk.test_now is not None
    clock = FixedClock(desk.test_now)
    customer = next(one for one in desk.customers if one.id == who)
    means = [message.partition(" = ")[2] for message in messages]
    model = ScriptedModel([answer for answer in means if answer])
    async with open_desk(loaded, model, tmp_path, clock=clock) as parts:
        opened = await open_conversation(parts.store, desk, customer)
        for message in messages:
            text = message.partition(" = ")[0]
            await receive(parts.store, desk, opened.conversation, "message", text)
            await Worker(parts).work_off(opened.conversation)
        assert block.text == log(await parts.store.history(opened.conversation))


# -- the example desk -------------------------------------------------------------------------


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The desk that docs/desk.md shows, every block in its file."""
    texts = {
        language: [block.text for block in blocks(language, of=[FORMAT])]
        for language in ("toml", "python", "markdown", "yaml")
    }
    (settings,), (tools,), (article,) = texts["toml"], texts["python"], texts["markdown"]
    files = {"desk.toml": settings, "tools.py": tools, "knowledge/refunds.md": article}
    for text in texts["yaml"]:
        data = yaml.safe_load(text)
        if isinstance(data, list) and "test" not in data[0]:
            for step in data:  # alone, so only their shape can be checked
                STEPS[next(iter(step))].model_validate(step)
        elif isinstance(data, list):
            files["tests/example.yaml"] = text
        elif "procedure" in data:
            files[f"procedures/{data['procedure']}.yaml"] = text
        else:
            assert list(data) == ["slots"]
            head = "procedure: slots_alone\ntitle: Slots\ndescription: Has slots.\n"
            steps = "".join(f"  - collect: {slot}\n" for slot in data["slots"])
            files["procedures/slots_alone.yaml"] = f"{head}{text}steps:\n{steps}"
    alone = sum("\n    many: true" in text for text in texts["yaml"])
    assert len(files) == 3 + len(texts["yaml"]) - alone
    for name, text in files.items():
        file = tmp_path / "desk" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "desk"


async def test_the_example_desk_loads_and_its_conversations_pass(example: Path) -> None:
    loaded = load_desk(example)
    found, problems = case_check.load(loaded.desk, loaded.folder)
    assert problems == []
    results = await desk_tests.play(loaded, found, None)
    assert len(results) == 2
    assert [result.failures for result in results if not result.passed] == []


def test_the_format_names_everything_there_is() -> None:
    verbs = {verb for kind in PROPOSABLE for verb in get_args(get_type_hints(kind)["verb"])}
    assert {name.split()[0] for name in first_column(FORMAT, "tests/*.yaml")} == verbs
    assert set(first_column(FORMAT, "Built-in replies")) == set(MESSAGES)
    assert set(first_column(FORMAT, "Slots")) == set(get_args(SlotType))
    steps = {re.split(r"\W", name)[0] for name in first_column(FORMAT, "Steps")}
    assert steps == set(STEPS)


# -- words and links --------------------------------------------------------------------------


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(file)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (file.parent / path).resolve() if path else file
        assert place.exists(), f"{file.name} links to {target}"
        if anchor:
            assert anchor in anchors(place), f"{file.name} links to {target}"


def test_every_name_in_the_glossary_is_in_the_code() -> None:
    sources = "\n".join(
        file.read_text(encoding="utf-8") for file in (REPOSITORY / "src").rglob("*.py")
    )
    words = set(re.findall(r"\w+", sources))
    named = re.findall(r"`([^`]+)`", (DOCS / "glossary.md").read_text(encoding="utf-8"))
    assert len(named) > 50
    assert [name for name in named if not set(re.findall(r"\w+", name)) <= words] == []


def test_the_glossary_has_each_term_once_and_in_order() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    terms = [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("| ")][1:]
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("file", sorted(DOCS.glob("decisions/*.md")), ids=lambda file: file.stem)
def test_a_decision_has_its_parts(file: Path) -> None:
    parts = re.findall(r"^## (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert parts == ["Status", "Context", "Decision", "Consequences"]
    number = re.match(r"# (\d+)\. ", file.read_text(encoding="utf-8"))
    assert number
    assert int(file.name[:4]) == int(number[1])
