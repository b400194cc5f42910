"""``frontdesk init``."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from frontdesk.errors import SettingError
from frontdesk.settings import Settings, from_environment
from frontdesk.starter import answers as starter
from frontdesk.starter import writing
from frontdesk.starter.answers import Answers

_QUESTIONS = {
    "name": "The company's name",
    "timezone": "Time zone",
    "currency": "Currency",
    "languages": "Languages, English (en) first",
    "model": "Language model",
}


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The desk's name.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="Where; otherwise ./NAME.")
    ] = None,
    company: Annotated[
        str | None, typer.Option("--name", metavar="COMPANY", help="What customers read.")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="CODE", help="en first; can be given again."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Like Europe/Lisbon.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="Like EUR.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="ID", help="A model of `frontdesk models list`."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Write a small desk that runs, to be changed into your own.

    In a terminal it asks for what no option says; elsewhere, and with --yes, it takes what fits
    this machine.
    """
    identity = starter.identifier(name)
    place = folder or Path(identity)
    writing.refuse_existing(place)
    zone = timezone or starter.timezone_here()
    said = {
        "name": company,
        "timezone": timezone,
        "currency": currency,
        "languages": language,
        "model": model,
    }
    answers = Answers(
        id=identity,
        name=starter.company(name) if company is None else company,
        languages=tuple(language or [writing.LANGUAGE]),
        timezone=zone,
        currency=currency or starter.currency_of(zone),
        model=model or starter.fitting_model(starter.memory_bytes()),
    )
    settings = from_environment()
    if found := writing.mistakes(answers, settings):
        raise SettingError("\n".join(found))
    if not yes and sys.stdin.isatty():
        answers = _asked(answers, [key for key in _QUESTIONS if said[key] is None], settings)
    writing.write(place, answers, settings)
    typer.echo(f"{answers.name} is in {place}. Next:\n")
    _next(place, answers.model)


def _asked(answers: Answers, keys: list[str], settings: Settings) -> Answers:
    """The answers with those of the person; each is asked again until nothing is wrong in it."""
    for key in keys:
        while True:
            changed = _ask(answers, key)
            found = writing.mistakes(changed, settings)
            if not found:
                break
            typer.echo("\n".join(found))
        answers = changed
        if key == "timezone" and "currency" in keys:
            answers = dataclasses.replace(answers, currency=starter.currency_of(answers.timezone))
    return answers


def _ask(answers: Answers, key: str) -> Answers:
    if key == "languages":
        said = typer.prompt(_QUESTIONS[key], default=" ".join(answers.languages))
        return dataclasses.replace(answers, languages=tuple(said.replace(",", " ").split()))
    said = typer.prompt(_QUESTIONS[key], default=getattr(answers, key)).strip()
    return dataclasses.replace(answers, **{key: said})


def _next(place: Path, model: str) -> None:
    desk = shlex.quote(str(place))
    for command, what in (
        (f"frontdesk check {desk}", "every mistake in its files"),
        (f"frontdesk test {desk}", "plays its conversations; needs no model"),
        (f"frontdesk models pull {model}", "fetches the language model, once"),
        (f'frontdesk say {desk} "when is my next appointment?"', "a talk in the terminal"),
        (f"frontdesk serve {desk} --demo", "the chat page, at http://127.0.0.1:8300"),
    ):
        typer.echo(f"  {command}\n      {what}")
