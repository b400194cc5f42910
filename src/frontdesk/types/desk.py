"""A desk, loaded and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.types.generation import Dialect, Form
from frontdesk.types.procedures import Procedure, ToolSignature


@dataclass(frozen=True)
class Customer:
    """Who is signed in, by the word of the host site's signature."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Article:
    """A section of an article, as it can be quoted."""

    article: str
    """The article's file name without its language and its ending."""
    title: str
    heading: str
    """The section's heading; empty for the part before the first one."""
    text: str
    questions: tuple[str, ...] = ()
    """How customers ask for the article; on each of its sections."""
    language: str = "en"
    """In which it is written; an article has sections in each language that it is written in."""

    @property
    def source(self) -> str:
        """How a reply names it."""
        return f"{self.title} – {self.heading}" if self.heading else self.title


@dataclass(frozen=True)
class ModelChoice:
    """Which language model a desk uses, and where it runs; never the key to it."""

    name: str
    """The id in the catalogue or, with ``url``, the name that the engine knows it by."""
    url: str = ""
    """Where the engine listens, as far as ``/v1``; empty for the engine on this machine."""
    dialect: Dialect = "openai"
    constraint: Form | None = None
    """How answers are constrained; ``None`` for what is best in the dialect."""
    key_env: str = ""
    """Environment variable that holds the key."""
    key_file: Path | None = None
    """File outside of the desk that holds the key."""
    width: int = 4
    """Requests at once."""
    timeout_s: float = 30.0
    """For one answer, with the wait for other requests."""
    alternatives: int = 10
    """How many alternatives to each token the engine is asked for; 0 for no probabilities."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More fields for each request."""


@dataclass(frozen=True)
class Desk:
    """Everything that a turn needs to know of a desk; the same bytes give the same digest."""

    id: str
    name: str
    digest: str
    """SHA-256 over the desk's files."""
    languages: tuple[str, ...]
    timezone: ZoneInfo
    currency: str
    model: ModelChoice
    procedures: Mapping[str, Procedure]
    tools: Mapping[str, ToolSignature]
    articles: tuple[Article, ...] = ()
    messages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The desk's own words for built-in replies: name, then language."""
    message_characters: int = 4000
    act: float = 0.25
    """Confidence below which the desk asks back."""
    secret_env: str | None = None
    """Environment variable with the secret that signs customers' identity."""
    customers: tuple[Customer, ...] = ()
    """Who the demo page and the tests can be."""
    test_now: datetime | None = None
    code: str = ""
    """SHA-256 over the files that its tools are made of."""

    @property
    def language(self) -> str:
        """The default language."""
        return self.languages[0]
