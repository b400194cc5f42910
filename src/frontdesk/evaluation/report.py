"""How figures are printed and written: every command the same way."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from frontdesk.errors import SettingError

Figure = int | float | str | None
_PACKAGES = ("frontdesk", "xllamacpp", "pydantic")


def table(figures: Mapping[str, Figure]) -> str:
    """The figures, a line each."""
    width = max(map(len, figures), default=0)
    return "\n".join(f"{name:<{width}}  {_plain(value)}" for name, value in figures.items())


def _plain(value: Figure) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def write(file: Path, figures: Mapping[str, Figure], *, command: str, seed: int | None) -> None:
    """Writes one object: figures, and what is needed to get them again.

    Raises:
        SettingError: the file can't be written.
    """
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    content = {
        "figures": dict(figures),
        "command": command,
        "seed": seed,
        "versions": versions,
        "machine": {"processors": os.cpu_count(), "system": platform.platform()},
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{file} can't be written: {error}") from error
