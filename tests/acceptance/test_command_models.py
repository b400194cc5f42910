from __future__ import annotations

import re
from pathlib import Path

import pytest
from installed_command import DESK, copy_of_desk, frontdesk, model_cache, refused

from frontdesk.models.catalogue import entries, find
from frontdesk.models.shelf import Shelf


def test_the_list_names_every_model_and_whether_it_is_here(tmp_path: Path) -> None:
    ran = frontdesk("models", "list", home=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    for entry, line in zip(entries(), ran.out.splitlines(), strict=True):
        assert line.split()[:2] == [entry.alias, "absent"]
        assert line.endswith(entry.id)


def test_an_unknown_model_is_refused_with_those_that_are_meant(tmp_path: Path) -> None:
    said = refused(frontdesk("say", DESK, "hello", "--model", "qwen-1.5", home=tmp_path))
    assert "No language model 'qwen-1.5' is in the catalogue. Did you mean" in said
    assert all(e.id in said for e in entries() if e.kind == "language")


def test_a_model_that_is_not_here_says_how_it_is_fetched(tmp_path: Path) -> None:
    said = refused(frontdesk("say", DESK, "hello", "--model", "smollm-135m", home=tmp_path))
    assert "Fetch it: frontdesk models pull smollm-135m" in said
    assert not (tmp_path / "data").exists()


def test_a_file_with_other_bytes_is_not_taken(tmp_path: Path) -> None:
    other = tmp_path / "model.gguf"
    other.write_bytes(b"GGUF")
    said = refused(frontdesk("models", "pull", "smollm-135m", "--from", other, home=tmp_path))
    assert f"{other} is not smollm2-135m-instruct-q4_1: it has 4 bytes" in said
    assert not list((tmp_path / "cache" / "models").glob("*.gguf"))


def test_threads_that_are_no_number(tmp_path: Path) -> None:
    said = refused(frontdesk("models", "list", home=tmp_path, FRONTDESK_THREADS="two"))
    assert "FRONTDESK_THREADS is 'two'; write a whole number, 0 for all cores" in said


def test_an_own_model_is_added_to_a_desk_and_serves_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The whole way of an operator's file, with real weights under another name."""
    weights = Shelf(model_cache(tmp_path_factory) / "models").path(find("smollm-135m"))
    own_file = tmp_path / "House-Model.gguf"
    # A byte more, behind the weights: other bytes than the catalogue's, and the same model.
    own_file.write_bytes(weights.read_bytes() + b"\n")
    desk = copy_of_desk(tmp_path)
    added = frontdesk("models", "add", own_file, "--alias", "house", "--desk", desk, home=tmp_path)
    assert added.code == 0, added.err
    assert "architecture    llama, 135 M parameters" in added.out
    assert f"Pinned in {desk / 'models.lock.toml'}" in added.out
    listed = frontdesk("models", "list", "--desk", desk, home=tmp_path)
    assert "house             present" in listed.out
    assert "house-model" not in frontdesk("models", "list", home=tmp_path).out
    settings = desk / "desk.toml"
    named = re.sub(r'(?m)^name = "qwen.*"$', 'name = "house"', settings.read_text())
    settings.write_text(named)
    checked = frontdesk("check", desk, home=tmp_path)
    assert checked.code == 0, checked.err
    settings.write_text(named.replace('"house"', '"hause"'))
    said = frontdesk("check", desk, home=tmp_path).err
    assert "there is no model 'hause'" in said
    assert "Did you mean house-model?" in said
    verified = frontdesk("models", "verify", "house", "--desk", desk, home=tmp_path)
    assert "holds house-model: SHA-256" in verified.out


def test_a_folder_that_is_no_desk(tmp_path: Path) -> None:
    said = refused(frontdesk("models", "list", "--desk", tmp_path, home=tmp_path))
    assert "is not a desk: it has no desk.toml" in said


def test_a_mistake_in_the_lock_file_is_shown_by_check(tmp_path: Path) -> None:
    desk = copy_of_desk(tmp_path)
    (desk / "models.lock.toml").write_text("[[model]]\nid = 1\n", encoding="utf-8")
    said = frontdesk("check", desk, home=tmp_path).err
    assert "models.lock.toml:2: `id`" in said
