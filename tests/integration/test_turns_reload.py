"""A desk changes while conversations are under way: worker, SQLite, snapshots, a watched folder."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from turns_stage import ANA, HARBOR, NOON, said

from frontdesk.app import LoadedDesk, open_version
from frontdesk.desk.snapshots import Snapshots
from frontdesk.engine.reception import open_conversation, receive
from frontdesk.engine.turn import Parts
from frontdesk.procedures.fold import replay
from frontdesk.reload.reloader import Reloader
from frontdesk.reload.versions import MOST_OPEN, DeskVersions
from frontdesk.store.opening import open_store
from frontdesk.testing import FixedClock, ScriptedModel
from frontdesk.types import events as e
from frontdesk.types.state import State
from frontdesk.worker.loop import Worker

OLD, NEW = "Shall I cancel", "May I really cancel"
PROCEDURE = "procedures/cancel_booking.yaml"


@dataclass
class Office:
    """A served desk whose files can be edited; used as ``async with``, again for a new start."""

    folder: Path
    data: Path
    model: ScriptedModel = field(default_factory=ScriptedModel)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    told: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    """Digests, as versions were opened."""
    _exit: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def __aenter__(self) -> Office:
        self._exit = contextlib.AsyncExitStack()
        database = open_store(self.data / "frontdesk.db", "harbor-stays", self.clock)
        self.store = await self._exit.enter_async_context(database)
        self.versions = DeskVersions(Snapshots(self.data / "desks"), self._opener)
        self._exit.push_async_callback(self.versions.close)
        await self.versions.swap(await self.versions.load(self.folder))
        self.reloader = Reloader(self.folder, self.versions, self.told.append)
        self.worker = Worker(self.versions)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    @contextlib.asynccontextmanager
    async def _opener(self, loaded: LoadedDesk) -> AsyncIterator[Parts]:
        self.opened.append(loaded.desk.digest)
        async with open_version(loaded, self.model, self.data, self.store, self.clock) as parts:
            yield parts

    def edit(self, name: str, before: str, after: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")

    async def begin(self) -> str:
        return (await open_conversation(self.store, self.versions.newest.desk, ANA)).conversation

    async def say(self, conversation: str, text: str, means: str = "") -> str:
        before = len(await self.store.history(conversation))
        self.model.answers = [means] if means else []
        await receive(self.store, self.versions.newest.desk, conversation, "message", text)
        await self.worker.work_off(conversation)
        return "\n".join(said((await self.store.history(conversation))[before:]))

    async def cancel(self, conversation: str) -> str:
        return await self.say(
            conversation, "I need to cancel my trip to Porto", "start cancel_booking"
        )

    async def state(self, conversation: str) -> State:
        return replay(await self.store.history(conversation))

    async def moves(self, conversation: str) -> list[str]:
        events = [recorded.event for recorded in await self.store.history(conversation)]
        return [event.digest for event in events if isinstance(event, e.DeskChanged)]

    @property
    def digest(self) -> str:
        return self.versions.newest.desk.digest

    def kept(self) -> list[str]:
        return self.versions.snapshots.digests()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "tests")
    return Path(shutil.copytree(HARBOR, tmp_path / "desk", ignore=ignored))


@pytest.fixture
async def office(folder: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with Office(folder, tmp_path / "data") as opened:
        yield opened


async def test_it_finishes_on_the_old_version_and_a_new_one_begins_on_the_new(
    office: Office,
) -> None:
    running = await office.begin()
    assert OLD in await office.cancel(running)
    before = office.digest
    office.edit(PROCEDURE, OLD, NEW)
    office.edit(PROCEDURE, "Done. ", "Done and dusted. ")
    assert await office.reloader.reload()
    assert office.told == ["Reloaded Harbor Stays: procedure cancel_booking changed."]
    new = await office.begin()
    assert NEW in await office.cancel(new)
    assert "Done. HB-" in await office.say(running, "yes")
    assert await office.moves(running) == []
    assert (await office.state(running)).digest == before
    assert "Done and dusted. HB-" not in await office.say(running, "thanks", "chat")
    assert await office.moves(running) == [office.digest]


async def test_a_conversation_at_rest_moves_before_its_next_turn(office: Office) -> None:
    one = await office.begin()
    office.edit(PROCEDURE, OLD, NEW)
    await office.reloader.reload()
    assert NEW in await office.cancel(one)
    assert await office.moves(one) == [office.digest]
    found = await office.store.conversation(one)
    assert found is not None
    assert found.digest == office.digest
    kinds = [type(recorded.event) for recorded in await office.store.history(one)]
    assert kinds.index(e.DeskChanged) < kinds.index(e.TurnStarted)


async def test_a_conversation_in_the_middle_moves_when_the_change_is_elsewhere(
    office: Office,
) -> None:
    one = await office.begin()
    await office.cancel(one)
    asked = (await office.state(one)).stack[-1].consent_asked
    office.edit("knowledge/refund-times.md", "working days", "long working days")
    await office.reloader.reload()
    assert "Done. HB-" in await office.say(one, "yes")
    assert await office.moves(one) == [office.digest]
    events = [recorded.event for recorded in await office.store.history(one)]
    assert [ev.digest for ev in events if isinstance(ev, e.ConsentGiven)] == [asked]


async def test_a_change_with_mistakes_keeps_the_old_one_and_names_file_and_line(
    office: Office,
) -> None:
    kept, digest = office.kept(), office.digest
    office.edit(PROCEDURE, "tool: quote_refund", "tool: quote_refunds")
    assert not await office.reloader.reload()
    (told,) = office.told
    assert f"{office.folder / PROCEDURE}:" in told
    assert "quote_refund" in told
    assert told.endswith("The one before stays.")
    assert (office.digest, office.kept()) == (digest, kept)
    assert OLD in await office.cancel(await office.begin())
    office.edit(PROCEDURE, "tool: quote_refunds", "tool: quote_refund")
    assert not await office.reloader.reload()
    office.edit(PROCEDURE, OLD, NEW)
    assert await office.reloader.reload()


async def test_tools_are_those_of_the_version(office: Office) -> None:
    """The file keeps its length and nearly its time: nothing may take the one for the other."""
    running = await office.begin()
    assert "€360.00" in await office.cancel(running)
    office.edit("policies.py", "return 100 if days >= 1", "return  60 if days >= 1")
    await office.reloader.reload()
    assert office.told == ["Reloaded Harbor Stays: the code of the tools changed."]
    assert "€216.00" in await office.cancel(await office.begin())
    assert "€360.00 will be on your card" in await office.say(running, "yes")
    assert await office.moves(running) == []


async def test_a_restart_in_between_finishes_on_the_old_version(
    folder: Path, tmp_path: Path
) -> None:
    office = Office(folder, tmp_path / "data")
    async with office:
        running = await office.begin()
        await office.cancel(running)
        before = office.digest
    office.edit(PROCEDURE, "Done. ", "Done and dusted. ")
    async with office:
        assert office.digest != before
        assert sorted(office.kept()) == sorted([before, office.digest])
        assert "Done. HB-" in await office.say(running, "yes")
        await office.versions.tidy()
        assert office.kept() == [office.digest]


async def test_a_person_takes_over_when_the_old_version_is_gone(
    folder: Path, tmp_path: Path
) -> None:
    office = Office(folder, tmp_path / "data")
    async with office:
        running, resting = await office.begin(), await office.begin()
        await office.cancel(running)
    shutil.rmtree(office.data / "desks")
    office.edit(PROCEDURE, OLD, NEW)
    async with office:
        assert "Something went wrong on our side" in await office.say(running, "yes")
        assert (await office.state(running)).holder == "queue"
        assert await office.store.ledger(running) == []
        assert await office.store.waiting(running) == 0
        assert NEW in await office.cancel(resting)


async def test_a_snapshot_that_was_changed_is_not_trusted(folder: Path, tmp_path: Path) -> None:
    office = Office(folder, tmp_path / "data")
    async with office:
        running = await office.begin()
        await office.cancel(running)
        before = office.digest
    kept = office.data / "desks" / before / "tools.py"
    kept.write_text(kept.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    office.edit(PROCEDURE, OLD, NEW)
    async with office:
        await office.say(running, "yes")
        assert (await office.state(running)).holder == "queue"


async def test_a_write_that_was_cut_off_is_unknown_when_its_version_is_gone(
    folder: Path, tmp_path: Path
) -> None:
    office = Office(folder, tmp_path / "data")
    async with office:
        running = await office.begin()
        await office.cancel(running)
        await receive(office.store, office.versions.newest.desk, running, "message", "yes")
        slow = asyncio.create_task(office.worker.work_off(running))
        while not await office.store.ledger(running):
            await asyncio.sleep(0)
        slow.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await slow
        (entry,) = await office.store.ledger(running)
        assert entry.status == "intended"
    shutil.rmtree(office.data / "desks")
    office.edit(PROCEDURE, OLD, NEW)
    async with office:
        await _handled(office, running)
        (entry,) = await office.store.ledger(running)
        assert entry.status == "unknown"
        found = await office.store.conversation(running)
        assert found is not None
        assert found.reason.startswith("outcome of cancel_booking unknown")


async def _handled(office: Office, conversation: str) -> None:
    """Returns when the dead worker's lease is over and its trigger was handled."""
    end = time.monotonic() + 30
    while await office.store.waiting(conversation):
        assert time.monotonic() < end
        await office.worker.work_off(conversation)
        await asyncio.sleep(0.2)


