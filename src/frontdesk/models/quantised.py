"""A BERT encoder with 4-bit weights, computed by numpy.

For weights that come in a file of their own kind ("E5S1"), which no library that we use reads. Its
parts follow one another, little-endian: the sizes; a Unigram vocabulary with scores; a map from
code points to what they are normalised to; a directory of tensors. Matrices are rows of Q4_0
blocks, as in ggml: 32 weights in 18 bytes, a half-precision scale and then 16 bytes, whose low
halves are the first 16 weights and whose high halves the others, all counted from -8.

The encoder is BERT's (Devlin et al. 2019), the tokenizer SentencePiece's as in XLM-RoBERTa.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float32]

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_BLOCK_WEIGHTS = 32


class QuantisedEncoder:
    """Reads texts through the weights of one file."""

    def __init__(self, file: Path, context_tokens: int) -> None:
        content = _Reader(np.memmap(file, dtype=np.uint8, mode="r"))
        self._sizes = content.sizes()
        self._tokenizer, self._normalised = content.tokenizer(context_tokens)
        tensors = content.tensors()
        self._embeddings = tensors.pop("emb.word").view(_BLOCK)  # Rows are unpacked as needed.
        self._tensors = {name: self._unpacked(name, raw) for name, raw in tensors.items()}

    def encode(self, texts: Sequence[str]) -> Matrix:
        """The mean of the last layer over each text's tokens, shape (texts, dimensions)."""
        plain = [re.sub(" {2,}", " ", text.translate(self._normalised)).strip() for text in texts]
        tokens = [one.ids for one in self._tokenizer.encode_batch(plain)]
        ends = np.cumsum([len(ids) for ids in tokens])
        spans = [slice(end - len(ids), end) for ids, end in zip(tokens, ends, strict=True)]
        hidden = self._embedded(tokens)
        for layer in range(self._sizes["layers"]):
            hidden = self._layer(f"l{layer}", hidden, spans)
        return np.array([hidden[span].mean(axis=0) for span in spans])

    def _embedded(self, tokens: Sequence[Sequence[int]]) -> Matrix:
        blocks = self._sizes["dimensions"] // _BLOCK_WEIGHTS
        rows = self._embeddings.reshape(-1, blocks)[np.concatenate(tokens)]
        positions = np.concatenate([np.arange(len(ids)) for ids in tokens])
        words = _weights(rows).reshape(len(positions), -1)
        places = self._tensors["emb.pos"].reshape(-1, words.shape[1])[positions]
        kind = self._tensors["emb.type"].reshape(-1, words.shape[1])[0]
        return self._normed("emb.ln", words + places + kind)

    def _layer(self, name: str, hidden: Matrix, spans: Sequence[slice]) -> Matrix:
        """Attention within each text, then the two dense layers."""
        heads = self._sizes["heads"]
        wide = hidden.shape[1] // heads
        query, key, value = (
            self._dense(f"{name}.{part}", hidden).reshape(-1, heads, wide).swapaxes(0, 1)
            for part in "qkv"
        )
        seen = np.empty_like(value)
        for span in spans:
            scores = query[:, span] @ key[:, span].swapaxes(1, 2) / np.float32(np.sqrt(wide))
            seen[:, span] = _softmax(scores) @ value[:, span]
        attention = self._dense(f"{name}.ao", seen.swapaxes(0, 1).reshape(hidden.shape))
        hidden = self._normed(f"{name}.aln", hidden + attention)
        inner = _gelu(self._dense(f"{name}.fi", hidden))
        return self._normed(f"{name}.oln", hidden + self._dense(f"{name}.fo", inner))

    def _dense(self, name: str, rows: Matrix) -> Matrix:
        product: Matrix = rows @ self._tensors[f"{name}.w"].T
        return product + self._tensors[f"{name}.b"]

    def _normed(self, name: str, rows: Matrix) -> Matrix:
        """Layer normalisation."""
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt((rows * rows).mean(axis=1, keepdims=True) + self._sizes["epsilon"])
        return rows * self._tensors[f"{name}.w"] + self._tensors[f"{name}.b"]

    def _unpacked(self, name: str, raw: NDArray[np.uint8]) -> Matrix:
        if not re.fullmatch(r"l\d+\.(q|k|v|ao|fi|fo)\.w", name):
            return raw.view("<f4").astype(np.float32)
        inputs = self._sizes["inner" if name.endswith(".fo.w") else "dimensions"]
        return _weights(raw.view(_BLOCK)).reshape(-1, inputs)


class _Reader:
    """Reads a file from its beginning."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._content = content
        self._place = 0

    def sizes(self) -> dict[str, Any]:
        """What the file says first."""
        magic, _version = self._next("4sI")
        if magic != _MAGIC:
            raise ValueError(f"the file begins with {magic!r}, not with {_MAGIC!r}")
        names = ("dimensions", "layers", "heads", "inner", "vocabulary", "positions", "kinds")
        sizes = dict(zip(names, self._next("7i"), strict=True))
        epsilon, _block = self._next("fi")
        return {**sizes, "epsilon": np.float32(epsilon)}

    def tokenizer(self, context_tokens: int) -> tuple[Any, Mapping[int, str]]:
        """The tokenizer, and what code points are turned into before it."""
        from tokenizers import Tokenizer, models, pre_tokenizers, processors

        count, begin, end, _padding, unknown, length = self._next("5iQ")
        offsets = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        joined = self._array("u1", length).tobytes()
        pieces = [joined[a:b].decode() for a, b in pairwise(offsets)]
        vocabulary = list(zip(pieces, scores.tolist(), strict=True))
        tokenizer = Tokenizer(models.Unigram(vocabulary, unknown))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{pieces[begin]} $A {pieces[end]}",
            special_tokens=[(pieces[begin], begin), (pieces[end], end)],
        )
        tokenizer.enable_truncation(context_tokens)
        points, _bytes = self._next("iI")
        return tokenizer, dict(self._normalisation() for _ in range(points))

    def _normalisation(self) -> tuple[int, str]:
        point, length = self._next("IB")
        return point, "".join(map(chr, self._next(f"{length}I")))

    def tensors(self) -> dict[str, NDArray[np.uint8]]:
        """The bytes of each tensor, by its name."""
        (count,) = self._next("i")
        found = {}
        for _ in range(count):
            (length,) = self._next("H")
            name = self._array("u1", length).tobytes().decode()
            _kind, _count, offset, size = self._next("BIQQ")
            found[name] = self._content[offset : offset + size]
        return found

    def _next(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(f"<{layout}")
        found = struct.unpack_from(f"<{layout}", self._content.data, self._place)
        self._place += size
        return found

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        found = np.frombuffer(self._content[self._place : self._place + size].tobytes(), kind)
        self._place += size
        return found


def _weights(blocks: NDArray[Any]) -> Matrix:
    """The weights of Q4_0 blocks, in one more dimension."""
    halves = blocks["halves"]
    both = np.concatenate([halves & 0x0F, halves >> 4], axis=-1).astype(np.float32)
    return (both - 8) * blocks["scale"].astype(np.float32)[..., None]


def _softmax(scores: Matrix) -> Matrix:
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=-1, keepdims=True))


def _gelu(x: Matrix) -> Matrix:
    """By the error function (Abramowitz and Stegun 1964, 7.1.26; right to 1.5e-7)."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + erf))
