from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.doctor.findings import DeskFacts, of_desk, of_machine, of_models
from frontdesk.doctor.fitting import Candidate, Recommendation, estimated, fit, needed, recommend
from frontdesk.doctor.machine import LOCAL_PACKAGES, Folder, Machine
from frontdesk.doctor.speed import Speed
from frontdesk.models.catalogue import embedder, entries, find

GB = 1_000_000_000
MINILM = embedder()
ROOMY = Folder(Path("/somewhere"), 100 * GB, True)
SMALL = Machine(
    architecture="x86_64",
    processor="a chip",
    processors=2,
    quota=None,
    instructions=("AVX", "AVX2"),
    memory=24 * GB,
    available=22 * GB,
    memory_limited=False,
    load=0.1,
    cache=ROOMY,
    data=ROOMY,
    python="3.11.7",
    packages=dict.fromkeys(LOCAL_PACKAGES, "1.0"),
)


def candidates(machine: Machine, here: tuple[str, ...] = (), **speeds: Speed) -> list[Candidate]:
    return [
        Candidate(
            entry,
            "present" if entry.alias in here else "absent",
            fit(needed(entry, MINILM), machine),
            speeds.get(entry.alias.replace("-", "_").replace(".", "_")),
        )
        for entry in entries()
        if entry.kind == "language"
    ]


def with_memory(total: float, available: float | None = None) -> Machine:
    free = total if available is None else available
    return replace(SMALL, memory=int(total * GB), available=int(free * GB))


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (with_memory(0.5), None),
        (with_memory(1), None),
        (with_memory(2), "qwen-0.5b"),
        (with_memory(24), "qwen-1.5b"),
        (with_memory(64), "qwen-1.5b"),
        (with_memory(24, 2), "qwen-0.5b"),
        (with_memory(24, 0.2), None),
    ],
)
def test_without_a_measurement_memory_alone_decides(machine: Machine, expected: str | None) -> None:
    assert recommend(candidates(machine), ["en"]).model == expected


def test_too_small_and_taken_are_said_apart() -> None:
    assert "too little memory" in recommend(candidates(with_memory(0.5)), ["en"]).why
    assert "Other programs hold" in recommend(candidates(with_memory(24, 0.2)), ["en"]).why


def test_a_turn_costs_what_it_reads_and_writes() -> None:
    speed = Speed(prompt=22.0, generated=6.0)
    assert speed.turn_s == pytest.approx(3.0)
    assert speed.long_turn_s == pytest.approx(65 / 22 + 2)
    assert speed.prefix_s(4400) == pytest.approx(200.0)


def test_customers_at_once_are_what_keeps_the_engine_from_being_too_busy() -> None:
    # A turn of 1 s, in 73 of 189 messages, one message in 30 s: 0.7 * 30 / 0.386 customers.
    assert Speed(44.0, 24.0).conversations == 54
    assert Speed(0.1, 0.1).conversations == 0


def test_the_largest_that_was_measured_to_be_quick_is_recommended() -> None:
    speeds = {"qwen_1_5b": Speed(75, 26), "qwen_0_5b": Speed(161, 42)}
    found = recommend(estimated(candidates(SMALL, tuple(speeds), **speeds)), ["en"])
    assert found.model == "qwen-1.5b"
    assert "0.8 s" in found.why
    assert "qwen3-4b" in found.larger  # 1.7 s, by its size
    assert "qwen3-8b" not in found.larger
    assert "deepseek-qwen-7b" not in found.larger


def test_a_slow_machine_gets_the_smaller_model() -> None:
    speeds = {"qwen_1_5b": Speed(20, 8), "qwen_0_5b": Speed(45, 16)}
    assert recommend(candidates(SMALL, **speeds), ["en"]).model == "qwen-0.5b"


def test_a_machine_on_which_all_are_slow_is_told_so() -> None:
    found = recommend(candidates(SMALL, qwen_1_5b=Speed(2, 1), qwen_0_5b=Speed(4, 2)), ["en"])
    assert found.model == "qwen-0.5b"
    assert "11.5 s" in found.why
    assert "another machine" in found.why


def test_a_smaller_one_that_should_be_quick_is_better_than_a_slow_one() -> None:
    found = recommend(estimated(candidates(SMALL, qwen_1_5b=Speed(20, 8))), ["en"])
    assert found.model == "llama-1b"
    assert "by its size" in found.why


def test_models_for_tests_of_the_machinery_are_never_recommended() -> None:
    speeds = {"smollm_135m": Speed(310, 86), "gemma_270m": Speed(200, 60)}
    found = recommend(candidates(with_memory(1.2), **speeds), ["en"])
    assert found.model is None


