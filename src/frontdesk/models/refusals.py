"""What an answer's status means: who must act, and whether asking again can help. No I/O.

A key never gets into a message: what an engine says about one is left out, and whatever else it
says is searched for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from frontdesk.errors import ModelError, RequestRefused
from frontdesk.models.endpoint import Endpoint
from frontdesk.models.wire import answer_in, offers_in, words_of

_TRY_LATER = {408, 425, 429}
_THROTTLED = {429, 503, 529}
"""Said before anything is generated, so that asking again costs nothing twice."""
_PAUSES_S = (0.5, 1.0, 2.0)
"""Before the second, third and fourth time, where the engine names no time."""


def pause_s(status: int, headers: Mapping[str, str], asked: int) -> float | None:
    """Seconds to wait before the request is sent again; ``None`` when it shouldn't be.

    Args:
        status: of the answer.
        headers: of the answer; ``Retry-After`` counts.
        asked: how often the request was sent so far.
    """
    if status not in _THROTTLED or asked > len(_PAUSES_S):
        return None
    named = _retry_after(headers.get("retry-after", ""))
    return _PAUSES_S[asked - 1] if named is None else named


def _retry_after(value: str) -> float | None:
    """The header's seconds, or those up to its date."""
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def check_status(status: int, data: bytes, endpoint: Endpoint) -> None:
    """Raises what the status means, unless it means success."""
    if status == httpx.codes.OK:
        return
    if status in (401, 403):
        raise RequestRefused(f"The engine at {endpoint.base_url} {refused_key(status, endpoint)}")
    words = scrubbed(_said(data), endpoint)
    if 400 <= status < 500 and status not in _TRY_LATER:
        raise RequestRefused(f"The engine refused the request ({status}): {words}")
    raise ModelError(f"The engine could not answer ({status}): {words}")


def refused_key(status: int, endpoint: Endpoint) -> str:
    """What is wrong with the key, and where to look."""
    if not endpoint.key:
        return f"wants a key ({status}): write key_env or key_file under [model] in desk.toml"
    return f"refused the key ({status}) that {endpoint.key_from or 'was given'} holds"


def offered(data: bytes) -> str:
    """The names of the models in an answer of ``/v1/models``; empty if it is none."""
    return ", ".join(offers_in(data)[:20])


def scrubbed(words: str, endpoint: Endpoint) -> str:
    """The words without the key, should the engine repeat it."""
    return words.replace(endpoint.key, "***") if endpoint.key else words


def _said(data: bytes) -> str:
    try:
        return words_of(answer_in(data).error or "no reason")
    except ModelError:
        return words_of(data.decode("utf-8", "replace"))
