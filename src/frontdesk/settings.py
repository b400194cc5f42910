"""What the operator sets outside the desk: folders and the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from frontdesk.errors import SettingError


@dataclass(frozen=True)
class Settings:
    """Where things lie, and what the local engine may use."""

    data: Path
    """Databases, one folder a desk."""
    cache: Path
    """Models and what is computed from them; can be deleted."""
    threads: int = 0
    """For the local engine; 0 for all cores."""

    @property
    def models(self) -> Path:
        """The folder of model files."""
        return self.cache / "models"

    @property
    def own_models(self) -> Path:
        """The file that pins the operator's own models on this machine."""
        return self.data / "models.lock.toml"

    @property
    def embeddings(self) -> Path:
        """The folder of embeddings of desks' own texts."""
        return self.cache / "embeddings"

    @property
    def prefixes(self) -> Path:
        """The folder of computed prefixes."""
        return self.cache / "prefixes"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``FRONTDESK_DATA``, ``FRONTDESK_CACHE`` and ``FRONTDESK_THREADS``.

    Raises:
        SettingError: a value is not usable.
    """
    threads = environment.get("FRONTDESK_THREADS") or "0"
    if not re.fullmatch(r"[0-9]{1,4}", threads):
        raise SettingError(
            f"FRONTDESK_THREADS is {threads!r}; write a whole number, 0 for all cores"
        )
    return Settings(
        data=Path(environment.get("FRONTDESK_DATA") or user_data_path("frontdesk")),
        cache=Path(environment.get("FRONTDESK_CACHE") or user_cache_path("frontdesk")),
        threads=int(threads),
    )
