"""What engines understand beyond the OpenAI chat protocol, as they document it.

Constraints, by dialect; a JSON schema goes into `response_format` everywhere:

- llama.cpp, our own local engine: ``grammar`` takes llguidance's dialect behind a header.
- vllm: ``structured_outputs`` with ``regex``, ``grammar`` or ``json``, from 0.11 on
  (docs.vllm.ai, features/structured_outputs). The older ``guided_regex`` and its like were removed
  in 0.12. vLLM answers freely, without an error, when a field is not known to it.
- sglang: ``regex`` or ``ebnf``, at most one (docs.sglang.io, advanced_features/structured_outputs).
- llama-server: ``grammar`` takes GBNF, and llguidance's dialect where it was built with
  ``LLAMA_LLGUIDANCE`` (ggml-org/llama.cpp, tools/server/README.md and docs/llguidance.md).
- ollama: only ``response_format`` (docs.ollama.com/api/openai-compatibility).
- openai: ``response_format`` in strict mode (the guide "Structured outputs").

Models that think before they answer are told not to, where there is a field for that: an answer
here is a line or two, and who waits for it is a customer. A template that knows no such variable
ignores it; Ollama takes ``reasoning_effort`` "none" (ollama/ollama, issue 14820).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from frontdesk.types.generation import FORMS, Constraint, Dialect, Form

EngineDialect = Dialect | Literal["llama.cpp"]
"""The dialects of engines that run elsewhere, and that of the local one."""

GRAMMAR_HEADER = "%llguidance {}"
MOST_ALTERNATIVES = 20
"""More than this no protocol allows; the local engine takes any number."""

_NO_THOUGHTS: Mapping[str, Any] = {"chat_template_kwargs": {"enable_thinking": False}}
_ALWAYS: Mapping[EngineDialect, Mapping[str, Any]] = {
    "llama.cpp": {"cache_prompt": True, "post_sampling_probs": False},
    "vllm": _NO_THOUGHTS,
    "sglang": _NO_THOUGHTS,
    "llama-server": {"post_sampling_probs": False, **_NO_THOUGHTS},
    "ollama": {"reasoning_effort": "none"},
    "openai": {},
}
_GRAMMAR: Mapping[EngineDialect, Callable[[Form, str], Mapping[str, Any]]] = {
    "llama.cpp": lambda _, text: {"grammar": text},
    "vllm": lambda form, text: {
        "structured_outputs": {"regex" if form == "regex" else "grammar": text}
    },
    "sglang": lambda form, text: {"regex" if form == "regex" else "ebnf": text},
    "llama-server": lambda _, text: {"grammar": text},
}


@dataclass(frozen=True)
class Manner:
    """How an engine is asked."""

    dialect: EngineDialect = "openai"
    constraint: Form | None = None
    """The form of every constraint; ``None`` for the first of the dialect that there is."""
    alternatives: int = MOST_ALTERNATIVES
    """The most alternatives to a token that are asked for."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More fields; they win over ours."""

    def form(self, constraint: Constraint | None) -> Form:
        """The form in which the engine gets the constraint."""
        forms = ("lark", "json") if self.dialect == "llama.cpp" else FORMS[self.dialect]
        wanted = (self.constraint,) if self.constraint else forms
        there = (form for form in wanted if constraint and _content(constraint, form) is not None)
        return next(there, "none")

    def fields(self, constraint: Constraint | None) -> dict[str, Any]:
        """What a request holds in this dialect beside the protocol's own fields."""
        form = self.form(constraint)
        fields = dict(_ALWAYS[self.dialect])
        if constraint is None or form == "none":
            return fields
        if form == "json":
            schema = {"name": "commands", "strict": True, "schema": constraint.schema}
            return fields | {"response_format": {"type": "json_schema", "json_schema": schema}}
        text = str(_content(constraint, form))
        if form == "lark" and not text.startswith("%llguidance"):
            text = f"{GRAMMAR_HEADER}\n{text}"
        return fields | dict(_GRAMMAR[self.dialect](form, text))


def _content(constraint: Constraint, form: Form) -> object:
    if form == "none":
        return None
    return constraint.schema if form == "json" else getattr(constraint, form)
