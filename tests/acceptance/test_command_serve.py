from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from installed_command import (
    BIN,
    DESK,
    SMALLEST,
    environment,
    frontdesk,
    model_cache,
    refused,
    small_desk,
)


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


@pytest.fixture
def serving(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    cache = model_cache(tmp_path_factory)
    desk = small_desk(tmp_path)
    command = [BIN / "frontdesk", "serve", desk, "--demo", "--port", "0", "--model", SMALLEST]
    process = subprocess.Popen(
        command,
        env=environment(tmp_path, FRONTDESK_CACHE=str(cache)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(
    serving: subprocess.Popen[str],
) -> None:
    assert serving.stdout is not None
    line = serving.stdout.readline()
    found = re.fullmatch(r"Harbor Stays is open at (\S+) \(Ctrl-C closes it\)\n", line)
    assert found, line
    assert httpx.get(f"{found[1]}healthz").json() == {"status": "ok"}
    page = httpx.get(found[1])
    assert page.status_code == 200
    assert "<html" in page.text
    engines = children(serving.pid)
    assert engines
    serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=10)
    assert serving.returncode == 0, err
    assert out == "Closed.\n"
    assert "Traceback" not in err
    assert not any(Path(f"/proc/{pid}").exists() for pid in engines)


def greeting(address: str) -> str:
    """What the desk says to somebody new."""
    token = httpx.post(f"{address}api/conversations", json={}).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    read = httpx.get(f"{address}api/conversations/current", headers=bearer)
    return str(read.json()["entries"][0]["text"])


def test_a_changed_file_changes_what_it_says_without_a_restart(
    serving: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert serving.stdout is not None
    found = re.search(r"open at (\S+) ", serving.stdout.readline())
    assert found
    address = found[1]
    assert greeting(address).startswith("Hello, this is")
    settings = tmp_path / "desk" / "desk.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("Hello, this is", "Good day, this is"), encoding="utf-8")
    line = serving.stdout.readline()
    assert line == "Reloaded Harbor Stays: built-in reply greeting changed.\n"
    assert greeting(address).startswith("Good day, this is")
    settings.write_text(text.replace("messages.greeting", "messages.greting"), encoding="utf-8")
    line = serving.stdout.readline()
    assert line.startswith(f"The changed desk is not used: {settings}:")
    assert "greeting" in serving.stdout.readline()
    assert serving.stdout.readline() == "The one before stays.\n"
    assert greeting(address).startswith("Good day, this is")
    settings.write_text(text, encoding="utf-8")
    serving.send_signal(signal.SIGHUP)
    assert serving.stdout.readline().startswith("Reloaded ")
    assert greeting(address).startswith("Hello, this is")
    serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=10)
    assert (serving.returncode, out) == (0, "Closed.\n"), err
    assert "Traceback" not in err


def test_data_in_the_desks_own_folder_is_refused(tmp_path: Path) -> None:
    desk = small_desk(tmp_path)
    ran = frontdesk("serve", desk, "--port", "0", "--data", desk / "data", home=tmp_path)
    assert "lies in the desk's own folder" in refused(ran)


def test_a_port_in_use_is_refused_before_anything_slow(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ran = frontdesk("serve", DESK, "--port", port, "--model", SMALLEST, home=tmp_path)
    said = refused(ran)
    assert f"can't listen on 127.0.0.1, port {port}" in said
    assert "--port" in said
    assert "Starting" not in ran.err
    assert not (tmp_path / "data").exists()


def test_a_customer_whom_the_desk_does_not_name(tmp_path: Path) -> None:
    said = refused(frontdesk("say", DESK, "hello", "--as", "cust-nobody", home=tmp_path))
    assert "there is no customer 'cust-nobody' in [demo]; known: cust-ana, " in said
