"""What is missing or in the way, each with the command that mends it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from frontdesk.doctor.fitting import Candidate, Recommendation
from frontdesk.doctor.machine import LOCAL_PACKAGES, Folder, Machine
from frontdesk.models.catalogue import ModelEntry

_BUSY = 0.5
"""Load for each processor, from which on measured figures come out low."""


@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    severity: Literal["error", "warning"]
    """With an error, nothing can be served now."""
    text: str
    command: str = ""
    """What mends it, as it is typed; empty when no command does."""


@dataclass(frozen=True)
class DeskFacts:
    """What was found out about a desk."""

    folder: Path
    name: str
    languages: tuple[str, ...]
    model: str
    url: str = ""
    """Where its engine listens, if elsewhere."""
    mistakes: int = 0
    unset_secret: str = ""
    """The environment variable that should hold its identity secret and doesn't."""
    engine_failure: str = ""
    """Why the engine elsewhere can't serve."""


def of_machine(machine: Machine, *, engine: bool = True) -> Iterator[Finding]:
    """What is wrong with the machine.

    Args:
        machine: the machine.
        engine: whether it has to run a language model itself.
    """
    names = LOCAL_PACKAGES if engine else LOCAL_PACKAGES[1:]
    missing = [name for name in names if machine.packages.get(name) is None]
    if missing:
        text = f"{', '.join(missing)} not installed: no model can run here"
        yield Finding("error", text, 'pip install "frontdesk[local]"')
    yield from _folder(machine.cache, "the cache, where models lie", "FRONTDESK_CACHE")
    yield from _folder(machine.data, "the data folder", "FRONTDESK_DATA")
    if machine.load > _BUSY * machine.processors:
        text = f"other programs are busy (load {machine.load:.1f}): measured figures are too low"
        yield Finding("warning", text)
    if engine:
        yield from _processor(machine)


def _folder(folder: Folder, what: str, variable: str) -> Iterator[Finding]:
    if not folder.writable:
        text = f"{what} can't be written: {folder.path}"
        yield Finding("error", text, f"export {variable}=/a/folder/that/you/can/write")


def _processor(machine: Machine) -> Iterator[Finding]:
    has = machine.instructions
    if machine.architecture == "x86_64" and has and "AVX2" not in has:
        yield Finding("warning", "the processor has no AVX2: a model will be several times slower")
    if machine.architecture in ("aarch64", "arm64") and has and "DOTPROD" not in has:
        yield Finding("warning", "the processor has no dot product (ARMv8.2): a model will be slow")
    if machine.quota is not None and machine.quota < machine.processors:
        threads = max(int(machine.quota), 1)
        text = (
            f"the engine would start {machine.processors} threads on {machine.quota:g} processors' "
            "time, and be slower for it"
        )
        yield Finding("warning", text, f"export FRONTDESK_THREADS={threads}")


def of_models(
    machine: Machine,
    candidates: Sequence[Candidate],
    recommendation: Recommendation,
    embedder: ModelEntry,
    *,
    embedder_here: bool,
) -> Iterator[Finding]:
    """What is missing to serve any desk."""
    serving = [one for one in candidates if one.is_here and one.fit == "fits" and not one.failure]
    if recommendation.model is None:
        yield Finding("error", recommendation.why)
    elif not serving:
        wanted = next(one for one in candidates if one.entry.alias == recommendation.model)
        yield from pull(wanted.entry, machine, "no language model is here")
    if not embedder_here:
        yield from pull(embedder, machine, f"the embedding model {embedder.alias} is not here")
    yield from broken(candidates)


def broken(candidates: Sequence[Candidate]) -> Iterator[Finding]:
    """The models whose files are here and didn't run, or are here in part."""
    for one in candidates:
        alias = one.entry.alias
        if one.failure:
            text = f"{alias} did not run: {one.failure}"
            yield Finding("warning", text, f"frontdesk models verify {alias}")
        elif one.state == "partial":
            text = f"{alias} is here in part; pulling goes on where it stopped"
            yield Finding("warning", text, f"frontdesk models pull {alias}")


def pull(entry: ModelEntry, machine: Machine, text: str, desk: Path | None = None
         ) -> Iterator[Finding]:  # fmt: skip
    """The command that fetches a model, and whether there is room for it."""
    also = f" --desk {desk}" if desk else ""
    yield Finding("error", text, f"frontdesk models pull {entry.alias}{also}")
    if machine.cache.free < entry.size:
        free = f"{machine.cache.free / 1e9:.1f} GB"
        text = f"{entry.alias} needs {entry.size / 1e9:.1f} GB of disk, {free} are free"
        yield Finding("error", text, "export FRONTDESK_CACHE=/a/folder/on/a/larger/disk")


def of_desk(
    machine: Machine,
    desk: DeskFacts,
    candidate: Candidate | None,
    embedder: ModelEntry,
    *,
    embedder_here: bool,
    own: bool,
) -> Iterator[Finding]:
    """What keeps this desk from being served; ``candidate`` is its model, if it runs here."""
    if desk.mistakes:
        many = "a mistake" if desk.mistakes == 1 else f"{desk.mistakes} mistakes"
        yield Finding("error", f"the desk has {many}", f"frontdesk check {desk.folder}")
    if desk.engine_failure:
        yield Finding("error", desk.engine_failure)
    if candidate:
        yield from _its_model(machine, desk, candidate, own=own)
    if not embedder_here:
        text = f"the embedding model for {', '.join(desk.languages)} is not here"
        yield from pull(embedder, machine, text)
    if desk.unset_secret:
        text = f"{desk.unset_secret} is not set: nobody can sign in, except with --demo"
        command = f'export {desk.unset_secret}="$(openssl rand -hex 32)"'
        yield Finding("warning", text, command)


def _its_model(
    machine: Machine, desk: DeskFacts, one: Candidate, *, own: bool
) -> Iterator[Finding]:
    alias = one.entry.alias
    if not one.is_here:
        beside = desk.folder if own else None
        yield from pull(one.entry, machine, f"the desk's model {alias} is not here", beside)
    if one.failure:
        text = f"the desk's model {alias} did not run: {one.failure}"
        yield Finding("error", text, f"frontdesk models verify {alias}")
    if one.fit == "too large":
        yield Finding("error", f"the desk's model {alias} doesn't fit in this machine's memory")
    elif one.fit == "not now":
        yield Finding(
            "error", f"other programs hold the memory that the desk's model {alias} needs"
        )
    lacking = [code for code in desk.languages if code not in one.entry.languages]
    if one.entry.languages and lacking:
        text = f"the makers of {alias} don't name {', '.join(lacking)} among its languages"
        yield Finding("warning", text, "frontdesk models list")
    if one.is_quick is False and one.speed and one.speed.measured:
        text = f"a turn with {alias} takes {one.speed.turn_s:.1f} s here"
        yield Finding("warning", text)
