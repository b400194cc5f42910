"""The supervised child with real weights: how it starts, dies and ends."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from frontdesk.errors import ModelError, ModelFileError
from frontdesk.models.catalogue import find
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.shelf import Shelf

SMOLLM = find("smollm-135m")

PARENT = """
import asyncio, sys
from pathlib import Path
from frontdesk.models.catalogue import find
from frontdesk.models.llama import LlamaEngine
from frontdesk.models.shelf import Shelf

async def main():
    engine = LlamaEngine(find("smollm-135m"), Shelf(Path(sys.argv[1])),
                         kv_folder=Path(sys.argv[2]), log_folder=Path(sys.argv[2]))
    await engine.start()
    print(engine.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def lives(pid: int | None) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
    except FileNotFoundError:
        return False


async def ends(pid: int | None) -> bool:
    for _ in range(100):
        if not lives(pid):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.fixture
async def engine(smollm_path: Path, tmp_path: Path) -> AsyncIterator[LlamaEngine]:
    engine = LlamaEngine(
        SMOLLM, Shelf(smollm_path.parent), kv_folder=tmp_path / "kv", log_folder=tmp_path / "log"
    )
    yield engine
    await engine.close()


def engine_of(data: bytes, folder: Path, **settings: int) -> LlamaEngine:
    """An engine for a file that the catalogue would name with those bytes."""
    entry = replace(
        SMOLLM,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        context_tokens=2**40,
    )
    Shelf(folder).path(entry).write_bytes(data)
    return LlamaEngine(
        entry,
        Shelf(folder),
        kv_folder=folder / "kv",
        log_folder=folder / "log",
        settings=LlamaSettings(**settings),
    )


async def test_it_starts_once_and_closes_without_an_orphan(engine: LlamaEngine) -> None:
    assert engine.pid is None
    first, second = await asyncio.gather(engine.endpoint(), engine.endpoint())
    assert first == second
    pid = engine.pid
    assert lives(pid)
    await engine.close()
    assert not lives(pid)
    with pytest.raises(ModelError, match="closed"):
        await engine.endpoint()


async def test_it_serves_only_who_knows_the_secret(engine: LlamaEngine) -> None:
    endpoint = await engine.endpoint()
    assert endpoint.base_url.startswith("http://127.0.0.1:")
    async with httpx.AsyncClient(base_url=endpoint.base_url, trust_env=False) as client:
        for path in ("/slots", "/v1/chat/completions", "/slots/0?action=save"):
            assert (await client.post(path, json={})).status_code == 401
    arguments = Path(f"/proc/{engine.pid}/cmdline").read_text()
    environment = Path(f"/proc/{engine.pid}/environ").read_text()
    assert endpoint.key not in arguments + environment


async def test_a_dead_child_is_replaced(engine: LlamaEngine) -> None:
    before = await engine.endpoint()
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    engine.distrust(before)
    after = await engine.endpoint()
    assert after.start == before.start + 1
    assert after.key != before.key


async def test_it_is_not_started_for_ever(engine: LlamaEngine) -> None:
    for _ in range(3):
        await engine.endpoint()
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        while engine.pid is not None:
            await asyncio.sleep(0.01)
    with pytest.raises(ModelError, match="started 3 times in 60 seconds"):
        await engine.endpoint()


async def test_the_child_ends_when_its_parent_is_killed(smollm_path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(smollm_path.parent), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.kill()
    assert await ends(child)


async def test_cancelling_a_start_leaves_no_child(engine: LlamaEngine) -> None:
    task = asyncio.create_task(engine.start())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    assert not [pid for pid in children if lives(int(pid))]
    assert engine.pid is None
    await engine.start()
    assert lives(engine.pid)


async def test_a_missing_file(tmp_path: Path) -> None:
    engine = LlamaEngine(SMOLLM, Shelf(tmp_path), kv_folder=tmp_path, log_folder=tmp_path)
    with pytest.raises(ModelFileError, match="frontdesk models pull smollm-135m"):
        await engine.start()


async def test_tampered_weights_never_reach_the_engine(smollm_path: Path, tmp_path: Path) -> None:
    """llama.cpp would load them without a word."""
    data = bytearray(smollm_path.read_bytes())
    data[-1000] ^= 1
    Shelf(tmp_path).path(SMOLLM).write_bytes(data)
    engine = LlamaEngine(SMOLLM, Shelf(tmp_path), kv_folder=tmp_path, log_folder=tmp_path)
    with pytest.raises(ModelFileError, match="SHA-256"):
        await engine.start()
    assert engine.pid is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [("garbage", "invalid magic"), ("truncated", "not within the file bounds"), ("empty", "GGUF")],
)
async def test_a_file_that_is_no_model_says_why(
    smollm_path: Path, tmp_path: Path, damage: str, words: str
) -> None:
    data = {
        "garbage": b"no weights" * 1000,
        "truncated": smollm_path.read_bytes()[:50_000_000],
        "empty": b"",
    }[damage]
    engine = engine_of(data, tmp_path)
    began = time.monotonic()
    with pytest.raises(ModelError) as caught:
        await engine.start()
    assert words in str(caught.value) or damage == "empty"
    assert str(engine.log_path) in str(caught.value)
    assert time.monotonic() - began < 10
    await engine.close()


async def test_too_little_memory_says_so(smollm_path: Path, tmp_path: Path) -> None:
    engine = engine_of(smollm_path.read_bytes(), tmp_path, context_tokens=2**24)
    with pytest.raises(ModelError, match="failed to allocate"):
        await engine.start()
    await engine.close()


async def test_a_start_that_takes_too_long_is_given_up(smollm_path: Path, tmp_path: Path) -> None:
    engine = LlamaEngine(
        SMOLLM,
        Shelf(smollm_path.parent),
        kv_folder=tmp_path,
        log_folder=tmp_path,
        settings=LlamaSettings(start_timeout_s=0.05),
    )
    with pytest.raises(ModelError, match=r"longer than 0\.05 seconds"):
        await engine.start()
    assert engine.pid is None
    await engine.close()
