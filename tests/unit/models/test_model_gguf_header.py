from __future__ import annotations

from pathlib import Path

import pytest
from gguf_fake import gguf

from frontdesk.errors import ModelFileError
from frontdesk.models.gguf_header import read


def written(folder: Path, data: bytes) -> Path:
    path = folder / "house.gguf"
    path.write_bytes(data)
    return path


def test_the_header_is_read_without_the_weights(tmp_path: Path) -> None:
    header = read(written(tmp_path, gguf()))
    assert (header.architecture, header.context_tokens) == ("llama", 4096)
    assert (header.name, header.licence, header.languages) == (
        "House Model",
        "apache-2.0",
        ("en", "pt"),
    )
    assert header.parameters == 8 * 4 + 10
    assert header.has_chat_template


def test_what_the_file_does_not_say_is_empty(tmp_path: Path) -> None:
    bare = gguf(general__license=None, general__languages=None, tokenizer__chat_template=None)
    header = read(written(tmp_path, bare))
    assert (header.licence, header.languages, header.has_chat_template) == ("", (), False)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!doctype html>", "doesn't begin with GGUF"),
        (b"", "doesn't begin with GGUF"),
        (gguf(version=9), "version 9"),
        (gguf()[:200], "names more|ends in the middle"),
        (gguf()[:60], "names more|ends in the middle"),
        (gguf(general__type="adapter"), "type adapter"),
        (gguf(split__count=3), "one of 3 pieces.*llama-gguf-split --merge"),
        (gguf(tokenizer__ggml__model=None), "no tokenizer"),
    ],
)
def test_what_is_no_model_says_so(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        read(written(tmp_path, data))
