"""The composition root: the one place that names concrete adapters."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from frontdesk.desk import load as desk_files
from frontdesk.desk.load import Examined
from frontdesk.engine.turn import Parts
from frontdesk.errors import Problem, UnknownModel
from frontdesk.intents.intents import Intents
from frontdesk.knowledge import markdown
from frontdesk.knowledge.hybrid import HybridRetriever
from frontdesk.knowledge.search import FullTextRetriever
from frontdesk.mistakes import Kind
from frontdesk.models import catalogue
from frontdesk.models.embedding import OnnxEmbedder
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.remembered import RememberingEmbedder
from frontdesk.models.shelf import Shelf
from frontdesk.ports import Clock, LanguageModel
from frontdesk.prompts.understanding import prefix
from frontdesk.settings import Settings
from frontdesk.store.sqlite import SqliteStore
from frontdesk.tools import load as tool_files
from frontdesk.tools.load import Toolbox
from frontdesk.tools.python import PythonTools
from frontdesk.types.desk import Desk


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current moment, in UTC."""
        return datetime.now(ZoneInfo("UTC"))


@dataclass(frozen=True)
class LoadedDesk:
    """A desk and the functions of its tools."""

    folder: Path
    desk: Desk
    toolbox: Toolbox


def load_desk(folder: Path) -> LoadedDesk:
    """Reads and checks the desk in a folder.

    Raises:
        DeskError: with every mistake in its files.
    """
    examined, toolbox = examine_desk(folder.resolve())
    return LoadedDesk(examined.folder, desk_files.desk_of(examined), toolbox)


def examine_desk(folder: Path) -> tuple[Examined, Toolbox]:
    """What is in a desk's folder and every mistake in it; no tools where they don't load."""
    toolbox = tool_files.load(folder)
    articles, problems = markdown.load(folder)
    if isinstance(toolbox, list):
        return desk_files.examine(folder, None, articles, [*problems, *toolbox]), Toolbox({})
    problems += tool_files.warnings(folder, toolbox)
    return desk_files.examine(folder, toolbox.signatures, articles, problems), toolbox


def model_problems(folder: Path) -> list[Problem]:
    """Whether the catalogue has the model that desk.toml names, if it names one."""
    located = desk_files.locate_settings(folder)
    name = None if isinstance(located, Problem) else located.data.get("model")
    if isinstance(located, Problem) or not isinstance(name, str):
        return []
    try:
        catalogue.find(name, "language")
    except UnknownModel:
        entries = [entry for entry in catalogue.entries() if entry.kind == "language"]
        known = [name for entry in entries for name in (entry.id, entry.alias)]
        near = get_close_matches(name.lower(), known)
        fix = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}."
        text = f"there is no model {name!r}"
        return [located.problem(("model",), Kind.UNKNOWN_MODEL, text, fix)]
    return []


@contextlib.asynccontextmanager
async def open_desk(
    loaded: LoadedDesk,
    model: LanguageModel,
    data: Path,
    *,
    semantics: Semantics | None = None,
    clock: Clock | None = None,
    database: Path | str | None = None,
) -> AsyncIterator[Parts]:
    """Everything that turns need, closed at the end; the model is the caller's.

    Args:
        loaded: the desk.
        model: what understands messages.
        data: a folder for the conversations' database and the tools' own data.
        semantics: what embeddings give; without them the model understands messages alone, and
            articles are found by their words alone.
        clock: the machine's, unless a test brings another.
        database: another place for the conversations, ``":memory:"`` for none.
    """
    clock = clock or SystemClock()
    desk = loaded.desk
    store = SqliteStore(database or data / "frontdesk.db", clock)
    retriever = semantics.retriever if semantics else FullTextRetriever(desk.articles)
    tools = PythonTools(loaded.toolbox, data / "tools")
    try:
        await tools.prepare(clock.now().astimezone(desk.timezone))
        intents = semantics.intents if semantics else None
        yield Parts(desk, store, model, tools, retriever, clock, intents)
    finally:
        if semantics is None:
            retriever.close()
        await store.close()


@contextlib.asynccontextmanager
async def open_model(settings: Settings, name: str) -> AsyncIterator[OpenAiModel]:
    """A model of the catalogue on the local engine, closed at the end.

    Raises:
        UnknownModel: it isn't in the catalogue.
    """
    entry = catalogue.find(name, "language")
    engine = LlamaEngine(
        entry,
        Shelf(settings.models),
        kv_folder=settings.prefixes,
        log_folder=settings.cache / "logs",
        settings=LlamaSettings(threads=settings.threads),
    )
    model = OpenAiModel(entry.id, engine, dialect="llama.cpp")
    try:
        yield model
    finally:
        await model.close()


@dataclass(frozen=True)
class Semantics:
    """What embeddings of a desk's own texts give."""

    intents: Intents
    """Which commands a message resembles."""
    retriever: HybridRetriever
    """Which passages a question is about."""


@contextlib.asynccontextmanager
async def open_semantics(settings: Settings, desk: Desk) -> AsyncIterator[Semantics]:
    """The desk's texts, embedded or read from the cache; the model is closed at the end.

    Only the desk's own texts go through what keeps embeddings on disk; messages never do.

    Raises:
        ModelFileError: the embedding model is not on this machine.
    """
    entry = catalogue.embedder()
    embedder = OnnxEmbedder(entry, Shelf(settings.models), threads=settings.threads)
    kept = RememberingEmbedder(embedder, entry.sha256, settings.embeddings)
    try:
        await embedder.embed([desk.name])  # What is missing shows now, not at the first message.
        intents = await Intents.learn(embedder, desk, kept=kept)
        retriever = await HybridRetriever.build(embedder, desk.articles, kept=kept)
        try:
            yield Semantics(intents, retriever)
        finally:
            retriever.close()
    finally:
        await embedder.close()


async def warm(model: LanguageModel, desk: Desk) -> None:
    """Computes, or restores, what every conversation of the desk begins with."""
    await model.warm(prefix(desk))


def data_folder(settings: Settings, desk: Desk) -> Path:
    """Where the desk's databases lie."""
    return settings.data / desk.id
