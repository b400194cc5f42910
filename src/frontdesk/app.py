"""The composition root: the one place that names concrete adapters."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from frontdesk.desk import load as desk_files
from frontdesk.desk.load import Examined
from frontdesk.engine.turn import Parts
from frontdesk.errors import DeskError, Problem, UnknownModel
from frontdesk.intents.intents import Intents
from frontdesk.knowledge import markdown
from frontdesk.knowledge.hybrid import HybridRetriever
from frontdesk.knowledge.languages import LanguageRetriever
from frontdesk.mistakes import Kind
from frontdesk.models import catalogue, own
from frontdesk.models.aligned import AlignedEmbedder, centres
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.dialects import Manner
from frontdesk.models.embedding import LocalEmbedder
from frontdesk.models.endpoint import RemoteEngine
from frontdesk.models.keys import key_of, key_source
from frontdesk.models.llama import LlamaEngine, LlamaSettings
from frontdesk.models.openai_http import OpenAiModel
from frontdesk.models.remembered import RememberingEmbedder
from frontdesk.models.shelf import Shelf
from frontdesk.ports import Clock, Embedder, LanguageModel, Store
from frontdesk.prompts.understanding import prefix
from frontdesk.settings import Settings
from frontdesk.store.opening import open_store
from frontdesk.tools import load as tool_files
from frontdesk.tools.load import Toolbox
from frontdesk.tools.python import PythonTools
from frontdesk.types.desk import Desk, ModelChoice


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
    settings, _ = desk_files.read_settings(folder)  # Its mistakes come with all others.
    articles, problems = markdown.load(folder, settings.languages if settings else ())
    if isinstance(toolbox, list):
        return desk_files.examine(folder, None, articles, [*problems, *toolbox]), Toolbox({})
    problems += tool_files.warnings(folder, toolbox)
    return desk_files.examine(folder, toolbox.signatures, articles, problems), toolbox


def own_models(settings: Settings, folder: Path | None = None) -> tuple[ModelEntry, ...]:
    """The operator's entries: those of the desk in that folder, then those of this machine.

    Raises:
        DeskError: with every mistake in them.
    """
    desk = [folder / own.FILE] if folder else []
    return own.load([*desk, settings.own_models])


def model_problems(folder: Path, settings: Settings) -> list[Problem]:
    """Whether there is the model that desk.toml names, if it names one."""
    located = desk_files.locate_settings(folder)
    table = None if isinstance(located, Problem) else located.data.get("model")
    if isinstance(located, Problem) or not isinstance(table, dict) or table.get("url"):
        return []
    name = table.get("name")
    if not isinstance(name, str):
        return []
    try:
        known = own_models(settings, folder)
        catalogue.find(name, "language", known)
    except DeskError as error:
        return error.problems
    except UnknownModel:
        near = catalogue.suggestions(name, "language", known)
        fix = f"Did you mean {' or '.join(near)}?" if near else "See: frontdesk models list"
        text = f"there is no model {name!r}"
        return [located.problem(("model", "name"), Kind.UNKNOWN_MODEL, text, fix)]
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
    async with (
        open_store(database or data / "frontdesk.db", loaded.desk.id, clock) as store,
        open_version(loaded, model, data, store, clock, semantics=semantics) as parts,
    ):
        yield parts


@contextlib.asynccontextmanager
async def open_version(
    loaded: LoadedDesk,
    model: LanguageModel,
    data: Path,
    store: Store,
    clock: Clock,
    *,
    semantics: Semantics | None = None,
) -> AsyncIterator[Parts]:
    """What is one version's own, beside a store that several share."""
    desk = loaded.desk
    retriever = semantics.retriever if semantics else LanguageRetriever.by_words(desk)
    tools = PythonTools(loaded.toolbox, data / "tools")
    try:
        await tools.prepare(clock.now().astimezone(desk.timezone))
        intents = semantics.intents if semantics else None
        yield Parts(desk, store, model, tools, retriever, clock, intents)
    finally:
        if semantics is None:
            retriever.close()


@contextlib.asynccontextmanager
async def open_model(
    settings: Settings,
    choice: ModelChoice,
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[OpenAiModel]:
    """The model on the engine that runs it, closed at the end.

    Args:
        settings: where the local engine's files are.
        choice: the model.
        folder: of the desk, whose own models the local engine can run too.
        environment: holds the keys of engines elsewhere.

    Raises:
        UnknownModel: the local engine should run it, and there is no such model.
        DeskError: the operator's own entries have mistakes.
        SettingError: an engine elsewhere needs a key that isn't there, or refuses it.
    """
    if choice.url:
        model = remote(choice, environment)
    else:
        known = own_models(settings, folder)
        model = _local(settings, catalogue.find(choice.name, "language", known))
    try:
        if choice.url:
            await model.check()
        yield model
    finally:
        await model.close()


def remote(choice: ModelChoice, environment: Mapping[str, str] = os.environ) -> OpenAiModel:
    """The model on an engine elsewhere, which nothing has asked yet.

    Raises:
        SettingError: it needs a key that isn't there.
    """
    engine = RemoteEngine(choice.url, key_of(choice, environment), key_source(choice))
    manner = Manner(choice.dialect, choice.constraint, choice.alternatives, choice.extra)
    return OpenAiModel(
        choice.name, engine, manner=manner, width=choice.width, timeout_s=choice.timeout_s
    )


def _local(settings: Settings, entry: ModelEntry) -> OpenAiModel:
    engine = LlamaEngine(
        entry,
        Shelf(settings.models),
        kv_folder=settings.prefixes,
        log_folder=settings.cache / "logs",
        settings=LlamaSettings(threads=settings.threads),
    )
    return OpenAiModel(entry.id, engine)


@dataclass(frozen=True)
class Semantics:
    """What embeddings of a desk's own texts give."""

    intents: Intents
    """Which commands a message resembles."""
    retriever: LanguageRetriever[HybridRetriever]
    """Which passages a question is about."""


@contextlib.asynccontextmanager
async def open_semantics(settings: Settings, desk: Desk) -> AsyncIterator[Semantics]:
    """The desk's texts, embedded or read from the cache; the model is closed at the end.

    Only the desk's own texts go through what keeps embeddings on disk; messages never do.

    Raises:
        ModelFileError: the embedding model is not on this machine.
    """
    entry = catalogue.embedder(desk.languages)
    embedder: Embedder = LocalEmbedder(entry, Shelf(settings.models), threads=settings.threads)
    kept: Embedder = RememberingEmbedder(embedder, entry.sha256, settings.embeddings)
    try:
        await embedder.embed([desk.name])  # What is missing shows now, not at the first message.
        if entry.aligned:
            lying = await centres(kept)
            embedder, kept = AlignedEmbedder(embedder, lying), AlignedEmbedder(kept, lying)
        intents = await Intents.learn(embedder, desk, kept=kept)
        retriever = await LanguageRetriever.by_meaning(embedder, desk, kept=kept)
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