async def test_another_id_is_another_desk(office: Office) -> None:
    office.edit("desk.toml", 'id = "harbor-stays"', 'id = "harbour"')
    assert not await office.reloader.reload()
    assert "restart to serve another desk" in office.told[0]


async def test_what_is_read_at_the_start_alone_is_named(office: Office) -> None:
    office.edit("desk.toml", "HARBOR_STAYS_IDENTITY_SECRET", "OTHER_SECRET")
    assert await office.reloader.reload()
    assert office.told[0].endswith(
        "Restart for what is read at the start alone: identity.secret_env."
    )


async def test_only_what_is_needed_is_kept_and_open(office: Office) -> None:
    running = await office.begin()
    await office.cancel(running)
    first = office.digest
    for number in range(MOST_OPEN + 1):
        office.edit(PROCEDURE, "Done" + "!" * number, "Done" + "!" * (number + 1))
        assert await office.reloader.reload()
        assert office.kept() == sorted([first, office.digest])
    assert office.opened.count(first) == 1
    office.clock.advance(timedelta(days=31))
    await office.versions.tidy()
    assert office.kept() == [office.digest]


async def test_an_older_version_is_opened_again_when_a_conversation_comes_back(
    office: Office,
) -> None:
    running: list[str] = []
    for number in range(MOST_OPEN + 1):
        running.append(await office.begin())
        await office.cancel(running[-1])
        office.edit(PROCEDURE, "Done" + "!" * number, "Done" + "!" * (number + 1))
        assert await office.reloader.reload()
    assert len(office.kept()) == MOST_OPEN + 2
    first = office.opened[0]
    assert office.opened.count(first) == 1
    assert "Done. HB-" in await office.say(running[0], "yes")
    assert office.opened.count(first) == 2


