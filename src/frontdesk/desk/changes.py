"""What differs between two versions of a desk, and what that means for running conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from frontdesk.desk.steps import step_details
from frontdesk.procedures.moving import can_move
from frontdesk.types.desk import Article, Desk
from frontdesk.types.detail import Detail, compared
from frontdesk.types.procedures import Example, Procedure, Slot, ToolSignature
from frontdesk.types.state import Frame, State

What = Literal["setting", "reply", "procedure", "tool", "code", "article"]


@dataclass(frozen=True)
class Change:
    """One part of a desk that another version has differently."""

    kind: Literal["added", "removed", "changed", "renamed"]
    what: What
    name: str
    details: tuple[Detail, ...] = ()
    new_name: str = ""
    """Of something renamed."""

    @property
    def headline(self) -> str:
        """The change in a few words."""
        to = f" to {self.new_name}" if self.new_name else ""
        return f"{_CALLED.get(self.what, self.what)} {self.name} {self.kind}{to}"


_CALLED: Mapping[str, str] = {"reply": "built-in reply", "code": "the code of"}


@dataclass(frozen=True)
class Staying:
    """Conversations in the middle of a procedure that finish on the old version."""

    procedure: str
    reason: str


def changes(old: Desk, new: Desk) -> list[Change]:
    """Everything that differs, by what it is and then by name."""
    return [
        *_settings(old, new),
        *_each("reply", old.messages, new.messages, _text),
        *_procedures(old.procedures, new.procedures),
        *_each("tool", old.tools, new.tools, _tool),
        *([Change("changed", "code", "the tools")] if old.code != new.code else []),
        *_each("article", _articles(old), _articles(new), _article),
    ]


def staying(old: Desk, new: Desk) -> list[Staying]:
    """The procedures in which conversations finish on the old version, and why."""
    found = []
    for name in sorted(old.procedures):
        state = State(language=old.language, stack=(Frame("f1", name, ""),))
        if reason := can_move(old, new, state):
            found.append(Staying(name, reason))
    return found


_SETTINGS = (
    "id", "name", "languages", "timezone", "currency", "model", "message_characters", "act",
    "secret_env", "customers", "test_now",
)  # fmt: skip


def _settings(old: Desk, new: Desk) -> Iterator[Change]:
    for name in _SETTINGS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            detail = Detail("changed", name, _shown(before), _shown(after))
            yield Change("changed", "setting", name, (detail,))


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(getattr(one, "id", str(one)) for one in value)
    return "" if value is None else str(value)


def _each(
    what: What,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    details: Callable[[Any, Any], Sequence[Detail]],
) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Change("removed", what, name)
        elif name not in old:
            yield Change("added", what, name)
        elif old[name] != new[name]:
            yield Change("changed", what, name, tuple(details(old[name], new[name])))


def _text(old: Mapping[str, str], new: Mapping[str, str]) -> list[Detail]:
    return compared("text", old, new)


# -- procedures ---------------------------------------------------------------------------------


def _procedures(old: Mapping[str, Procedure], new: Mapping[str, Procedure]) -> Iterator[Change]:
    renamed = dict(_renamed(old, new))
    for before, after in renamed.items():
        details = tuple(_procedure(old[before], new[after]))
        yield Change("renamed", "procedure", before, details, after)
    rest = {name: one for name, one in old.items() if name not in renamed}
    others = {name: one for name, one in new.items() if name not in renamed.values()}
    yield from _each("procedure", rest, others, _procedure)


def _renamed(
    old: Mapping[str, Procedure], new: Mapping[str, Procedure]
) -> Iterator[tuple[str, str]]:
    """Pairs of names whose procedures have the same slots and steps."""
    gone = [one for name, one in old.items() if name not in new]
    come = [one for name, one in new.items() if name not in old]
    for one in gone:
        for other in come:
            if (one.slots, one.nodes) == (other.slots, other.nodes):
                come.remove(other)
                yield one.name, other.name
                break


def _procedure(old: Procedure, new: Procedure) -> list[Detail]:
    found = [
        *compared("title", old.title, new.title),
        *compared("description", {"": old.description}, {"": new.description}),
        *compared("start", _start(old), _start(new)),
        *_slots(old.slots, new.slots),
        *step_details(old, new),
        *_listed("example", _examples(old.examples), _examples(new.examples)),
        *_listed("always", old.always, new.always),
    ]
    if not found and old.nodes != new.nodes:
        found.append(Detail("changed", "steps", "", "their ids, or which follows which"))
    return found


def _start(procedure: Procedure) -> Mapping[str, str]:
    flags = {"internal": procedure.internal, "anonymous": procedure.anonymous}
    return {name: str(value).lower() for name, value in flags.items()}


def _examples(examples: Sequence[Example]) -> list[str]:
    return [
        f"{one.text} ({', '.join(f'{k}: {v}' for k, v in one.values.items())})"
        if one.values
        else one.text
        for one in examples
    ]


def _slots(old: Mapping[str, Slot], new: Mapping[str, Slot]) -> Iterator[Detail]:
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield Detail("removed", f"slot {name}", old[name].type)
        elif name not in old:
            yield Detail("added", f"slot {name}", "", new[name].type)
        else:
            yield from compared(f"slot {name}", _slot(old[name]), _slot(new[name]))


def _slot(slot: Slot) -> Mapping[str, str]:
    options = {
        f"option {option.name}": ", ".join([str(option.title), *option.synonyms])
        for option in slot.options
    }
    plain = replace(slot, ask={}, invalid=None, options=())
    named = {name: _shown(value) for name, value in vars(plain).items() if value not in (None, {})}
    texts = {f"ask {k}": v for k, v in slot.ask.items()}
    return named | texts | {f"invalid {k}": v for k, v in (slot.invalid or {}).items()} | options


def _listed(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Detail]:
    before, after = Counter(old), Counter(new)
    for text in (before - after).elements():
        yield Detail("removed", what, text)
    for text in (after - before).elements():
        yield Detail("added", what, "", text)


# -- tools and articles ---------------------------------------------------------------------------


def _tool(old: ToolSignature, new: ToolSignature) -> list[Detail]:
    return compared("signature", _signature(old), _signature(new))


def _signature(tool: ToolSignature) -> Mapping[str, str]:
    needed = {True: "needed", False: "may be left out"}
    plain = {"mode": tool.mode, "description": tool.description, "timeout_s": str(tool.timeout_s)}
    return plain | {f"parameter {name}": needed[one] for name, one in tool.parameters.items()}


def _articles(desk: Desk) -> Mapping[str, list[Article]]:
    found: dict[str, list[Article]] = {}
    for section in desk.articles:
        found.setdefault(section.article, []).append(section)
    return found


def _article(old: Sequence[Article], new: Sequence[Article]) -> list[Detail]:
    return [
        *compared("title", {"": old[0].title}, {"": new[0].title}),
        *compared("section", _sections(old), _sections(new)),
        *_listed("question", old[0].questions, new[0].questions),
    ]


def _sections(article: Sequence[Article]) -> Mapping[str, str]:
    return {section.heading: section.text for section in article}
