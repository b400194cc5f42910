"""Reads what a GGUF file says about itself, without its weights.

The ``gguf`` package reads the same and much more, but makes a Python object of each of the
vocabulary's 150,000 tokens; what is wanted here stands in a few values, so the rest is skipped.
The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from frontdesk.errors import ModelFileError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
LONGEST_TEXT = 16 << 20
"""Bytes; chat templates have some thousands."""
NUMBERS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""The format's types of numbers, as :mod:`struct` calls them."""
TEXT, LIST = 8, 9


@dataclass(frozen=True)
class GgufHeader:
    """What the file says; empty or 0 where it says nothing."""

    architecture: str
    name: str
    licence: str
    base_model: str
    languages: tuple[str, ...]
    context_tokens: int
    parameters: int
    """Weights, counted from the shapes of the tensors."""
    has_chat_template: bool


def read(path: Path) -> GgufHeader:
    """The header of a language model's file; raises ``ModelFileError`` if it isn't one."""
    try:
        with path.open("rb") as file:
            values, parameters = _Reader(file, path.stat().st_size).header()
    except (struct.error, UnicodeDecodeError, _Malformed) as error:
        raise ModelFileError(f"{path.name} is not a GGUF file, or a broken one: {error}") from error
    _refuse_others(path, values)
    architecture = _text(values.get("general.architecture"))
    languages = values.get("general.languages")
    return GgufHeader(
        architecture=architecture,
        name=_text(values.get("general.name")),
        licence=_text(values.get("general.license")),
        base_model=_text(values.get("general.base_model.0.name")),
        languages=tuple(map(str, languages)) if isinstance(languages, list) else (),
        context_tokens=_number(values.get(f"{architecture}.context_length")),
        parameters=parameters,
        has_chat_template=bool(values.get("tokenizer.chat_template")),
    )


def _refuse_others(path: Path, values: dict[str, object]) -> None:
    kind = values.get("general.type", "model")
    if kind != "model":
        raise ModelFileError(f"{path.name} holds no whole model: it says that it is of type {kind}")
    if (pieces := _number(values.get("split.count"))) > 1:
        raise ModelFileError(
            f"{path.name} is one of {pieces} pieces of a model. Join them with "
            "`llama-gguf-split --merge` of llama.cpp and add the result"
        )
    if "tokenizer.ggml.model" not in values:
        raise ModelFileError(f"{path.name} holds no tokenizer, so it is no language model")


class _Malformed(Exception):
    """The file breaks a rule of the format."""


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def header(self) -> tuple[dict[str, object], int]:
        """The values by key, and the number of weights."""
        if self._file.read(4) != MAGIC:
            raise _Malformed("it doesn't begin with GGUF")
        version = self._number("I")
        if version not in VERSIONS:
            raise _Malformed(f"version {version} of the format is not known")
        tensors, keys = self._count(), self._count()
        values = {self._text(): self._value(self._number("I")) for _ in range(keys)}
        return values, sum(self._tensor() for _ in range(tensors))

    def _tensor(self) -> int:
        """How many weights the next tensor has."""
        self._text()
        shape = [self._number("Q") for _ in range(self._number("I"))]
        self._number("I")
        self._number("Q")
        return math.prod(shape)

    def _value(self, kind: int) -> object:
        if kind == TEXT:
            return self._text()
        if kind == LIST:
            return self._list(self._number("I"), self._count())
        if kind not in NUMBERS:
            raise _Malformed(f"type {kind} of a value is not known")
        return self._number(NUMBERS[kind])

    def _list(self, kind: int, count: int) -> list[object] | None:
        """The items of a short list of texts; of others nothing is wanted."""
        if kind == TEXT and count <= 100:
            return [self._text() for _ in range(count)]
        if kind in NUMBERS:
            self._skip(count * struct.calcsize(NUMBERS[kind]))
        elif kind == TEXT:
            for _ in range(count):
                self._skip(self._count())
        else:
            raise _Malformed(f"a list of type {kind} is not known")
        return None

    def _text(self) -> str:
        length = self._count()
        if length > LONGEST_TEXT:
            raise _Malformed("a text is too long")
        return self._bytes(length).decode()

    def _count(self) -> int:
        count = self._number("Q")
        if count > self._size:
            raise _Malformed("it names more of something than it has bytes")
        return count

    def _number(self, letter: str) -> int:
        (value,) = struct.unpack(f"<{letter}", self._bytes(struct.calcsize(letter)))
        return value  # type: ignore[no-any-return]

    def _bytes(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise _Malformed("it ends in the middle")
        return data

    def _skip(self, length: int) -> None:
        if self._file.seek(length, 1) > self._size:
            raise _Malformed("it ends in the middle")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
