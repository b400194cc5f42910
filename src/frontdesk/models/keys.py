"""Where the key to an engine is found: in the environment or in a file, never in a desk.

No message here quotes what was found.
"""

from __future__ import annotations

from collections.abc import Mapping

from frontdesk.errors import SettingError
from frontdesk.types.desk import ModelChoice

_BYTES = 10_000


def key_source(choice: ModelChoice) -> str:
    """Where the key of this model is kept, in words; empty when it needs none."""
    if choice.key_env:
        return f"the environment variable {choice.key_env}"
    return f"the file {choice.key_file}" if choice.key_file else ""


def key_of(choice: ModelChoice, environment: Mapping[str, str]) -> str:
    """The key to the engine; empty when it needs none.

    Raises:
        SettingError: it isn't where the desk says, or can't be a key.
    """
    source = key_source(choice)
    if not source:
        return ""
    found = environment.get(choice.key_env) if choice.key_env else _content(choice)
    key = (found or "").strip()
    if not key:
        raise SettingError(f"{source} should hold the key to {choice.url}, and holds nothing")
    # A key with a line in its middle would be quoted by the HTTP library's exception.
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError(f"{source} holds no key: a key is one word of plain letters and signs")
    return key


def _content(choice: ModelChoice) -> str:
    assert choice.key_file is not None
    try:
        return choice.key_file.read_bytes()[:_BYTES].decode("utf-8", "replace")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(f"the key file {choice.key_file} can't be read: {reason}") from error
