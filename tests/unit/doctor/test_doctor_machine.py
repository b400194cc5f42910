from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from frontdesk.doctor.cgroups import memory_limit, processor_quota
from frontdesk.doctor.machine import Machine, ThisSystem, read
from frontdesk.settings import Settings

GB = 1_000_000_000


@dataclass
class FakeSystem:
    root: Path

    def architecture(self) -> str:
        return "x86_64"

    def processors(self) -> int:
        return 16

    def memory(self) -> tuple[int, int]:
        return 64 * GB, 60 * GB

    def load(self) -> float:
        return 0.25


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def machine(root: Path) -> Machine:
    return read(FakeSystem(root), Settings(root / "data", root / "cache"), ("pip", "no-such-one"))


def test_a_machine_without_proc_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = machine(tmp_path)
    assert (found.processor, found.instructions) == ("unknown", ())
    assert (found.memory, found.available, found.memory_limited) == (64 * GB, 60 * GB, False)
    assert (found.cores, found.load) == (16.0, 0.25)
    assert found.packages["pip"]
    assert found.packages["no-such-one"] is None
    assert found.cache.writable
    assert found.cache.free > 0


def test_the_flags_of_a_processor_are_named_as_llama_cpp_names_them(tmp_path: Path) -> None:
    text = "processor : 0\nmodel name\t: Some Chip\nflags\t\t: fpu avx avx2 fma avx512f amx_int8\n"
    write(tmp_path, {"proc/cpuinfo": text})
    found = machine(tmp_path)
    assert found.processor == "Some Chip"
    assert found.instructions == ("AVX", "AVX2", "FMA", "AVX-512", "AMX-INT8")


def test_the_features_of_an_arm_processor(tmp_path: Path) -> None:
    write(tmp_path, {"proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n"})
    assert machine(tmp_path).instructions == ("NEON", "DOTPROD", "I8MM")


def test_the_limits_of_version_2_count_on_every_level(tmp_path: Path) -> None:
    top = "sys/fs/cgroup"
    write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/a/b\n",
            f"{top}/a/b/memory.max": "max\n",
            f"{top}/a/b/cpu.max": "max 100000\n",
            f"{top}/a/memory.max": f"{4 * GB}\n",
            f"{top}/a/memory.current": f"{3 * GB}\n",
            f"{top}/a/memory.stat": f"anon 1\ninactive_file {2 * GB}\n",
            f"{top}/a/cpu.max": "150000 100000\n",
        },
    )
    found = machine(tmp_path)
    assert (found.memory, found.available, found.memory_limited) == (4 * GB, 3 * GB, True)
    assert (found.quota, found.cores) == (1.5, 1.5)


def test_the_limits_of_version_1(tmp_path: Path) -> None:
    top = "sys/fs/cgroup"
    write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/docker/x\n2:cpu,cpuacct:/\n0::/\n",
            f"{top}/memory/memory.limit_in_bytes": f"{2 * GB}\n",
            f"{top}/memory/memory.usage_in_bytes": f"{GB}\n",
            f"{top}/cpu/cpu.cfs_quota_us": "200000\n",
            f"{top}/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    limit = memory_limit(tmp_path)
    assert limit
    assert (limit.total, limit.available) == (2 * GB, GB)
    assert processor_quota(tmp_path) == 2.0


@pytest.mark.parametrize("none", ["9223372036854771712", "max", ""])
def test_no_limit(tmp_path: Path, none: str) -> None:
    files = {"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"}
    write(tmp_path, files | {"sys/fs/cgroup/memory/memory.limit_in_bytes": none})
    assert memory_limit(tmp_path) is None
    assert processor_quota(tmp_path) is None


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    found = read(ThisSystem(), Settings(tmp_path, tmp_path))
    assert found.cores > 0
    assert 0 < found.available <= found.memory