def test_a_model_must_know_the_desk_s_languages() -> None:
    speeds = {"qwen_0_5b": Speed(161, 42), "smollm_1_7b": Speed(75, 26)}
    assert recommend(candidates(SMALL, **speeds), ["en"]).model == "smollm-1.7b"
    assert recommend(candidates(SMALL, **speeds), ["en", "zh"]).model == "qwen-0.5b"


def test_an_estimate_is_scaled_by_the_bytes_of_the_file() -> None:
    found = {one.entry.alias: one for one in estimated(candidates(SMALL, qwen_1_5b=Speed(75, 26)))}
    speed, ratio = found["qwen3-4b"].speed, find("qwen-1.5b").size / find("qwen3-4b").size
    assert speed
    assert (speed.prompt, speed.generated) == (75 * ratio, 26 * ratio)
    assert not speed.measured
    assert found["qwen-1.5b"].speed == Speed(75, 26)


# -- what is missing --------------------------------------------------------------------------


def test_a_good_machine_lacks_nothing() -> None:
    assert list(of_machine(SMALL)) == []


@pytest.mark.parametrize(
    ("change", "severity", "text", "command"),
    [
        ({"instructions": ("AVX",)}, "warning", "no AVX2", ""),
        (
            {"architecture": "aarch64", "instructions": ("NEON",)},
            "warning",
            "no dot product",
            "",
        ),
        ({"load": 1.9}, "warning", "other programs are busy (load 1.9)", ""),
        ({"quota": 1.5}, "warning", "2 threads on 1.5", "export FRONTDESK_THREADS=1"),
        (
            {"packages": {"onnxruntime": "1", "tokenizers": "1"}},
            "error",
            "xllamacpp not installed",
            'pip install "frontdesk[local]"',
        ),
        (
            {"cache": Folder(Path("/proc"), GB, False)},
            "error",
            "can't be written: /proc",
            "export FRONTDESK_CACHE=/a/folder/that/you/can/write",
        ),
    ],
)
def test_what_is_wrong_with_a_machine(
    change: dict[str, object], severity: str, text: str, command: str
) -> None:
    (found,) = of_machine(replace(SMALL, **change))  # type: ignore[arg-type]
    assert (found.severity, found.command) == (severity, command)
    assert text in found.text


def test_a_machine_without_models_is_told_what_to_pull() -> None:
    found = list(
        of_models(SMALL, candidates(SMALL), Recommendation("qwen-1.5b", ""), MINILM,
                  embedder_here=False)
    )  # fmt: skip
    assert [one.command for one in found] == [
        "frontdesk models pull qwen-1.5b",
        "frontdesk models pull minilm",
    ]
    assert {one.severity for one in found} == {"error"}


def test_a_full_disk_is_noticed_before_the_pull() -> None:
    full = replace(SMALL, cache=Folder(Path("/somewhere"), GB // 2, True))
    advice = Recommendation("qwen-1.5b", "")
    found = list(of_models(full, candidates(full), advice, MINILM, embedder_here=True))
    assert "needs 1.1 GB of disk, 0.5 GB are free" in found[1].text


def test_what_keeps_a_desk_from_being_served() -> None:
    desk = DeskFacts(
        Path("desks/d"), "D", ("en", "eo"), "qwen-1.5b", mistakes=2, unset_secret="SECRET"
    )
    one = Candidate(find("qwen-1.5b"), "absent", "too large")
    found = list(of_desk(SMALL, desk, one, MINILM, embedder_here=True, own=False))
    assert [(each.severity, each.command) for each in found] == [
        ("error", "frontdesk check desks/d"),
        ("error", "frontdesk models pull qwen-1.5b"),
        ("error", ""),
        ("warning", "frontdesk models list"),
        ("warning", 'export SECRET="$(openssl rand -hex 32)"'),
    ]
    assert "don't name eo" in found[3].text


def test_an_engine_elsewhere_needs_no_model_here() -> None:
    desk = DeskFacts(Path("d"), "D", ("en",), "m", "http://127.0.0.1:1/v1", engine_failure="down")
    (found,) = of_desk(SMALL, desk, None, MINILM, embedder_here=True, own=False)
    assert (found.severity, found.text) == ("error", "down")


def test_a_model_that_thinks_aloud_is_never_recommended() -> None:
    speeds = {"deepseek_qwen_7b": Speed(300, 90), "qwen_1_5b": Speed(75, 26)}
    assert recommend(candidates(SMALL, **speeds), ["en"]).model == "qwen-1.5b"
