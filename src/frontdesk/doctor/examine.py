"""Examines this machine and, if one is named, a desk."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from frontdesk import app
from frontdesk.desk.load import read_settings
from frontdesk.doctor import findings, fitting
from frontdesk.doctor.findings import DeskFacts, Finding
from frontdesk.doctor.fitting import Candidate, Recommendation
from frontdesk.doctor.machine import Machine, System, ThisSystem, read
from frontdesk.doctor.speed import measure
from frontdesk.errors import DeskError, FrontdeskError
from frontdesk.models import catalogue, own
from frontdesk.models.catalogue import ModelEntry
from frontdesk.models.shelf import Shelf
from frontdesk.prompts.understanding import prefix
from frontdesk.settings import Settings
from frontdesk.types.desk import Desk, ModelChoice

Say = Callable[[str], None]
"""Is told what takes a while, or goes over the network."""


def _silent(text: str) -> None:
    pass


@dataclass(frozen=True)
class Examination:
    """Everything that was found."""

    machine: Machine
    candidates: tuple[Candidate, ...]
    embedder: str
    """The short name of the embedding model that is needed."""
    embedder_here: bool
    recommendation: Recommendation
    findings: tuple[Finding, ...]
    desk: DeskFacts | None = None

    @property
    def can_serve(self) -> bool:
        """Whether the desk, or some desk, could be served now."""
        return not any(one.severity == "error" for one in self.findings)


async def examine(
    settings: Settings,
    folder: Path | None = None,
    *,
    only: Collection[str] = (),
    quick: bool = False,
    say: Say = _silent,
    system: System | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Examination:
    """Reads the machine, measures models and judges.

    Args:
        settings: where models and data lie.
        folder: of a desk.
        only: the models to measure, all that are here if none is named.
        quick: measure nothing.
        say: is told what takes a while.
        system: the machine, unless a test brings another.
        environment: holds secrets.

    Raises:
        UnknownModel: there is no model that ``only`` names.
        DeskError: the operator's own entries have mistakes.
    """
    machine = read(system or ThisSystem(), settings)
    facts, loaded = (None, None) if folder is None else await _desk(folder, environment, say)
    if folder and facts:
        unknown = len(app.model_problems(folder, settings))
        facts = replace(facts, mistakes=facts.mistakes + unknown)
    languages = facts.languages if facts else ("en",)
    known = app.own_models(settings, folder)
    embedder, shelf = catalogue.embedder(languages), Shelf(settings.models)
    wanted = {catalogue.find(name, "language", known).id for name in only}
    candidates = []
    for entry in (*catalogue.entries(), *known):
        if entry.kind != "language":
            continue
        needs = fitting.needed(entry, embedder)
        one = Candidate(entry, shelf.state(entry), fitting.fit(needs, machine))
        if not quick and one.is_here and one.fit == "fits" and (not wanted or entry.id in wanted):
            say(f"Measuring {entry.alias} ...")
            one = await _measured(one, settings, folder, loaded)
        candidates.append(one)
    candidates = fitting.estimated(candidates)
    recommendation = fitting.recommend(candidates, languages)
    here = shelf.is_present(embedder)
    return Examination(
        machine,
        tuple(candidates),
        embedder.alias,
        here,
        recommendation,
        tuple(_findings(machine, candidates, recommendation, embedder, here, facts)),
        facts,
    )


async def _desk(
    folder: Path, environment: Mapping[str, str], say: Say
) -> tuple[DeskFacts, Desk | None]:
    content, problems = read_settings(folder)
    desk, mistakes = None, len(problems)
    try:
        desk = app.load_desk(folder).desk
    except DeskError as error:
        mistakes = len(error.problems)
    if desk is None:
        languages = tuple(content.languages) if content else ("en",)
        name, model = (content.name, content.model.name) if content else (str(folder), "")
        return DeskFacts(folder, name, languages, model, mistakes=mistakes), None
    secret = desk.secret_env or ""
    facts = DeskFacts(
        folder,
        desk.name,
        desk.languages,
        desk.model.name,
        desk.model.url,
        unset_secret="" if environment.get(secret) else secret,
    )
    if desk.model.url:
        say(f"Asking {desk.model.url} for its models ...")
        facts = replace(facts, engine_failure=await _elsewhere(desk.model, environment))
    return facts, desk


async def _elsewhere(choice: ModelChoice, environment: Mapping[str, str]) -> str:
    """Why the engine can't serve the desk; empty when it can. Sends no message of a customer."""
    try:
        model = app.remote(choice, environment)
    except FrontdeskError as error:
        return str(error)
    try:
        offers = await model.offers()
    except FrontdeskError as error:
        return str(error)
    finally:
        await model.close()
    if offers and not model.is_among(offers) and choice.dialect != "llama-server":
        return f"{choice.url} offers no model {choice.name!r}; it has: {', '.join(offers[:20])}"
    return ""


async def _measured(
    one: Candidate, settings: Settings, folder: Path | None, desk: Desk | None
) -> Candidate:
    try:
        async with app.open_model(settings, ModelChoice(one.entry.id), folder) as model:
            speed = await measure(model)
            tokens = await model.count(prefix(desk)) if desk else None
    except FrontdeskError as error:
        return replace(one, failure=str(error).splitlines()[0])
    return replace(one, speed=speed, prefix_tokens=tokens)


def _findings(
    machine: Machine,
    candidates: Sequence[Candidate],
    recommendation: Recommendation,
    embedder: ModelEntry,
    here: bool,
    desk: DeskFacts | None,
) -> list[Finding]:
    found = list(findings.of_machine(machine, engine=not (desk and desk.url)))
    if desk is None:
        found += findings.of_models(
            machine, candidates, recommendation, embedder, embedder_here=here
        )
        return found
    its = None if desk.url else fitting.by_name(candidates).get(desk.model.strip().lower())
    pinned = its is not None and its.entry in own.load([desk.folder / own.FILE])
    found += findings.of_desk(machine, desk, its, embedder, embedder_here=here, own=pinned)
    return found
