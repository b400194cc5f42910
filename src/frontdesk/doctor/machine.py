"""This machine, as far as it matters for a model: read once, judged elsewhere."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import psutil

from frontdesk.doctor.cgroups import memory_limit, processor_quota
from frontdesk.settings import Settings

LOCAL_PACKAGES = ("xllamacpp", "onnxruntime", "tokenizers")
"""What the extra ``local`` installs to run models."""

_SETS = {
    "avx": "AVX", "avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "avx_vnni": "AVX-VNNI",
    "avx512f": "AVX-512", "avx512_vnni": "AVX-512-VNNI", "avx512_bf16": "AVX-512-BF16",
    "amx_int8": "AMX-INT8", "amx_bf16": "AMX-BF16",
    "asimd": "NEON", "asimddp": "DOTPROD", "i8mm": "I8MM", "sve": "SVE",
}  # fmt: skip
"""Flags of /proc/cpuinfo whose instructions llama.cpp has faster kernels for, by their names."""


@dataclass(frozen=True)
class Folder:
    """A folder that frontdesk writes to; it need not exist yet."""

    path: Path
    free: int
    """Bytes."""
    writable: bool


@dataclass(frozen=True)
class Machine:
    """What a model would run on."""

    architecture: str
    """As the system calls it: ``x86_64``, ``aarch64``."""
    processor: str
    processors: int
    """How many this process may run on."""
    quota: float | None
    """How many processors' time it may use; ``None`` for all."""
    instructions: tuple[str, ...]
    memory: int
    """Bytes; where a container has a limit, that."""
    available: int
    """Bytes that can be had now."""
    memory_limited: bool
    """Whether a limit makes the memory less than the machine has."""
    load: float
    """Programs that ran or waited to run, the mean of the last minute."""
    cache: Folder
    data: Folder
    python: str
    packages: dict[str, str | None]
    """Versions of what runs models here; ``None`` for what isn't installed."""

    @property
    def cores(self) -> float:
        """Processors' time that this process can use."""
        return min(float(self.processors), self.quota or float(self.processors))


class System(Protocol):
    """Where a machine's facts come from."""

    root: Path
    """Below it lie ``proc`` and ``sys``."""

    def architecture(self) -> str:
        """The processor's kind."""
        ...

    def processors(self) -> int:
        """How many processors this process may run on."""
        ...

    def memory(self) -> tuple[int, int]:
        """Bytes in all, and bytes that can be had now."""
        ...

    def load(self) -> float:
        """The mean load of the last minute."""
        ...


class ThisSystem:
    """The system that this process runs on."""

    root = Path("/")

    def architecture(self) -> str:
        """The processor's kind."""
        return platform.machine()

    def processors(self) -> int:
        """How many processors this process may run on, as the local engine counts them."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return psutil.cpu_count() or 1

    def memory(self) -> tuple[int, int]:
        """Bytes in all, and bytes that can be had now."""
        memory = psutil.virtual_memory()
        return memory.total, memory.available

    def load(self) -> float:
        """The mean load of the last minute."""
        return psutil.getloadavg()[0]


def read(system: System, settings: Settings, packages: Sequence[str] = LOCAL_PACKAGES) -> Machine:
    """Reads the machine."""
    total, available = system.memory()
    limit = memory_limit(system.root)
    limited = limit is not None and limit.total < total
    if limit is not None and limited:
        total, available = limit.total, min(available, limit.available)
    text = _cpuinfo(system.root)
    return Machine(
        architecture=system.architecture(),
        processor=_field(text, "model name") or _field(text, "Hardware") or "unknown",
        processors=system.processors(),
        quota=processor_quota(system.root),
        instructions=_instructions(text),
        memory=total,
        available=available,
        memory_limited=limited,
        load=system.load(),
        cache=_folder(settings.cache),
        data=_folder(settings.data),
        python=platform.python_version(),
        packages={name: _version(name) for name in packages},
    )


def _cpuinfo(root: Path) -> str:
    try:
        return (root / "proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:  # A system without /proc doesn't say.
        return ""


def _field(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\s*$", text, re.MULTILINE)
    return found[1] if found else ""


def _instructions(text: str) -> tuple[str, ...]:
    """The names of the flags (x86) or features (ARM) that the first processor has."""
    has = set((_field(text, "flags") or _field(text, "Features")).split())
    return tuple(name for flag, name in _SETS.items() if flag in has)


def _folder(path: Path) -> Folder:
    there = path.absolute()
    while not there.exists():
        there = there.parent
    writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return Folder(path, shutil.disk_usage(there).free, writable)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