async def test_a_version_that_comes_back_is_the_newest_again(office: Office) -> None:
    first = office.digest
    running = await office.begin()
    await office.cancel(running)
    office.edit(PROCEDURE, OLD, NEW)
    await office.reloader.reload()
    await office.say(running, "no")
    office.edit(PROCEDURE, NEW, OLD)
    await office.reloader.reload()
    assert office.digest == first
    again = await office.begin()
    await office.cancel(again)
    office.edit(PROCEDURE, OLD, NEW)
    await office.reloader.reload()
    assert "Done" in await office.say(again, "yes")
    assert (await office.state(again)).digest == first


async def test_no_request_waits_for_a_version_that_is_being_loaded(
    office: Office,
) -> None:
    released = asyncio.Event()
    opener = office._opener

    @contextlib.asynccontextmanager
    async def slow(loaded: LoadedDesk) -> AsyncIterator[Parts]:
        await released.wait()
        async with opener(loaded) as parts:
            yield parts

    office.versions.opener = slow
    office.edit(PROCEDURE, OLD, NEW)
    loading = asyncio.create_task(office.reloader.reload())
    await asyncio.sleep(0.5)
    assert not loading.done()
    assert OLD in await office.cancel(await office.begin())
    released.set()
    assert await loading
    assert NEW in await office.cancel(await office.begin())


@pytest.mark.parametrize("polling", [False, True], ids=["watched", "polled"])
async def test_a_changed_file_is_noticed(
    office: Office, polling: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", str(polling).lower())
    running = asyncio.create_task(office.reloader.run())
    try:
        await asyncio.sleep(1)
        office.edit(PROCEDURE, OLD, NEW)
        await _until(lambda: bool(office.told))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert office.told == ["Reloaded Harbor Stays: procedure cancel_booking changed."]


async def _until(what: Callable[[], bool], within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
