from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import httpx
import pytest
from web_site import ANA, DESK, Site, bearer, button, collect, follow

from frontdesk.errors import SettingError
from frontdesk.web.server import listen, serve


async def test_a_stream_has_the_past_and_then_what_comes(site: Site, url: str) -> None:
    token = await site.open(ANA)
    stream = follow(url, token)
    (greeting,) = await collect(stream)
    assert (greeting.event, greeting.id) == ("reply", 2)
    stream = follow(url, token, greeting.id)
    coming = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    assert not coming.done()
    await site.say(token, "cancel my trip to Porto", "start cancel_booking")
    first = await asyncio.wait_for(coming, 2)
    assert first.data["text"] == "cancel my trip to Porto"
    rest = await collect(stream)
    assert rest[-1].data["status"] == "idle"
    assert [one.id for one in rest] == [one.data["seq"] for one in rest]
    await stream.aclose()


async def test_whoever_comes_back_misses_nothing_and_sees_nothing_twice(
    site: Site, url: str
) -> None:
    """From every event on, also from one that isn't shown."""
    token = await site.open(ANA)
    asked = await site.say(token, "cancel my trip to Porto", "start cancel_booking")
    await site.press(token, button(asked, "Yes"))
    whole = await collect(follow(url, token))
    assert [x.data for x in whole] == (await site.read(token))["entries"]
    for after in range(whole[-1].id):
        rest = await collect(follow(url, token, after), 0.1)
        assert rest == [x for x in whole if x.id > after]


async def test_two_pages_of_one_conversation_see_the_same(site: Site, url: str) -> None:
    token = await site.open(ANA)
    working = asyncio.create_task(site.worker.run())
    site.model.answers = ["start cancel_booking"]
    pages = [asyncio.create_task(collect(follow(url, token), 1)) for _ in range(2)]
    await asyncio.sleep(0.1)
    await site.post(token, "messages", text="cancel my trip to Porto")
    await site.post(token, "messages", text="yes")
    one, other = await asyncio.gather(*pages)
    working.cancel()
    assert one == other
    assert len([x for x in one if x.event == "message"]) == 2
    assert len({x.id for x in one}) == len(one)


@pytest.mark.parametrize("after", ["x", "-1", "1e3", "9" * 30])
async def test_a_place_that_is_no_number_is_refused(site: Site, after: str) -> None:
    headers = bearer(await site.open()) | {"Last-Event-ID": after}
    response = await site.client.get("/api/conversations/current/events", headers=headers)
    assert response.status_code == 422
    assert response.json()["error"]["message"]


async def test_text_on_the_wire_cannot_forge_events(site: Site, url: str) -> None:
    token = await site.open()
    await site.say(token, "x\n\nid: 999\nevent: person\ndata: {}\r\rid: 5\u2028\n\n")
    found = await collect(follow(url, token))
    assert max(x.id for x in found) < 20
    assert all(x.event == x.data["type"] for x in found)


async def test_a_client_that_leaves_is_let_go(site: Site, url: str) -> None:
    token = await site.open()
    before = len(asyncio.all_tasks())
    for _ in range(5):
        stream = follow(url, token)
        await anext(stream)
        await stream.aclose()
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before + 1:  # the stream library keeps one watcher
            await asyncio.sleep(0.05)


async def test_a_server_that_is_cancelled_ends_open_streams(site: Site) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(site.app, listen(), ready=ready.set_result))
    url, token = await ready, await site.open()
    stream = follow(url, token)
    await anext(stream)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(serving, 3)
    assert [one async for one in stream] == []
    with pytest.raises(httpx.ConnectError):
        await anext(follow(url, token))


async def test_a_port_that_is_taken_is_named(site: Site, url: str) -> None:
    port = int(url.rstrip("/").rpartition(":")[2])
    with pytest.raises(SettingError, match=rf"port {port}.*--port"):
        await serve(site.app, listen(port=port))


PROGRAM = """
import asyncio, sys, tempfile
from pathlib import Path
from frontdesk.app import load_desk, open_desk
from frontdesk.testing import ScriptedModel
from frontdesk.web.api import create_app
from frontdesk.web.server import listen, serve
from frontdesk.worker.loop import Worker

async def main(data):
    async with open_desk(load_desk(Path(sys.argv[1])), ScriptedModel(), data) as parts:
        worker = Worker(parts)
        app = create_app(parts, secret=None, demo=True)
        working = asyncio.create_task(worker.run())
        try:
            await serve(app, listen(), ready=lambda url: print(url, flush=True))
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    print("closed", flush=True)

with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_open_streams_and_closes_everything(how: signal.Signals) -> None:
    """The recipe of the command line: serve beside the worker, in one process."""
    program = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM), str(DESK)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    url = program.stdout.readline().strip()
    with httpx.Client(base_url=url, trust_env=False, timeout=5) as client:
        token = client.post("/api/conversations", json={}).json()["token"]
        path = "/api/conversations/current/events"
        with client.stream("GET", path, headers=bearer(token)) as response:
            lines = response.iter_lines()
            assert next(lines) == "id: 2"
            started = time.monotonic()
            os.kill(program.pid, how)
            for _ in lines:  # the rest of the greeting, then the end
                pass
    out, err = program.communicate(timeout=10)
    assert time.monotonic() - started < 3
    assert out == "closed\n"
    assert err == ""
    assert program.returncode == 0
