"""How long a turn takes: many conversations interleaved, as customers come.

Messages are those of the desk's own tests, and long ones in several scripts. The time of a turn is
from handing the message in to the first byte of a reply, as a page that follows the conversation
sees it.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from frontdesk import app
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts, handle
from frontdesk.errors import SettingError
from frontdesk.evaluation.cases import TestCase
from frontdesk.evaluation.report import Figure
from frontdesk.ports import LanguageModel
from frontdesk.types import events as e

OWNER = "turn-bench"
_WAIT_S = 120.0

LONG = (
    "My family and I have been travelling for three weeks and so much has gone wrong that I hardly "
    "know where to begin, but in short the flat was cold and " * 8 + "I want to cancel everything",
    "我和家人已经旅行了三个星期，出了很多问题，我都不知道从哪里说起，总之房间很冷，" * 8
    + "我想取消预订",
    "मेरा परिवार और मैं तीन हफ़्तों से यात्रा कर रहे हैं और बहुत कुछ गलत हो गया है, " * 8,
    "أنا وعائلتي نسافر منذ ثلاثة أسابيع وقد حدثت أخطاء كثيرة لا أعرف من أين أبدأ " * 8,
    "Meine Familienzusammenführungsreise war unübersichtlich und die Wohnung war eiskalt " * 8,
    "1234567890 " * 40,
    "🏠🔥😡" * 60,
    "hjkdsf8 sdjkfh98 qwoeir zmxncb 0x8f3a " * 12,
)
"""Messages far over the budget of a turn."""


@dataclass
class _Running:
    """A conversation under way."""

    conversation: str
    messages: list[str]
    turns: list[_Timed] = field(default_factory=list)


@dataclass(frozen=True)
class _Timed:
    seconds: float
    events: tuple[e.Event, ...]


async def measure(
    loaded: app.LoadedDesk,
    cases: Sequence[TestCase],
    model: LanguageModel,
    semantics: app.Semantics,
    *,
    conversations: int,
    seed: int,
) -> dict[str, Figure]:
    """Plays the conversations turn about, and gives the figures.

    Raises:
        SettingError: the desk has no tests to take messages from.
    """
    if not cases:
        raise SettingError("the desk has no test conversations to take messages from")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        async with app.open_desk(loaded, model, Path(folder), semantics=semantics) as parts:
            running = [await _begin(parts, cases, n, chance) for n in range(conversations)]
            while left := [one for one in running if one.messages]:
                chance.shuffle(left)
                for one in left:
                    one.turns.append(await _turn(parts, one))
    return _figures([timed for one in running for timed in one.turns], conversations)


async def _begin(
    parts: Parts, cases: Sequence[TestCase], number: int, chance: random.Random
) -> _Running:
    case = cases[number % len(cases)].case
    messages = [turn.say for turn in case.turns if turn.say]
    if number % 4 == 0:
        messages.insert(chance.randrange(len(messages) + 1), LONG[number // 4 % len(LONG)])
    customers = {customer.id: customer for customer in parts.desk.customers}
    opened = await open_conversation(parts.store, parts.desk, customers.get(case.customer or ""))
    return _Running(opened.conversation, messages)


async def _turn(parts: Parts, one: _Running) -> _Timed:
    """Hands in the next message and follows the conversation until the first reply."""
    before = len(await parts.store.history(one.conversation))
    text = one.messages.pop(0)[: parts.desk.message_characters]
    started = time.perf_counter()
    await receive(parts.store, parts.desk, one.conversation, "message", text)
    following = asyncio.create_task(_first_reply(parts, one.conversation, before, started))
    while trigger := await parts.store.claim(OWNER, _WAIT_S):
        await handle(parts, trigger)
    new = tuple(r.event for r in await parts.store.history(one.conversation, before))
    if not any(isinstance(event, e.Replied) for event in new):
        following.cancel()  # a person holds the conversation: the desk is silent
        return _Timed(-1.0, new)
    return _Timed(await following, new)


async def _first_reply(parts: Parts, conversation: str, after: int, started: float) -> float:
    while True:
        await parts.store.wait(conversation, after, _WAIT_S)
        new = await parts.store.history(conversation, after)
        if any(isinstance(recorded.event, e.Replied) for recorded in new):
            return time.perf_counter() - started
        after += len(new)


def _figures(turns: Sequence[_Timed], conversations: int) -> dict[str, Figure]:
    answered = [turn for turn in turns if turn.seconds >= 0]
    plain = sorted(
        turn.seconds
        for turn in answered
        if not any(isinstance(event, e.Answered) for event in turn.events)
    )
    asked = [
        event
        for turn in turns
        for event in turn.events
        if isinstance(event, e.Understood) and event.model_calls
    ]
    with_model = [
        turn.seconds
        for turn in answered
        if any(isinstance(event, e.Understood) and event.model_calls for event in turn.events)
    ]
    return {
        "conversations": conversations,
        "turns": len(answered),
        "turns_without_article": len(plain),
        "p50_s": statistics.median(plain),
        "p95_s": plain[int(0.95 * (len(plain) - 1))],
        "model_turns": len(asked),
        "model_calls": sum(event.model_calls for event in asked),
        "model_p50_s": statistics.median(with_model) if with_model else None,
        "prompt_tokens_max": max((event.largest_prompt for event in asked[1:]), default=0),
        "prompt_tokens_median": statistics.median([event.prompt_tokens for event in asked] or [0]),
        "generated_tokens_mean": (
            statistics.fmean(event.generated_tokens for event in asked) if asked else 0.0
        ),
    }
