"""Makes GGUF files of a few bytes: a header, and no weights worth the name."""

from __future__ import annotations

import struct

KEYS: dict[str, object] = {
    "general.architecture": "llama",
    "general.name": "House Model",
    "general.license": "apache-2.0",
    "general.languages": ["en", "pt"],
    "llama.context_length": 4096,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": [f"token {n}" for n in range(300)],
    "tokenizer.chat_template": "{{ messages }}",
}


def gguf(*, weights: bytes = b"weights", version: int = 3, **more: object) -> bytes:
    """A file with these keys; ``a__b`` stands for ``a.b``, None leaves a key out."""
    keys = KEYS | {name.replace("__", "."): value for name, value in more.items()}
    keys = {name: value for name, value in keys.items() if value is not None}
    head = b"GGUF" + struct.pack("<IQQ", version, 2, len(keys))
    for name, value in keys.items():
        head += _text(name) + _value(value)
    for shape in ((8, 4), (10,)):
        head += _text(f"tensor {shape}") + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 0, 0)
    return head + weights


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
    return struct.pack("<II", 4, value)
