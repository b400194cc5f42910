"""The limits that containers and services run under: Linux control groups, versions 1 and 2.

A limit of any folder on the way up counts; the names are those of the kernel's documentation
(Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, scheduler/sched-bwc.rst).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOUNT = Path("sys/fs/cgroup")
_NO_LIMIT = 1 << 60
"""Version 1 writes "none" as a number near 2 to the 63."""


@dataclass(frozen=True)
class MemoryLimit:
    """The narrowest limit on memory, in bytes."""

    total: int
    available: int
    """Under the limit, with the page cache counted as free, for the kernel gives it back."""


def memory_limit(root: Path) -> MemoryLimit | None:
    """The limit on this process's memory; ``None`` without one.

    Args:
        root: ``/``, unless a test brings another.
    """
    limits = []
    for folder in _folders(root, "memory"):
        for limit, usage, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            total = _number(folder / limit)
            if total is not None and total < _NO_LIMIT:
                used = (_number(folder / usage) or 0) - _stat(folder / "memory.stat", cache)
                limits.append(MemoryLimit(total, max(total - max(used, 0), 0)))
    if not limits:
        return None
    total = min(limit.total for limit in limits)
    return MemoryLimit(total, min(limit.available for limit in limits))


def processor_quota(root: Path) -> float | None:
    """How many processors' time this process may use; ``None`` for all there are."""
    quotas = []
    for folder in _folders(root, "cpu"):
        words = _text(folder / "cpu.max").split()
        if len(words) == 2 and words[0] != "max":
            quotas.append(int(words[0]) / int(words[1]))
        quota = _number(folder / "cpu.cfs_quota_us")
        period = _number(folder / "cpu.cfs_period_us")
        if quota is not None and period and quota > 0:
            quotas.append(quota / period)
    return min(quotas, default=None)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Those of this process, from its own up to the uppermost."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / _MOUNT / controller if controllers else root / _MOUNT
        own = top / path.strip("/")
        # In a container the path may be the host's; then the mount's top is the container's own.
        yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(top))


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def _stat(file: Path, name: str) -> int:
    found = re.search(rf"^{name} (\d+)$", _text(file), re.MULTILINE)
    return int(found[1]) if found else 0
