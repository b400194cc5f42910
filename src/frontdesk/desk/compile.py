"""From the steps of a procedure's file to its table of nodes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from frontdesk.desk import format as f
from frontdesk.desk.located import Located, Place, validate
from frontdesk.desk.texts import text_of, text_problems
from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types import procedures as p
from frontdesk.types.procedures import Text


@dataclass(frozen=True)
class Compiled:
    """A procedure, as far as its file can be understood, and where its parts stand."""

    procedure: p.Procedure
    located: Located
    places: Mapping[str, Place]
    """By node id."""
    problems: tuple[Problem, ...] = ()
    """Mistakes in the shape of the file."""
    lost: frozenset[str] = frozenset()
    """Names that the parts with mistakes would have: of slots, records and results."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing, so that ways through the procedure can be followed."""
        return all(problem.severity == "warning" for problem in self.problems)

    def example_place(self, index: int) -> Place:
        """Where an example stands: in the list, or in the list of its language."""
        examples = self.located.data.get("examples")
        if not isinstance(examples, dict):
            return "examples", index
        languages = [example.language for example in self.procedure.examples]
        language = languages[index]
        return "examples", language, languages[:index].count(language)


def compile_procedure(
    located: Located, language: str, languages: Sequence[str] = ()
) -> Compiled | list[Problem]:
    """The procedure, without the parts that are wrong; the mistakes alone if nothing is left.

    Args:
        located: the file.
        language: of texts that don't name theirs.
        languages: those that texts may name; any when empty.
    """
    if not isinstance(located.data, dict):
        fix = "Begin with `procedure: NAME`."
        problem = located.problem((), Kind.NOT_A_PROCEDURE, "is not a procedure", fix)
        return [*located.twice, problem]
    read, problems, lost = _validated(located)
    if read is None:
        return [*located.twice, *problems]
    builder = _Builder(located, language, languages)
    builder.problems += [*located.twice, *problems]
    builder.lost |= lost
    end = builder.add(p.End("end"), ("steps",))
    first = builder.block(read.steps, ("steps",), end)
    builder.check_targets()
    title = builder.text(read.title, ("title",)) if read.title else {}
    slots = {name: _slot(builder, name, slot) for name, slot in read.slots.items()}
    procedure = p.Procedure(
        name=read.procedure,
        title=title,
        description=read.description.strip(),
        examples=_examples(builder, read.examples),
        slots=slots,
        nodes=builder.nodes,
        first=first,
        internal=read.internal,
        anonymous=read.anonymous,
        always=read.always,
    )
    found = tuple(builder.problems)
    return Compiled(procedure, located, builder.places, found, frozenset(builder.lost))


def _validated(located: Located) -> tuple[f.ProcedureFile | None, list[Problem], set[str]]:
    """The file's content without what is wrong, the mistakes, and the names of lost slots."""
    read = validate(f.ProcedureFile, located, (), located.data)
    if not isinstance(read, list):
        return read, [], set()
    data = {key: located.data[key] for key in f.ProcedureFile.model_fields if key in located.data}
    slots = data.get("slots")
    if isinstance(slots, dict):
        data["slots"] = {k: v for k, v in slots.items() if _fits("slots", {k: v})}
    examples = data.get("examples")
    if isinstance(examples, list):
        # One that is wrong becomes empty, so that the others keep their places.
        data["examples"] = [one if _fits("examples", [one]) else "" for one in examples]
    kept = {key: value for key, value in data.items() if _fits(key, value)}
    rest = {"procedure": _unnamed(located), "steps": ["end"]} | kept
    whole = validate(f.ProcedureFile, located, (), rest)
    lost = set(map(str, slots)) if isinstance(slots, dict) else set()
    return None if isinstance(whole, list) else whole, read, lost


def _fits(key: str, value: Any) -> bool:
    try:
        f.ProcedureFile.model_validate({"procedure": "a", "steps": ["end"]} | {key: value})
    except ValidationError:
        return False
    return True


def _unnamed(located: Located) -> str:
    """What the rest of a procedure without a good name is checked under."""
    return "unnamed_" + re.sub(r"\W", "_", located.file.stem.lower())


def _examples(b: _Builder, examples: f.Examples | dict[str, f.Examples]) -> tuple[p.Example, ...]:
    """The examples of every language, those of the desk's first one first."""
    by_language = examples if isinstance(examples, dict) else {b.language: examples}
    for language in by_language.keys() - set(b.languages or by_language):
        known = f"Write {', '.join(b.languages)}, or add it to `languages` in desk.toml."
        text = f"{language!r} is none of the desk's languages"
        b.problem(("examples", language), Kind.OTHER_LANGUAGE, text, known)
    if by_language and b.language not in by_language:
        text = "'examples' has none in the desk's first language"
        b.problem(("examples",), Kind.NO_FIRST_LANGUAGE, text, f"Add `{b.language}: [...]`.")
    order = sorted(by_language, key=lambda language: language != b.language)
    return tuple(_example(one, language) for language in order for one in by_language[language])


