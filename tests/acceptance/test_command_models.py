from __future__ import annotations

from pathlib import Path

from installed_command import DESK, frontdesk, refused

from frontdesk.models.catalogue import entries


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
