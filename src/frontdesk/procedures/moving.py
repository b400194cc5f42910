"""Whether a conversation can go on with another version of its desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from frontdesk.types import procedures as p
from frontdesk.types.desk import Desk
from frontdesk.types.state import State

_SETTINGS = ("name", "timezone", "currency")
"""What any text or value of a procedure may depend on."""
_SAID_AT_REST = frozenset({"greeting"})


def can_move(old: Desk, new: Desk, state: State) -> str | None:
    """Why the conversation stays on the old version; ``None`` when the change can't matter to it.

    At rest nothing of the old version is left but buttons, which are checked when they are
    pressed. In the middle of a procedure, everything that it may still do must be the same.
    """
    if state.turn is not None:
        return "a turn is under way"
    if not state.stack:
        return None
    under_way = reachable(old, (frame.procedure for frame in state.stack))
    return (
        next(filter(None, (_procedure_changed(old, new, name) for name in under_way)), None)
        or _tools_changed(old, new, under_way)
        or _settings_changed(old, new, state.language)
    )


def reachable(desk: Desk, names: Iterable[str]) -> list[str]:
    """The procedures, and those that they call, directly or not."""
    found = list(dict.fromkeys(names))
    for name in found:  # grows while it is read
        procedure = desk.procedures.get(name)
        nodes = procedure.nodes.values() if procedure else ()
        called = (node.procedure for node in nodes if isinstance(node, p.Call))
        found += [one for one in dict.fromkeys(called) if one not in found]
    return found


def _procedure_changed(old: Desk, new: Desk, name: str) -> str | None:
    before, after = old.procedures.get(name), new.procedures.get(name)
    if after is None:
        return f"{name} was removed"
    if before is None or _to_run(before) != _to_run(after):
        return f"{name} was changed"
    return None


def _to_run(procedure: p.Procedure) -> p.Procedure:
    """The procedure without what only says when it starts."""
    return replace(procedure, description="", examples=())


def _tools_changed(old: Desk, new: Desk, procedures: Iterable[str]) -> str | None:
    nodes = (node for name in procedures for node in old.procedures[name].nodes.values())
    tools = [node.tool for node in nodes if isinstance(node, p.Tool)]
    for tool in tools:
        if old.tools.get(tool) != new.tools.get(tool):
            return f"the tool {tool} was changed"
    return "the tools' code was changed" if tools and old.code != new.code else None


def _settings_changed(old: Desk, new: Desk, language: str) -> str | None:
    for name in _SETTINGS:
        if getattr(old, name) != getattr(new, name):
            return f"the desk's {name} was changed"
    if old.language != new.language or language not in new.languages:
        return "the desk's languages were changed"
    if _said_within(old) != _said_within(new):
        return "the built-in replies were changed"
    return None


def _said_within(desk: Desk) -> Mapping[str, Mapping[str, str]]:
    return {name: text for name, text in desk.messages.items() if name not in _SAID_AT_REST}
