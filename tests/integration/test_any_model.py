"""Whatever a model says, the examples find, and a customer says or presses: promises hold."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from any_model_audit import Audit, SpyTools, references_of, rows_of_others
from any_model_customer import DrawnCustomer, DrawnModel
from any_model_intents import DrawnIntents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turns_stage import HARBOR, MEMORY

from frontdesk.app import load_desk, open_desk
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts
from frontdesk.errors import MessageRefused
from frontdesk.procedures.fold import fold
from frontdesk.testing import FixedClock
from frontdesk.types.desk import Customer
from frontdesk.types.state import State
from frontdesk.types.triggers import Trigger
from frontdesk.worker.loop import Worker

CONVERSATIONS = 2000


@dataclass
class Stage:
    """The demo desk on real SQLite, its business data put back after every write."""

    parts: Parts
    database: Path
    fresh: Path
    model: DrawnModel
    runner: asyncio.Runner
    references: dict[str, frozenset[str]]
    others: dict[str, dict[str, list[object]]]
    conversations: int = 0
    turns: int = 0
    counts: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def stage() -> Iterator[Stage]:
    loaded = load_desk(HARBOR)
    assert loaded.desk.test_now is not None
    model = DrawnModel()
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        opened = open_desk(
            loaded, model, data, clock=FixedClock(loaded.desk.test_now), database=":memory:"
        )
        parts = runner.run(opened.__aenter__())
        stack.callback(lambda: runner.run(opened.__aexit__(None, None, None)))
        database, fresh = data / "tools" / "business.db", data / "fresh.db"
        shutil.copy(database, fresh)
        ids = [customer.id for customer in loaded.desk.customers]
        yield Stage(
            parts,
            database,
            fresh,
            model,
            runner,
            {one: references_of(fresh, one) for one in ids},
            {one: rows_of_others(fresh, one) for one in ids},
        )


def test_no_model_and_no_customer_can_break_the_promises(stage: Stage) -> None:
    """(a) every value has an origin, (b) nobody else's record is touched, (c) no write without
    consent to just that write, and each at most once, (d) every turn ends."""

    @settings(
        max_examples=CONVERSATIONS,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data(), who=st.sampled_from((None, *stage.parts.desk.customers * 3)))
    def converse(data: st.DataObject, who: Customer | None) -> None:
        stage.runner.run(_converse(stage, data, who))

    converse()
    assert stage.conversations >= CONVERSATIONS
    writes = [tool for tool in stage.parts.desk.tools.values() if tool.mode == "write"]
    # The talk must have been worth listening to.
    floor = {
        "written": 200,
        "chosen": 500,
        "agreed by button": 100,
        "agreed by words": 40,
        "refused commands": 1000,
        "enumerated": 10,
        **{f"said {kind}": 20 for kind in ("text", "date", "money", "email", "phone", "choice")},
        "said reference": 5,
        **{f"wrote {tool.name}": 5 for tool in writes},
    }
    short = {
        name: stage.counts[name] for name, least in floor.items() if stage.counts[name] < least
    }
    assert not short, stage.counts


async def _converse(stage: Stage, data: st.DataObject, who: Customer | None) -> None:
    spy = SpyTools(stage.parts.tools)
    has_examples = data.draw(st.sampled_from((True, False, False, False, False)))
    examples = DrawnIntents(stage.parts.desk, data.draw) if has_examples else None
    parts = replace(stage.parts, tools=spy, model=stage.model, intents=examples)
    own = stage.references[who.id] if who else frozenset()
    foreign = sorted(
        {"HB-2001", "HB-9999"}.union(*(stage.references[c] for c in stage.references)) - own
    )
    customer = DrawnCustomer(
        parts.desk, lambda s: data.draw(s), stage.database, sorted(own), foreign
    )
    opened = await open_conversation(parts.store, parts.desk, who)
    worker, sent, state = Worker(parts), dict[str, Trigger](), State()
    try:
        for _ in range(data.draw(st.integers(3, 6))):
            for recorded in await parts.store.history(opened.conversation, state.seq):
                state = fold(state, recorded.event)
            kind, text, seen, stage.model.answer = customer.next(state, state.seq)
            with contextlib.suppress(MessageRefused):
                trigger = await receive(
                    parts.store, parts.desk, opened.conversation, kind, text, seen=seen
                )
                sent[trigger.id] = trigger
            await worker.work_off(opened.conversation)
            assert await parts.store.waiting(opened.conversation) == 0
        await _audit(stage, parts, opened.conversation, who, sent, spy)
    finally:
        if any(parts.desk.tools[call.tool].mode == "write" for call in spy.calls):
            shutil.copy(stage.fresh, stage.database)
    stage.conversations += 1
    stage.turns += len(sent)


async def _audit(
    stage: Stage,
    parts: Parts,
    conversation: str,
    who: Customer | None,
    sent: dict[str, Trigger],
    spy: SpyTools,
) -> None:
    history = await parts.store.history(conversation)
    desk, now = parts.desk, parts.clock.now().astimezone(parts.desk.timezone)
    own = stage.references[who.id] if who else frozenset[str]()
    Audit(desk, who, now, sent, spy.calls, own, stage.counts).check(history)
    writes = [call for call in spy.calls if desk.tools[call.tool].mode == "write"]
    ledger = await parts.store.ledger(conversation)
    assert [(entry.key, entry.tool, entry.status) for entry in ledger] == [
        (call.key, call.tool, call.outcome.status) for call in writes
    ]
    if writes:
        assert who is not None
        assert rows_of_others(stage.database, who.id) == stage.others[who.id]
        db = sqlite3.connect(stage.database)
        kept = {row[0] for row in db.execute("select key from keys")}
        db.close()
        assert kept == {call.key for call in writes if call.outcome.status == "ok"}
