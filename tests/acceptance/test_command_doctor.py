from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from documents import blocks
from installed_command import DESK, REPOSITORY, copy_of_desk, frontdesk, model_cache, refused

from frontdesk.models.catalogue import find
from frontdesk.models.shelf import Shelf

GUIDE = REPOSITORY / "docs" / "choosing-a-model.md"


def test_an_empty_cache_is_told_what_to_pull(tmp_path: Path) -> None:
    ran = frontdesk("doctor", home=tmp_path)
    assert (ran.code, ran.err) == (1, "")
    assert "\nA desk can't be served now.\n" in ran.out
    assert "\n           frontdesk models pull qwen-1.5b\n" in ran.out
    assert "\n           frontdesk models pull minilm\n" in ran.out
    assert max(map(len, ran.out.splitlines())) < 80
    assert list(tmp_path.iterdir()) == []


def test_a_desk_is_told_all_that_it_lacks(tmp_path: Path) -> None:
    ran = frontdesk("doctor", DESK, home=tmp_path)
    assert ran.code == 1
    assert "\nHarbor Stays can't be served now.\n" in ran.out
    assert "the desk's model qwen-1.5b is not here" in ran.out
    assert "\n           export HARBOR_STAYS_IDENTITY_SECRET=" in ran.out
    signed = frontdesk("doctor", DESK, home=tmp_path, HARBOR_STAYS_IDENTITY_SECRET="s" * 32)
    assert "HARBOR_STAYS_IDENTITY_SECRET" not in signed.out


def test_a_model_is_measured_on_the_engine(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = copy_of_desk(tmp_path)
    settings = desk / "desk.toml"
    named = settings.read_text().replace("qwen2.5-coder-1.5b-instruct-q4_k_m", "smollm-135m")
    settings.write_text(named)
    cache = str(model_cache(tmp_path_factory))
    ran = frontdesk(
        "doctor", desk, "--model", "smollm-135m", "--json", home=tmp_path, FRONTDESK_CACHE=cache
    )
    assert ran.code == 0, ran.err
    assert ran.err == "Measuring smollm-135m ...\n"
    data = json.loads(ran.out)
    (one,) = (model for model in data["models"] if model["alias"] == "smollm-135m")
    assert (one["state"], one["fit"], one["failure"]) == ("present", "fits", None)
    assert one["speed"]["measured"]
    assert one["speed"]["prompt_tokens_per_s"] > 1
    assert one["speed"]["generated_tokens_per_s"] > 1
    assert 3000 < one["prefix_tokens"] < 8192
    # The other models are estimates from this one.
    (other,) = (model for model in data["models"] if model["alias"] == "qwen-1.5b")
    assert other["speed"]["measured"] is False
    assert other["speed"]["turn_s"] > one["speed"]["turn_s"]
    assert data["can_serve"]


def test_a_file_that_is_no_model_is_found_out(tmp_path: Path) -> None:
    """A file of the right size with other bytes: the engine never gets it."""
    path = Shelf(tmp_path / "cache" / "models").path(find("smollm-135m"))
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(find("smollm-135m").size)
    ran = frontdesk("doctor", home=tmp_path)
    assert ran.code == 1
    assert "smollm-135m did not run" in ran.out
    assert "\n           frontdesk models verify smollm-135m\n" in ran.out


def test_an_engine_elsewhere_that_is_down(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    settings = desk / "desk.toml"
    table = 'name = "house"\nurl = "http://127.0.0.1:9/v1"'
    named = re.sub(r'name = "qwen2.5[^"]*"', table, settings.read_text())
    settings.write_text(named)
    ran = frontdesk("doctor", desk, "--quick", home=tmp_path)
    assert ran.code == 1
    assert ran.err == "Asking http://127.0.0.1:9/v1 for its models ...\n"
    assert "can't be reached" in " ".join(ran.out.split())


def test_mistakes_of_a_desk_are_counted(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    settings = desk / "desk.toml"
    settings.write_text(settings.read_text().replace("Europe/Lisbon", "Nowhere"))
    ran = frontdesk("doctor", desk, "--quick", home=tmp_path)
    assert ran.code == 1
    assert "the desk has a mistake\n" in ran.out
    assert f"frontdesk check {desk}" in ran.out


def test_a_model_that_nobody_knows(tmp_path: Path) -> None:
    said = refused(frontdesk("doctor", "--model", "no-such-model", home=tmp_path))
    assert "No language model 'no-such-model'" in said


def test_the_guide_shows_what_the_command_prints(tmp_path: Path) -> None:
    """The captured output has the parts of a fresh one, and its rows their shape."""
    (block,) = (one for one in blocks("text", of=[GUIDE]) if one.comment.startswith("captured"))
    fresh = frontdesk("doctor", DESK, "--quick", home=tmp_path).out
    assert labels(block.text) == labels(fresh)
    rows = re.findall(
        r"^  (\S+) +here +[\d.]+ GB +(\d+) +(\d+) +([\d.]+) s +(\d+)$", block.text, re.M
    )
    assert [row[0] for row in rows][:2] == ["qwen-1.5b", "qwen-0.5b"]
    for _, read, written, turn, _ in rows:
        # The arithmetic that the guide states, as far as the figures were rounded.
        low = 22 / (int(read) + 0.5) + 12 / (int(written) + 0.5)
        high = 22 / (int(read) - 0.5) + 12 / (int(written) - 0.5)
        assert low - 0.05 <= float(turn) <= high + 0.05


def labels(text: str) -> list[str]:
    """The names of the rows about the machine, and the headings of the rest."""
    machine, _, rest = text.partition("\nModels")
    names = re.findall(r"^(?:  )?(\w+(?: \w+)?)(?=\s{2,}|$)", machine, re.M)
    return [*names, *re.findall(r"^(Recommended|Harbor Stays can)", rest, re.M)]
