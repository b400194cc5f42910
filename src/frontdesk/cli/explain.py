"""A conversation in the terminal: what was said, and on request why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from frontdesk.procedures.templates import show
from frontdesk.types import events as e
from frontdesk.types.commands import Admitted, render
from frontdesk.types.values import to_json
from frontdesk.web.transcript import PERSON_DOES, PERSON_LABEL


def transcript(history: Iterable[e.Recorded], *, explain: bool = False) -> Iterator[str]:
    """The lines of a conversation; with ``explain`` every decision between them."""
    labels = {PERSON_DOES: PERSON_LABEL}
    for recorded in history:
        yield from _said(recorded.event, labels)
        if explain:
            yield from (f"    {line}" for line in _why(recorded.event))


def _said(event: e.Event, labels: dict[str, str]) -> Iterator[str]:
    """The event's lines; ``labels`` keeps what the buttons so far are called."""
    match event:
        case e.TurnStarted(cause="message"):
            yield f"\nCustomer: {event.text}"
        case e.TurnStarted(cause="button"):
            yield f"\nCustomer: [{labels.get(event.text, event.text)}]"
        case e.Replied():
            labels |= {button.does: button.label for button in event.buttons}
            yield f"Desk: {event.text}"
            if event.buttons:
                yield "      " + "  ".join(f"[{button.label}]" for button in event.buttons)
            for citation in event.citations:
                yield f"      Source: {citation.title} ({citation.article})"
        case e.PersonReplied():
            yield f"{event.person}: {event.text}"
        case e.HandedOver():
            yield f"-- waits for a person: {event.reason}"
        case e.PersonClaimed():
            yield f"-- held by {event.person}"
        case e.PersonReleased():
            yield f"-- given back by {event.person} {event.note}".rstrip()


def _why(event: e.Event) -> Iterator[str]:
    match event:
        case e.Understood():
            yield from _understood(event)
        case e.Decided():
            for outcome in event.outcomes:
                if isinstance(outcome, Admitted):
                    yield f"admitted: {render(outcome.command)}{_origin(outcome)}"
                else:
                    yield f"refused: {render(outcome.command)} ({outcome.reason})"
        case e.SlotFilled():
            yield f"{event.slot} = {_short(event.filled.value)} ({event.filled.origin.kind})"
        case e.ConsentAsked():
            yield f"asks consent {event.digest[:12]} to {len(event.calls)} write(s)"
        case e.ConsentGiven():
            yield f"consent {event.digest[:12]} given by {event.by}"
        case e.ToolCalled():
            given: Mapping[str, Any] = event.arguments
            arguments = ", ".join(f"{name}={_short(value)}" for name, value in given.items())
            yield f"{event.mode} {event.tool}({arguments})"
        case e.ToolReturned():
            yield f"  {event.status} in {event.milliseconds:.1f} ms {event.message}".rstrip()
        case e.Answered():
            verdict = "a passage" if event.found else "no passage"
            yield f"knowledge: {verdict} fits ({event.score:.2f}) in {event.milliseconds:.1f} ms"
        case e.TurnEnded():
            yield f"turn: {event.milliseconds:.0f} ms"


def _understood(event: e.Understood) -> Iterator[str]:
    cost = f"{event.milliseconds:.0f} ms"
    if event.model_calls:
        cost += (
            f", {event.prompt_tokens} prompt + {event.cached_tokens} cached + "
            f"{event.generated_tokens} generated tokens"
        )
    yield f"understood by {event.by} in {cost}"
    for reading in event.understanding.readings[:3]:
        commands = "; ".join(map(render, reading.commands))
        yield f"  {reading.confidence:.2f} {commands}"


def _origin(outcome: Admitted) -> str:
    return f" ({outcome.filled.origin.kind})" if outcome.filled else ""


def _short(value: Any) -> str:
    text = str(to_json(value)) if isinstance(value, dict | list) else show(value, "en")
    return text if len(text) <= 80 else f"{text[:77]}..."