def _example(example: str | f.ExampleFile, language: str) -> p.Example:
    if isinstance(example, str):
        return p.Example(example, language=language)
    return p.Example(example.say, example.set, language)


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
            p.Option(
                key,
                b.text(option.title, (*place, "options", key, "title")),
                option.synonyms,
            )
            for key, option in slot.options.items()
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
    lost: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    """Of steps that are wrong."""

    def add(self, node: p.Node, place: Place) -> str:
        if node.id in self.nodes:
            text = f"two steps have the id {node.id!r}"
            self.problem(place, Kind.DUPLICATE_ID, text, "Rename one of them.")
        self.nodes[node.id] = node
        self.places[node.id] = place
        return node.id

    def problem(self, place: Place, kind: Kind, message: str, fix: str) -> None:
        self.problems.append(self.located.problem(place, kind, message, fix))

    def text(self, words: f.Words, place: Place) -> Text:
        self.problems += text_problems(self.located, place, words, self.languages)
        return text_of(words, self.language)

    def block(self, steps: list[Any], place: Place, after: str) -> str:
        """Adds the steps; the id of the first one. Behind the last one it goes on at ``after``."""
        following = after
        for index in reversed(range(len(steps))):
            following = self.step(steps[index], (*place, index), following)
        return following

    def step(self, data: Any, place: Place, following: str) -> str:
        kind = _kind(data)
        if data == "end":
            data = {"end": None}
        if kind is None:
            self.lose(data)
            self.problem(place, Kind.NOT_A_STEP, f"is not a step: {_short(data)}", _suggest(data))
            return following
        if second := _second(data, kind):
            self.lose(data)
            text = f"`{kind}` and `{second}` stand in one step"
            fix = f"Begin a step of its own with `- {second}: ...`."
            self.problem((*place, second), Kind.TWO_STEPS_IN_ONE, text, fix)
            return following
        read = validate(f.STEPS[kind], self.located, place, data)
        if isinstance(read, list):
            self.lose(data)
            self.problems += read
            return following
        name = read.id or ".".join(str(part) for part in place if part != "steps") + f".{kind}"
        if isinstance(read, f.EndStep | f.HandoffStep) and read.next is not None:
            text = f"nothing follows `{kind}`"
            self.problem((*place, "next"), Kind.NEXT_AFTER_END, text, "Remove `next`.")
        elif read.next is not None:
            self.targets.append((read.next, place))
            following = read.next
        return self.add(_BUILD[type(read)](self, read, name, place, following), place)

    def lose(self, data: Any) -> None:
        """Remembers the names in a step that is wrong, so that nobody is told that they lack."""
        if isinstance(data, dict):
            named = (data.get(key) for key in ("choose", "each", "save"))
            self.lost |= {name for name in named if isinstance(name, str)}
            self.ids |= {data["id"]} if isinstance(data.get("id"), str) else set()
            for value in data.values():
                self.lose(value)
        elif isinstance(data, list):
            for item in data:
                self.lose(item)

    def check_targets(self) -> None:
        for target, place in self.targets:
            if target not in self.nodes.keys() | self.ids:
                near = get_close_matches(target, self.nodes, 1)
                fix = f"Did you mean {near[0]!r}?" if near else "Give the step meant an `id:`."
                text = f"no step has the id {target!r}"
                self.problem((*place, "next"), Kind.UNKNOWN_NEXT, text, fix)


def _kind(data: Any) -> str | None:
    if data == "end":
        return "end"
    if not isinstance(data, dict):
        return None
    return next((kind for kind in f.STEPS if kind in data), None)


def _second(data: Any, kind: str) -> str | None:
    """Another key that begins a step, where the step has it not as its own."""
    own = {field.alias or key for key, field in f.STEPS[kind].model_fields.items()}
    return next((key for key in data if key in f.STEPS and key not in own), None)


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
    return p.Choose(
        id=name,
        name=s.choose,
        source=s.source,
        where=s.where,
        key=s.key,
        match=s.match,
        show=show,
        ask=ask,
        next=following,
        none=none,
        many=s.many,
    )


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
                text = "the branch has an `otherwise` already"
                b.problem(here, Kind.OTHERWISE_NOT_LAST, text, "Remove one of them.")
            last = validate(f.OtherwiseCase, b.located, here, data)
            if isinstance(last, list):
                b.lose(data)
                b.problems += last
                otherwise = otherwise or following
            else:
                otherwise = b.block(last.otherwise, (*here, "otherwise"), following)
            continue
        case = validate(f.WhenCase, b.located, here, data)
        if isinstance(case, list):
            b.lose(data)
            b.problems += case
        elif otherwise is not None:
            b.lose(data)
            text = "stands behind `otherwise`"
            b.problem(here, Kind.OTHERWISE_NOT_LAST, text, "Put `otherwise` last.")
        else:
            cases.append((case.when, b.block(case.steps, (*here, "steps"), following)))
    if otherwise is None:
        fix = "Add `- otherwise: [...]` at its end."
        b.problem(place, Kind.NO_OTHERWISE, "the branch has no `otherwise`", fix)
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
