"""From the steps of a procedure's file to its table of nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from frontdesk.desk import format as f
from frontdesk.desk.located import Located, Place, validate
from frontdesk.desk.texts import text_of, text_problems
from frontdesk.errors import Problem
from frontdesk.types import procedures as p
from frontdesk.types.procedures import Text


@dataclass(frozen=True)
class Compiled:
    """A procedure, and where its nodes and slots stand in the file."""

    procedure: p.Procedure
    located: Located
    places: Mapping[str, Place]
    """By node id."""


def compile_procedure(
    located: Located, language: str, languages: Sequence[str] = ()
) -> Compiled | list[Problem]:
    """The procedure, or every mistake in the shape of its file.

    Args:
        located: the file.
        language: of texts that don't name theirs.
        languages: those that texts may name; any when empty.
    """
    if not isinstance(located.data, dict):
        return [located.problem((), "is not a procedure", "Begin with `procedure: NAME`.")]
    read = validate(f.ProcedureFile, located, (), located.data)
    if isinstance(read, list):
        return read
    builder = _Builder(located, language, languages)
    end = builder.add(p.End("end"), ("steps",))
    first = builder.block(read.steps, ("steps",), end)
    builder.check_targets()
    builder.check_unreached()
    title = builder.text(read.title, ("title",)) if read.title else {}
    slots = {name: _slot(builder, name, slot) for name, slot in read.slots.items()}
    if builder.problems:
        return builder.problems
    procedure = p.Procedure(
        name=read.procedure,
        title=title,
        description=read.description.strip(),
        examples=tuple(map(_example, read.examples)),
        slots=slots,
        nodes=builder.nodes,
        first=first,
        internal=read.internal,
        anonymous=read.anonymous,
        always=read.always,
    )
    return Compiled(procedure, located, builder.places)


def _example(example: str | f.ExampleFile) -> p.Example:
    return p.Example(example) if isinstance(example, str) else p.Example(example.say, example.set)


def _slot(b: _Builder, name: str, slot: f.SlotFile) -> p.Slot:
    place: Place = ("slots", name)
    return p.Slot(
        name=name,
        type=slot.type,
        ask=b.text(slot.ask, (*place, "ask")) if slot.ask else {},
        valid=slot.valid,
        invalid=None if slot.invalid is None else b.text(slot.invalid, (*place, "invalid")),
        optional=slot.optional,
        many=slot.many,
        max=slot.max,
        pattern=slot.pattern,
        region=slot.region,
        options=tuple(
            p.Option(key, option.title, option.synonyms) for key, option in slot.options.items()
        ),
    )


@dataclass
class _Builder:
    """Collects nodes and problems; a step that is wrong leaves a problem and no node."""

    located: Located
    language: str
    languages: Sequence[str]
    nodes: dict[str, p.Node] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    targets: list[tuple[str, Place]] = field(default_factory=list)
    behind_ends: list[tuple[str, Place]] = field(default_factory=list)

    def add(self, node: p.Node, place: Place) -> str:
        if node.id in self.nodes:
            self.problem(place, f"two steps have the id {node.id!r}", "Rename one of them.")
        self.nodes[node.id] = node
        self.places[node.id] = place
        return node.id

    def problem(self, place: Place, message: str, fix: str = "") -> None:
        self.problems.append(self.located.problem(place, message, fix))

    def text(self, words: f.Words, place: Place) -> Text:
        self.problems += text_problems(self.located, place, words, self.languages)
        return text_of(words, self.language)

    def block(self, steps: list[Any], place: Place, after: str) -> str:
        """Adds the steps; the id of the first one. Behind the last one it goes on at ``after``."""
        following = after
        for index in reversed(range(len(steps))):
            here = (*place, index)
            following = self.step(steps[index], here, following)
            if index and _kind(steps[index - 1]) in ("end", "handoff"):
                self.behind_ends.append((following, here))
        return following

    def step(self, data: Any, place: Place, following: str) -> str:
        kind = _kind(data)
        if data == "end":
            data = {"end": None}
        if kind is None:
            self.problem(place, f"is not a step: {_short(data)}", _suggest(data))
            return following
        read = validate(f.STEPS[kind], self.located, place, data)
        if isinstance(read, list):
            self.problems += read
            return following
        name = read.id or ".".join(str(part) for part in place if part != "steps") + f".{kind}"
        if isinstance(read, f.EndStep | f.HandoffStep) and read.next is not None:
            self.problem((*place, "next"), f"nothing follows `{kind}`", "Remove `next`.")
        elif read.next is not None:
            self.targets.append((read.next, place))
            following = read.next
        return self.add(_BUILD[type(read)](self, read, name, place, following), place)

    def check_targets(self) -> None:
        for target, place in self.targets:
            if target not in self.nodes:
                near = get_close_matches(target, self.nodes, 1)
                fix = f"Did you mean {near[0]!r}?" if near else "Give the step meant an `id:`."
                self.problem((*place, "next"), f"no step has the id {target!r}", fix)

    def check_unreached(self) -> None:
        reached = {target for target, _ in self.targets}
        for name, place in self.behind_ends:
            if name not in reached:
                text = "is never reached: the step above it ends the procedure"
                self.problem(place, text, "Remove it, or lead to it by its `id:` and a `next:`.")


def _kind(data: Any) -> str | None:
    if data == "end":
        return "end"
    if not isinstance(data, dict):
        return None
    return next((kind for kind in f.STEPS if kind in data), None)


def _short(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _suggest(data: Any) -> str:
    keys = [str(key) for key in data] if isinstance(data, dict) else [str(data)]
    for key in keys:
        if near := get_close_matches(key, f.STEPS, 1):
            return f"Did you mean `{near[0]}: ...`?"
    return f"A step begins with one of {', '.join(f.STEPS)}."


def _collect(b: _Builder, s: f.CollectStep, name: str, place: Place, following: str) -> p.Node:
    return p.Collect(name, s.collect, following)


def _choose(b: _Builder, s: f.ChooseStep, name: str, place: Place, following: str) -> p.Node:
    none = b.block(s.none, (*place, "none"), "end")
    show, ask = b.text(s.show, (*place, "show")), b.text(s.ask, (*place, "ask"))
    return p.Choose(name, s.choose, s.source, s.where, s.key, s.match, show, ask, following, none)


def _tool(b: _Builder, s: f.ToolStep, name: str, place: Place, following: str) -> p.Node:
    refused = b.block(s.refused, (*place, "refused"), following) if s.refused else None
    failed = b.block(s.failed, (*place, "failed"), following) if s.failed else None
    return p.Tool(name, s.tool, _expressions(s.arguments), s.save, following, refused, failed)


def _expressions(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Every argument as an expression; YAML's own numbers and booleans are literals."""
    return {name: v if isinstance(v, str) else repr(v) for name, v in arguments.items()}


