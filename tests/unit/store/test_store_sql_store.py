"""What every store does: in memory, in a file and on a server, from one object and from two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from frontdesk.errors import ConversationMoved, LeaseLost, StoreError
from frontdesk.ports import Store
from frontdesk.store.opening import open_store
from frontdesk.testing import FixedClock
from frontdesk.types import events as e
from frontdesk.types.desk import Customer
from frontdesk.types.triggers import Trigger
from postgres_server import Postgres

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
STARTED = e.ConversationStarted("harbor", "d1", "en", Customer("c-1", "Zoë", "zoe@example.com"))
Message = Callable[..., Trigger]
Stores = Callable[[str], Awaitable[Store]]
"""Opens another store of a desk at the same place."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(params=["file", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> Path | str:
    """A database that several processes can open."""
    return tmp_path / "a.db" if request.param == "file" else postgres.database()


@pytest.fixture
async def stores(place: Path | str, clock: FixedClock) -> AsyncIterator[Stores]:
    async with AsyncExitStack() as closing:

        async def opened(desk: str) -> Store:
            return await closing.enter_async_context(open_store(place, desk, clock))

        yield opened


@pytest.fixture(params=["memory", "file", "postgresql"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock, postgres: Postgres
) -> AsyncIterator[Store]:
    places = {
        "memory": lambda: ":memory:",
        "file": lambda: tmp_path / "a.db",
        "postgresql": postgres.database,
    }
    async with open_store(places[request.param](), "harbor", clock) as opened:
        await opened.create("k1", "hash-1", STARTED)
        yield opened


@pytest.fixture
async def pair(stores: Stores) -> tuple[Store, Store]:
    """Two stores on one database, as two processes have them."""
    one, two = await stores("harbor"), await stores("harbor")
    await one.create("k1", "hash-1", STARTED)
    return one, two


def message(name: str, conversation: str = "k1", text: str = "hello", **more: object) -> Trigger:
    return Trigger(name, conversation, "message", text, **more)  # type: ignore[arg-type]


def call(name: str = "f1-9", mode: str = "write") -> e.ToolCalled:
    return e.ToolCalled(name, "f1", "n", "pay", mode, arguments={"amount": 3}, origins={})  # type: ignore[arg-type]


# -- conversations --------------------------------------------------------------------------------


async def test_a_token_opens_its_conversation_only(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    for token, conversation in (("hash-1", "k1"), ("hash-2", "k2")):
        visit = await store.visit(token)
        assert visit is not None
        assert visit.conversation == conversation
    assert await store.visit("hash-3") is None
    assert await store.visit("") is None


async def test_a_conversation_begins_with_its_first_event(store: Store) -> None:
    assert await store.history("k1") == [e.Recorded("k1", 1, NOON, STARTED)]
    assert await store.history("unknown") == []


async def test_a_second_conversation_with_the_same_id_or_token_is_refused(
    store: Store,
) -> None:
    for conversation, token in (("k1", "hash-9"), ("k9", "hash-1")):
        with pytest.raises(StoreError):
            await store.create(conversation, token, STARTED)
    assert len(await store.history("k1")) == 1
    assert await store.history("k9") == []


async def test_a_conversation_is_found_by_its_id(store: Store) -> None:
    found = await store.conversation("k1")
    assert found is not None
    assert (found.id, found.desk, found.digest, found.holder) == ("k1", "harbor", "d1", "desk")
    assert found.created == NOON


async def test_lists_are_by_holder_with_the_longest_waiting_first(
    store: Store, clock: FixedClock
) -> None:
    await store.create("k2", "hash-2", STARTED)
    for conversation in ("k2", "k1"):
        clock.advance(timedelta(minutes=1))
        await store.append(conversation, 1, [e.HandedOver("asked for a person")])
    queue = await store.conversations(["queue"])
    assert [(c.id, c.reason) for c in queue] == [
        ("k2", "asked for a person"),
        ("k1", "asked for a person"),
    ]
    await store.append("k2", 2, [e.PersonClaimed("Ida")])
    assert [c.id for c in await store.conversations(["queue"])] == ["k1"]
    (held,) = await store.conversations(["person"])
    assert (held.id, held.person) == ("k2", "Ida")
    await store.append("k2", 3, [e.PersonReleased("Ida")])
    (back,) = await store.conversations(["desk"])
    assert (back.id, back.person, back.reason) == ("k2", "", "")
    assert await store.conversations([]) == []
    assert len(await store.conversations(["desk", "queue"])) == 2


# -- the inbox ------------------------------------------------------------------------------------


async def test_a_trigger_comes_back_as_it_was_accepted(store: Store) -> None:
    sent = message("t1", text="Grüße 💥 \u202e \n 你好", seen=1, client_id="c")
    assert await store.accept(sent) is None
    assert await store.claim("w", 9) == sent
    operated = Trigger("t2", "k1", "operator", "note", action="claim", person="Íde", seen=0)
    await store.append("k1", 1, [], done="t1")
    await store.accept(operated)
    assert await store.claim("w", 9) == operated


async def test_what_a_customer_can_have_seen_is_bounded_by_what_there_was(
    store: Store,
) -> None:
    """Without the page's word it is all that there was when the message was accepted."""
    await store.append("k1", 1, [e.Replied("hi")])
    for number, (given, kept) in enumerate(((None, 2), (1, 1), (99, 2), (0, 0), (-1, -1))):
        await store.accept(message(f"t{number}", seen=given))
        claimed = await store.claim("w", 9)
        assert claimed is not None
        assert claimed.seen == kept
        await store.append("k1", 2, [], done=claimed.id)


async def test_a_second_delivery_with_the_same_client_id_is_the_first_one(
    store: Store,
) -> None:
    await store.create("k2", "hash-2", STARTED)
    assert await store.accept(message("t1", client_id="x")) is None
    earlier = await store.accept(message("t2", text="other", client_id="x"))
    assert earlier is not None
    assert (earlier.id, earlier.text) == ("t1", "hello")
    assert await store.accept(message("t3", "k2", client_id="x")) is None
    assert await store.accept(message("t4")) is None
    assert await store.accept(message("t5")) is None
    assert await store.waiting("k1") == 3
    await store.append("k1", 1, [], done="t1")
    again = await store.accept(message("t6", client_id="x"))
    assert again is not None
    assert again.id == "t1"  # also when it was handled long ago


async def test_a_trigger_for_no_conversation_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.accept(message("t1", "nowhere"))


async def test_triggers_are_claimed_in_order_and_one_a_conversation(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    for name, conversation in (("t1", "k1"), ("t2", "k1"), ("t3", "k2")):
        await store.accept(message(name, conversation))

    async def claim(conversation: str | None = None) -> str | None:
        found = await store.claim("w", 9, conversation)
        return found.id if found else None

    assert [await claim(), await claim(), await claim()] == ["t1", "t3", None]
    await store.append("k1", 1, [], done="t1")
    assert await claim("k2") is None
    assert await claim("k1") == "t2"


async def test_a_handled_trigger_is_gone_for_good(store: Store) -> None:
    await store.accept(message("t1"))
    assert await store.waiting("k1") == 1
    await store.claim("w", 0)
    await store.append("k1", 1, [], done="t1")
    assert await store.waiting("k1") == 0
    assert await store.claim("w", 9) is None


async def test_a_lease_runs_out(store: Store) -> None:
    await store.accept(message("t1"))
    assert await store.claim("one", 0.1)
    assert await store.claim("two", 0.1) is None
    await asyncio.sleep(0.12)
    assert await store.claim("two", 9)


async def test_renewing_keeps_ones_own_leases_alone(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.accept(message("t1"))
    await store.accept(message("t2", "k2"))
    await store.claim("one", 0.1)
    await store.claim("two", 0.1)
    await store.renew("one", 9)
    await asyncio.sleep(0.12)
    found = await store.claim("three", 9)
    assert found is not None
    assert found.id == "t2"
    assert await store.claim("three", 9) is None
    await store.renew("two", 0)  # it is another's by now
    assert await store.claim("four", 9) is None


async def test_of_many_claims_on_one_file_each_trigger_goes_to_one(
    pair: tuple[Store, Store],
) -> None:
    one, _ = pair
    for number in range(12):
        await one.create(f"c{number}", f"h{number}", STARTED)
        await one.accept(message(f"t{number}", f"c{number}"))
    claims = [store.claim(str(n), 9) for n, store in enumerate(pair * 8)]
    found = [trigger.id for trigger in await asyncio.gather(*claims) if trigger]
    assert sorted(found) == sorted(f"t{number}" for number in range(12))


# -- the log --------------------------------------------------------------------------------------


async def test_events_are_numbered_and_read_back_from_any_place(
    store: Store, clock: FixedClock
) -> None:
    clock.advance(timedelta(seconds=5))
    events = [e.Replied("Hi"), e.Moved("f1", "n2")]
    recorded = await store.append("k1", 1, events)
    assert [(r.seq, r.at, r.event) for r in recorded] == [
        (2, clock.now(), events[0]),
        (3, clock.now(), events[1]),
    ]
    assert await store.history("k1", 1) == recorded
    assert await store.history("k1", 3) == []
    assert await store.append("k1", 3, []) == []


@pytest.mark.parametrize("after", [0, 2, -1, 99])
async def test_an_append_behind_another_place_is_refused_whole(store: Store, after: int) -> None:
    await store.accept(message("t1"))
    with pytest.raises(ConversationMoved):
        await store.append("k1", after, [e.Replied("late")], done="t1")
    assert len(await store.history("k1")) == 1
    assert await store.waiting("k1") == 1


async def test_of_two_appends_at_one_place_one_wins(pair: tuple[Store, Store]) -> None:
    results = await asyncio.gather(
        *(store.append("k1", 1, [e.Replied(f"{n}")]) for n, store in enumerate(pair)),
        return_exceptions=True,
    )
    moved = [r for r in results if isinstance(r, ConversationMoved)]
    assert len(moved) == 1
    assert len(await pair[0].history("k1")) == 2


async def test_an_append_that_fails_halfway_leaves_nothing(store: Store) -> None:
    """The second intent has a key that is taken."""
    await store.append("k1", 1, [call("same")])
    with pytest.raises(StoreError):
        await store.append("k1", 2, [e.Replied("x"), call("same")])
    assert len(await store.history("k1")) == 2
    assert len(await store.append("k1", 2, [e.Replied("y")])) == 1


async def test_any_unicode_is_kept(store: Store) -> None:
    text = "é e\u0301 你好 👩‍👩‍👧 \u202e \x00 \x07 \u2028 ' \" \\ {}"
    await store.append("k1", 1, [e.Replied(text, (e.Button(text, text),))])
    (recorded,) = await store.history("k1", 1)
    assert recorded.event == e.Replied(text, (e.Button(text, text),))


# -- waiting --------------------------------------------------------------------------------------


async def test_waiting_ends_at_once_when_there_is_something(store: Store) -> None:
    started = time.monotonic()
    await store.wait("k1", 0, 5)
    assert time.monotonic() - started < 1


async def test_waiting_ends_after_its_time(store: Store) -> None:
    started = time.monotonic()
    await store.wait("k1", 1, 0.2)
    assert 0.15 < time.monotonic() - started < 2


async def test_an_append_wakes_all_who_wait(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    waiting = [asyncio.create_task(store.wait("k1", 1, 10)) for _ in range(3)]
    other = asyncio.create_task(store.wait("k2", 1, 0.6))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await store.append("k1", 1, [e.Replied("hi")])
    await asyncio.gather(*waiting)
    assert time.monotonic() - started < 0.3
    assert not other.done()
    await other


async def test_an_append_of_another_process_ends_the_waiting(
    pair: tuple[Store, Store],
) -> None:
    one, two = pair
    waiting = asyncio.create_task(one.wait("k1", 1, 10))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await two.append("k1", 1, [e.Replied("hi")])
    await waiting
    assert time.monotonic() - started < 2


# -- the ledger -----------------------------------------------------------------------------------


async def test_a_write_is_in_the_ledger_from_its_intent_on(store: Store, clock: FixedClock) -> None:
    await store.append("k1", 1, [call("f1-2")])
    (intended,) = await store.ledger("k1")
    assert (intended.key, intended.tool, intended.status) == ("k1:f1-2", "pay", "intended")
    assert (intended.created, intended.finished) == (NOON, None)
    clock.advance(timedelta(seconds=3))
    await store.append("k1", 2, [e.ToolReturned("f1-2", "ok")])
    (finished,) = await store.ledger("k1")
    assert (finished.status, finished.finished) == ("ok", clock.now())


@pytest.mark.parametrize("status", ["ok", "refused", "failed", "unknown"])
async def test_every_outcome_is_in_the_ledger(store: Store, status: str) -> None:
    await store.append("k1", 1, [call(), e.ToolReturned("f1-9", status)])  # type: ignore[arg-type]
    assert [entry.status for entry in await store.ledger("k1")] == [status]


async def test_reads_are_not_in_the_ledger(store: Store) -> None:
    await store.append("k1", 1, [call(mode="read"), e.ToolReturned("f1-9", "ok")])
    assert await store.ledger("k1") == []


async def test_the_ledger_is_in_order_and_by_conversation(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.append("k1", 1, [call("b"), call("a")])
    await store.append("k2", 1, [call("a")])
    assert [entry.key for entry in await store.ledger("k1")] == ["k1:b", "k1:a"]
    assert [entry.key for entry in await store.ledger("k2")] == ["k2:a"]


# -- leases ---------------------------------------------------------------------------------------


async def test_every_lease_has_a_higher_number(store: Store) -> None:
    fences = []
    for number in range(3):
        await store.accept(message(f"t{number}"))
        claimed = await store.claim("w", 9)
        assert claimed is not None
        fences.append(claimed.fence)
        await store.append("k1", 1, [], fence=claimed.fence, done=claimed.id)
    assert fences == sorted(set(fences))


async def test_a_worker_whose_lease_went_to_another_writes_nothing(store: Store) -> None:
    await store.accept(message("t1"))
    slept = await store.claim("one", 0)
    awake = await store.claim("two", 9)
    assert slept is not None
    assert awake is not None
    with pytest.raises(LeaseLost):
        await store.append("k1", 1, [e.Replied("late")], fence=slept.fence, done="t1")
    assert await store.waiting("k1") == 1
    assert len(await store.history("k1")) == 1
    await store.append("k1", 1, [e.Replied("hi")], fence=awake.fence, done="t1")
    assert await store.waiting("k1") == 0


async def test_a_worker_that_wakes_up_late_renews_and_lets_go_of_its_own_alone(
    store: Store,
) -> None:
    await store.accept(message("t1"))
    slept = await store.claim("one", 0)
    assert slept is not None
    assert await store.claim("two", 9)
    await store.renew("one", 0)
    await store.let_go(slept)
    await store.renew("two", 9)
    assert await store.claim("three", 9) is None


async def test_what_a_person_does_comes_before_what_customers_say(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.accept(message("t1"))
    await store.accept(message("t2", "k2"))
    await store.accept(Trigger("t3", "k2", "operator", action="claim", person="Ida"))
    first, second = await store.claim("w", 9), await store.claim("w", 9)
    assert first is not None
    assert second is not None
    assert (first.id, second.id) == ("t3", "t1")


async def test_a_trigger_ends_the_waiting_for_one(store: Store) -> None:
    waiting = asyncio.create_task(store.wait_for_triggers(10))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await store.accept(message("t1"))
    await waiting
    await store.wait_for_triggers(10)  # it can still be claimed
    assert time.monotonic() - started < 1


# -- whose rows -----------------------------------------------------------------------------------


async def test_desks_on_one_database_see_nothing_of_each_other(stores: Stores) -> None:
    one, two = await stores("harbor"), await stores("other")
    await one.create("k1", "hash-1", STARTED)
    await one.append("k1", 1, [call()])
    await one.accept(message("t1"))
    assert await two.visit("hash-1") is None
    assert await two.conversation("k1") is None
    assert await two.conversations(["desk", "queue", "person"]) == []
    assert await two.conversations_on("d1") == []
    assert await two.history("k1") == []
    assert await two.ledger("k1") == []
    assert await two.waiting("k1") == 0
    assert await two.claim("w", 9) is None
    for work in (two.append("k1", 2, [e.Replied("x")]), two.accept(message("t2"))):
        with pytest.raises(StoreError):
            await work
    claimed = await one.claim("w", 9)
    assert claimed is not None
    await two.let_go(claimed)
    await two.renew("w", 0)
    assert await one.claim("w", 9) is None


async def test_a_visit_sees_one_conversation(store: Store) -> None:
    await store.create("k2", "hash-2", STARTED)
    await store.accept(message("t2", "k2"))
    visit = await store.visit("hash-1")
    assert visit is not None
    own = visit.store
    assert len(await own.history("k1")) == 1
    assert await own.accept(message("t1")) is None
    assert await own.waiting("k1") == 1
    assert await own.history("k2") == []
    assert await own.waiting("k2") == 0
    assert await own.conversation("k2") is None
    for work in (own.append("k2", 1, [e.Replied("x")]), own.accept(message("t3", "k2"))):
        with pytest.raises(StoreError):
            await work


async def test_a_visit_hears_what_happens(store: Store) -> None:
    visit = await store.visit("hash-1")
    assert visit is not None
    waiting = asyncio.create_task(visit.store.wait("k1", 1, 10))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await store.append("k1", 1, [e.Replied("hi")])
    await waiting
    assert time.monotonic() - started < 1
