"""The HTTP adapter with the real engine: cached prefix, grammars, probabilities, cancelling."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.errors import EngineDied, EngineTimeout, RequestRefused
from frontdesk.models.catalogue import find
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.prefix import KEEP
from frontdesk.models.shelf import Shelf
from frontdesk.types.generation import Constraint, Generation, Message, Piece

SMOLLM = find("smollm-135m")
RULES = " ".join(f"Command c{n} does thing number {n} for the customer." for n in range(20))
PREFIX = (Message("system", f"You are the desk. {RULES}"),)
OTHER = (Message("system", f"You answer questions. {RULES}"), Message("user", "Hi"))
GRAMMAR = Constraint(lark='start: "cancel" | "refund" | "handover"')
SUFFIX_TOKENS = 24
"""More than any of the short messages below has, with the template's marks around it."""


class Desk:
    """An engine and its adapter over one folder of saved prefixes."""

    def __init__(self, models: Path, folder: Path) -> None:
        self.kv = folder / "kv"
        self.engine = LlamaEngine(
            SMOLLM,
            Shelf(models),
            kv_folder=self.kv,
            log_folder=folder / "log",
            # Two threads that share a busy machine's cores wait for each other.
            settings=LlamaSettings(threads=1),
        )
        self.model = OpenAiModel(SMOLLM.id, self.engine)

    def kill(self) -> None:
        assert self.engine.pid is not None
        os.kill(self.engine.pid, signal.SIGKILL)

    async def killed(self) -> None:
        self.kill()
        while self.engine.pid is not None:
            await asyncio.sleep(0.01)

    def saved(self) -> list[Path]:
        return sorted(self.kv.glob("*.kv"))