def _branch(b: _Builder, s: f.BranchStep, name: str, place: Place, following: str) -> p.Node:
    cases: list[tuple[str, str]] = []
    otherwise: str | None = None
    for index, data in enumerate(s.branch):
        here = (*place, "branch", index)
        if isinstance(data, dict) and "otherwise" in data:
            if otherwise is not None:
                b.problem(here, "the branch has an `otherwise` already", "Remove one of them.")
            last = validate(f.OtherwiseCase, b.located, here, data)
            if isinstance(last, list):
                b.problems += last
            else:
                otherwise = b.block(last.otherwise, (*here, "otherwise"), following)
            continue
        case = validate(f.WhenCase, b.located, here, data)
        if isinstance(case, list):
            b.problems += case
        elif otherwise is not None:
            b.problem(here, "stands behind `otherwise`", "Put `otherwise` last.")
        else:
            cases.append((case.when, b.block(case.steps, (*here, "steps"), following)))
    if otherwise is None:
        b.problem(place, "the branch has no `otherwise`", "Add `- otherwise: [...]` at its end.")
    return p.Branch(name, tuple(cases), otherwise or following)


def _each(b: _Builder, s: f.EachStep, name: str, place: Place, following: str) -> p.Node:
    body = b.block(s.steps, (*place, "steps"), name)
    return p.Each(name, s.each, s.source, body, following)


def _confirm(b: _Builder, s: f.ConfirmStep, name: str, place: Place, following: str) -> p.Node:
    text = b.text(s.confirm, (*place, "confirm"))
    return p.Confirm(name, text, following, b.block(s.no, (*place, "no"), "end") if s.no else "")


def _say(b: _Builder, s: f.SayStep, name: str, place: Place, following: str) -> p.Node:
    return p.Say(name, b.text(s.say, (*place, "say")), following)


def _handoff(b: _Builder, s: f.HandoffStep, name: str, place: Place, following: str) -> p.Node:
    text = None if s.say is None else b.text(s.say, (*place, "say"))
    return p.Handoff(name, s.handoff, text)


def _call(b: _Builder, s: f.CallStep, name: str, place: Place, following: str) -> p.Node:
    return p.Call(name, s.call, _expressions(s.arguments), s.save, following)


def _end(b: _Builder, s: f.EndStep, name: str, place: Place, following: str) -> p.Node:
    return p.End(name, s.end or "done")


_BUILD: Mapping[type, Callable[[_Builder, Any, str, Place, str], p.Node]] = {
    f.CollectStep: _collect,
    f.ChooseStep: _choose,
    f.ToolStep: _tool,
    f.BranchStep: _branch,
    f.EachStep: _each,
    f.ConfirmStep: _confirm,
    f.SayStep: _say,
    f.HandoffStep: _handoff,
    f.CallStep: _call,
    f.EndStep: _end,
}
