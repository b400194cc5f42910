"""Reads the project's documents (blocks, headings, tables), and writes logs as they show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from installed_command import REPOSITORY

from frontdesk.procedures.templates import show
from frontdesk.types import events as e
from frontdesk.types.commands import Admitted, render

DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block, where it stands, and the comment right before it."""

    file: Path
    line: int
    language: str
    text: str
    comment: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}"


def blocks(*languages: str, of: Iterable[Path] = DOCUMENTS) -> list[Block]:
    """The blocks in these languages; in all, if none is named."""
    found = []
    for file in of:
        text = file.read_text(encoding="utf-8")
        for fence in _FENCE.finditer(text):
            if not languages or fence[1] in languages:
                before = re.search(r"<!-- (.*?) -->\s*$", text[: fence.start()])
                line = text[: fence.start()].count("\n") + 1
                found.append(Block(file, line, fence[1], fence[2], before[1] if before else ""))
    return found


def prose(file: Path) -> str:
    """The document without its fenced blocks."""
    return _FENCE.sub("", file.read_text(encoding="utf-8"))


def anchors(file: Path) -> set[str]:
    """What a link can point to in the document."""
    titles = re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-") for title in titles}


def first_column(file: Path, heading: str) -> list[str]:
    """What stands in backticks in the first column of the first table below a heading."""
    text = file.read_text(encoding="utf-8")
    below = text[re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE).end() :]  # type: ignore[union-attr]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table, f"{file.name} has no table below {heading!r}"
    cells = [row.split("|")[1] for row in table[0].splitlines()[2:]]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def console(text: str) -> list[tuple[str, str]]:
    """The commands of a block, each with a pattern for what it prints and ``[exit N]``."""
    steps: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((line.removeprefix("$ "), []))
        else:
            steps[-1][1].append(line)
    return [(command, "".join(map(_pattern, lines))) for command, lines in steps]


def _pattern(line: str) -> str:
    """A line's own characters, where ``...`` stands for any; alone it is any number of lines."""
    return r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"


def log(history: Iterable[e.Recorded]) -> str:
    """The events of a conversation, a line each, without what differs each time."""
    return "".join(
        f"{recorded.seq:>2}  {type(recorded.event).__name__:<19} {_detail(recorded.event)}".rstrip()
        + "\n"
        for recorded in history
    )


def _detail(event: e.Event) -> str:
    match event:
        case e.ConversationStarted(desk=desk, customer=customer):
            return f"{desk}, {customer.id if customer else 'nobody'}"
        case e.TurnStarted(cause=cause, text=text):
            return f"{cause}: {text}"
        case e.Understood(by=by, understanding=understanding):
            best = "; ".join(map(render, understanding.readings[0].commands))
            return f"by {by}: {best}"
        case e.Decided(outcomes=outcomes):
            words = {True: "admitted", False: "refused"}
            return "; ".join(
                f"{words[isinstance(o, Admitted)]} {render(o.command)}" for o in outcomes
            )
        case e.FrameOpened(frame=frame, procedure=procedure):
            return f"{frame}: {procedure}"
        case e.Moved(node=node):
            return f"to {node}"
        case e.SlotFilled(slot=slot, filled=filled):
            return f"{slot}, origin: {filled.origin.kind}"
        case e.ConsentAsked(digest=digest, calls=calls):
            return f"{digest[:12]} for {len(calls)} call"
        case e.ConsentGiven(digest=digest, by=by):
            return f"{digest[:12]} by {by}"
        case e.ToolCalled(mode=mode, tool=tool, arguments=arguments):
            given = ", ".join(f"{name}={show(value, 'en')}" for name, value in arguments.items())
            return f"{mode} {tool}({given})"
        case e.ToolReturned(status=status):
            return status
        case e.Replied(text=text, buttons=buttons):
            short = text if len(text) <= 60 else f"{text[:57]}..."
            return " ".join([short, *(f"[{button.label}]" for button in buttons)])
        case e.FrameClosed(frame=frame, outcome=outcome):
            return f"{frame}: {outcome}"
        case _:
            return ""