@pytest.fixture
async def desk(smollm_path: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(smollm_path.parent, tmp_path)
    yield desk
    await desk.model.close()


def ask(text: str, prefix: tuple[Message, ...] = PREFIX, **more: object) -> Generation:
    request = Generation((*prefix, Message("user", text)), max_tokens=4)
    return replace(request, **more)  # type: ignore[arg-type]


async def evaluated(desk: Desk, request: Generation) -> int:
    return (await desk.model.generate(request)).usage.prompt_tokens


async def everything(pieces: AsyncIterator[Piece]) -> list[Piece]:
    return [piece async for piece in pieces]


async def test_sixty_interleaved_conversations_cost_their_new_words_only(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    counts = [
        await evaluated(desk, ask(f"I am customer {n % 20}, this is question {n}", max_tokens=1))
        for n in range(60)
    ]
    assert max(counts) <= SUFFIX_TOKENS
    assert len(desk.saved()) == 1


async def test_the_first_request_after_a_crash_finds_the_prefix(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    await desk.model.generate(ask("please cancel"))
    await desk.killed()
    assert await evaluated(desk, ask("please cancel")) <= SUFFIX_TOKENS


async def test_a_crash_in_the_middle_of_an_answer(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    async with aclosing(desk.model.stream(ask("tell a story", max_tokens=4000))) as pieces:
        await anext(pieces)
        desk.kill()
        with pytest.raises(EngineDied):
            await everything(pieces)
    assert await evaluated(desk, ask("please cancel")) <= SUFFIX_TOKENS


async def test_a_new_process_restores_the_prefix(desk: Desk, smollm_path: Path) -> None:
    await desk.model.warm(PREFIX)
    first = await desk.model.generate(ask("please cancel"))
    (file,) = desk.saved()
    inode = file.stat().st_ino
    again = Desk(smollm_path.parent, desk.kv.parent)
    await again.model.warm(PREFIX)
    second = await again.model.generate(ask("please cancel"))
    await again.model.close()
    assert second.usage.prompt_tokens <= SUFFIX_TOKENS
    assert second.text == first.text
    assert [path.stat().st_ino for path in again.saved()] == [inode]


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "no note"])
async def test_a_broken_file_is_computed_again(desk: Desk, smollm_path: Path, damage: str) -> None:
    """A truncated file would abort the engine, a changed one might be believed."""
    await desk.model.warm(PREFIX)
    (file,) = desk.saved()
    good = file.read_bytes()
    middle = len(good) // 2
    if damage == "truncated":
        file.write_bytes(good[:middle])
    elif damage == "changed":
        file.write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    elif damage == "missing":
        file.unlink()
    else:
        file.with_suffix(".sha256").unlink()
    again = Desk(smollm_path.parent, desk.kv.parent)
    await again.model.warm(PREFIX)
    assert again.engine.pid
    assert (await again.engine.endpoint()).start == 1
    assert await evaluated(again, ask("please cancel")) <= SUFFIX_TOKENS
    await again.model.close()
    assert len(again.saved()) == 1
    assert file.stat().st_size == len(good)


async def test_the_saved_file_holds_no_conversation(desk: Desk) -> None:
    """Saved after conversations it is as long as saved before them: its tokens are the prefix's."""
    await desk.model.warm(PREFIX)
    (file,) = desk.saved()
    before = file.stat()
    await desk.model.generate(ask("my mother is ill " * 50))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    file.unlink()
    await desk.killed()
    await desk.model.generate(Generation((Message("user", "my mother is ill " * 50),)))
    await desk.model.warm(PREFIX)
    assert file.stat().st_size == before.st_size


async def test_two_prefixes_take_turns(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    await desk.model.warm(OTHER)
    counts = []
    for n in range(6):
        counts.append(await evaluated(desk, ask(f"question {n}", PREFIX)))
        counts.append(await evaluated(desk, ask(f"question {n}", OTHER)))
    assert max(counts) <= SUFFIX_TOKENS


async def test_a_prompt_of_another_kind_costs_the_next_one_nothing(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    await desk.model.generate(Generation((Message("user", "hello"),), max_tokens=2))
    assert await evaluated(desk, ask("please cancel")) <= SUFFIX_TOKENS


async def test_the_folder_is_bounded(desk: Desk) -> None:
    for n in range(KEEP + 2):
        await desk.model.warm([Message("system", f"Short prefix {n}")])
    assert len(desk.saved()) == KEEP
    assert len(list(desk.kv.iterdir())) == 2 * KEEP
    assert desk.kv.stat().st_mode & 0o077 == 0


# -- grammars and probabilities ---------------------------------------------------------------


async def test_a_grammar_is_followed_and_probabilities_are_those_before_it(desk: Desk) -> None:
    free = await desk.model.generate(ask("please cancel", logprobs=20))
    bound = await desk.model.generate(ask("please cancel", logprobs=20, constraint=GRAMMAR))
    assert bound.text in ("cancel", "refund", "handover")
    assert "".join(token.text for token in bound.tokens) == bound.text
    first = free.tokens[0]
    assert first.text == first.alternatives[0].text
    assert first.logprob == first.alternatives[0].logprob < 0
    assert len(first.alternatives) == 20
    # The grammar forbids the best token, which is reported nevertheless.
    masked = bound.tokens[0]
    assert masked.alternatives[0].text == first.text
    assert math.isclose(masked.alternatives[0].logprob, first.logprob, abs_tol=0.2)
    assert masked.logprob < first.logprob
    assert sum(math.exp(each.logprob) for each in masked.alternatives) < 1


async def test_a_value_is_copied_from_the_message(desk: Desk) -> None:
    grammar = (
        'start: "cancel " REASON "\\n"\n'
        'REASON: %regex { "substring_words": "please cancel, my mother is ill" }'
    )
    answer = await desk.model.generate(
        ask("please cancel, my mother is ill", constraint=Constraint(lark=grammar), max_tokens=30)
    )
    assert answer.text.removeprefix("cancel ").strip() in "please cancel, my mother is ill"


async def test_a_broken_grammar_is_refused_and_not_logged(desk: Desk) -> None:
    """The engine itself would ignore it and answer freely."""
    broken = 'start: nowhere "my mother is ill"'
    with pytest.raises(RequestRefused, match="unknown name"):
        await desk.model.generate(ask("hi", constraint=Constraint(lark=broken)))
    with pytest.raises(RequestRefused, match="unknown name"):
        await anext(desk.model.stream(ask("hi", constraint=Constraint(lark=broken))))
    assert (await desk.model.generate(ask("hi", constraint=GRAMMAR))).text
    assert "mother" not in desk.engine.log_path.read_text()


async def test_too_long_a_prompt_is_refused(desk: Desk) -> None:
    with pytest.raises(RequestRefused, match="exceeds the available context size"):
        await desk.model.generate(ask("long " * 9000))


async def test_decoding_is_greedy(desk: Desk) -> None:
    answers = {(await desk.model.generate(ask("tell me a joke"))).text for _ in range(4)}
    assert len(answers) == 1


async def test_a_stream_says_what_generate_says(desk: Desk) -> None:
    request = ask("Where is the Größe of 我的 order?", max_tokens=24)
    pieces = await everything(desk.model.stream(request))
    whole = await desk.model.generate(request)
    assert "".join(piece.text for piece in pieces) == whole.text
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.generated_tokens == whole.usage.generated_tokens
    assert len(pieces) > 10


# -- cancelling -------------------------------------------------------------------------------

SOON_S = 5.0
"""For a request after a cancelled one; letting that run to its end would take much longer."""


async def test_cancelling_during_the_prompt_frees_the_engine(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    task = asyncio.create_task(desk.model.generate(ask("word " * 6000)))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    began = time.monotonic()
    assert await evaluated(desk, ask("please cancel")) <= SUFFIX_TOKENS
    assert time.monotonic() - began < SOON_S


async def test_closing_a_stream_frees_the_engine(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    async with aclosing(desk.model.stream(ask("tell a story", max_tokens=4000))) as pieces:
        await anext(pieces)
    began = time.monotonic()
    await desk.model.generate(ask("please cancel"))
    assert time.monotonic() - began < SOON_S


async def test_impatience_frees_the_engine(desk: Desk) -> None:
    await desk.model.warm(PREFIX)
    with pytest.raises(EngineTimeout):
        await desk.model.generate(ask("word " * 6000, timeout_s=0.5))
    began = time.monotonic()
    await desk.model.generate(ask("please cancel"))
    assert time.monotonic() - began < SOON_S


async def test_a_prefix_that_nobody_waits_for_is_finished(desk: Desk) -> None:
    """Else a prefix that takes longer than every caller's patience would never be ready."""
    await desk.engine.start()
    warming = asyncio.create_task(desk.model.warm(PREFIX))
    await asyncio.sleep(0.3)
    warming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await warming
    assert await evaluated(desk, ask("please cancel")) <= SUFFIX_TOKENS
    assert len(desk.saved()) == 1
