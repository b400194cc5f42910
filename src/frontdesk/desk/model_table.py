"""The table ``[model]`` of desk.toml: which model, where it runs, and where its key is found.

A key never stands in a desk, which lies in git. Nor does an address that would carry customers'
messages over a network unencrypted: plain http only goes to this machine or a private network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from frontdesk.desk import format as f
from frontdesk.desk.located import Located, Place
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types.desk import ModelChoice
from frontdesk.types.generation import FORMS

_KEYS = {"key", "api_key", "apikey", "token", "secret", "password", "authorization"}
_NAME_IT = (
    "Remove it (and change the key, if it was committed); write `key_env`, the name of an "
    "environment variable that holds it, or `key_file`, a file outside of the desk."
)
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_ELSEWHERE = ("dialect", "constraint", "key_env", "key_file", "width", "timeout_s",
              "alternatives", "extra")  # fmt: skip


def mistakes(located: Located) -> Iterator[Problem]:
    """What must be said before the table's shape is looked at; no value is quoted."""
    table = located.data.get("model")
    if isinstance(table, str):
        fix = "Write a table: a line `[model]` and below it `name = ...`."
        yield located.problem(
            ("model",), Kind.INVALID_VALUE, "'model' is a table in this format", fix
        )
    if not isinstance(table, dict):
        return
    extra = table.get("extra")
    for place, keys in ((("model",), table), (("model", "extra"), extra)):
        for key in keys if isinstance(keys, dict) else ():
            if key.lower().replace("-", "_") in _KEYS:
                text = f"{key!r}: a key must not stand in a desk"
                yield located.problem((*place, key), Kind.SECRET_IN_DESK, text, _NAME_IT)


def problems(located: Located, table: f.Model) -> Iterator[Problem]:
    """What is wrong with a table of the right shape."""
    if table.url:
        yield from _address(located, table)
        yield from _elsewhere(located, table)
        return
    for name in _ELSEWHERE:
        if name in table.model_fields_set:
            text = f"{name!r} is for an engine that runs elsewhere"
            fix = "Remove it, or add `url`, the address of the engine."
            yield located.problem(("model", name), Kind.LOCAL_ENGINE, text, fix)


def _address(located: Located, table: f.Model) -> Iterator[Problem]:
    place: Place = ("model", "url")
    address = _split(table.url)
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        fix = 'Write one like "http://127.0.0.1:8000/v1".'
        yield located.problem(
            place, Kind.BROKEN_ADDRESS, "'url' is not an http or https address", fix
        )
    elif address.username is not None or address.query or address.fragment:
        text = "'url' holds more than an address"
        fix = f"Write scheme, host, port and path alone. {_NAME_IT}"
        yield located.problem(place, Kind.SECRET_IN_DESK, text, fix)
    elif address.scheme == "http" and not is_private(address.hostname):
        text = f"messages would go to {address.hostname} unencrypted"
        fix = "Write https, or the address of a machine in your own network."
        yield located.problem(place, Kind.UNENCRYPTED_ADDRESS, text, fix)


def _elsewhere(located: Located, table: f.Model) -> Iterator[Problem]:
    if table.constraint is not None and table.constraint not in FORMS[table.dialect]:
        text = f"{table.dialect} takes no constraint {table.constraint!r}"
        fix = f"Write one of {', '.join(FORMS[table.dialect])}, or leave it out."
        yield located.problem(("model", "constraint"), Kind.UNKNOWN_CONSTRAINT, text, fix)
    if table.key_env and table.key_file:
        text = "'key_env' and 'key_file' exclude each other"
        yield located.problem(("model", "key_file"), Kind.TWO_KEYS, text, "Remove one of them.")
    folder = located.file.parent
    if table.key_file and _path(table.key_file, folder).is_relative_to(folder.resolve()):
        text = "'key_file' lies in the desk"
        fix = "Move the file out of this folder."
        yield located.problem(("model", "key_file"), Kind.SECRET_IN_DESK, text, fix)


def is_private(host: str) -> bool:
    """Whether the name or number is of this machine or of a network that isn't the internet.

    A name without a dot is one that only the own network knows (a container's, a neighbour's).
    """
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_NAMES)
    return number.is_private or number.is_loopback


def choice(table: f.Model, folder: Path) -> ModelChoice:
    """The table as the rest of the code knows it."""
    return ModelChoice(
        name=table.name,
        url=table.url,
        dialect=table.dialect,
        constraint=table.constraint,
        key_env=table.key_env,
        key_file=_path(table.key_file, folder) if table.key_file else None,
        width=table.width,
        timeout_s=table.timeout_s,
        alternatives=table.alternatives,
        extra=table.extra,
    )


def _path(written: str, folder: Path) -> Path:
    return (folder / Path(written).expanduser()).resolve()


def _split(url: str) -> SplitResult | None:
    try:
        address = urlsplit(url)
        address.port  # noqa: B018  # raises when it is no number
    except ValueError:
        return None
    return address
