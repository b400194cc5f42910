"""Where an engine listens, as the HTTP adapter sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class KvCache:
    """Where an engine keeps computed prefixes, and what they depend on beside the prefix."""

    folder: Path
    identity: str
    """Differs when a saved prefix can't be used: other weights, engine or context size."""


@dataclass(frozen=True)
class Endpoint:
    """A running engine."""

    base_url: str
    """Without ``/v1`` and without a slash at the end."""
    key: str = field(default="", repr=False)
    start: int = 0
    """Counts the starts of the engine: when it changes, the engine has forgotten everything."""
    kv: KvCache | None = None
    """Given by engines that can save and restore a prefix."""
    key_from: str = ""
    """What the operator looks at when the key is refused: where it was read."""


class Engine(Protocol):
    """Something that serves a model over HTTP."""

    async def endpoint(self) -> Endpoint:
        """Where it listens; starts it when it isn't running. Raises ``ModelError``."""
        ...

    def take_complaint(self) -> str | None:
        """What the engine said, since last asked, about a grammar that it then ignored."""
        ...

    def distrust(self, endpoint: Endpoint) -> None:
        """Tells it that a connection broke: what listens there is dying, even if it still runs."""
        ...

    async def close(self) -> None:
        """Stops the engine."""
        ...


@dataclass(frozen=True)
class RemoteEngine:
    """An engine that somebody else runs: vLLM, SGLang, Ollama, a hosted API."""

    base_url: str
    key: str = field(default="", repr=False)
    key_from: str = ""

    async def endpoint(self) -> Endpoint:
        """The address that the operator named."""
        address = self.base_url.rstrip("/").removesuffix("/v1")
        return Endpoint(address, self.key, key_from=self.key_from)

    def take_complaint(self) -> str | None:
        """Nothing: a remote engine complains in its answers."""
        return None

    def distrust(self, endpoint: Endpoint) -> None:
        """Does nothing; there is no other."""

    async def close(self) -> None:
        """Does nothing; the engine isn't ours."""
