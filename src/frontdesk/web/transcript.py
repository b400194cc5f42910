"""What a customer may see of a conversation: a few kinds of entries, made from the event log.

Everything else in the log (commands, tools and their arguments, digests, where a procedure stands)
stays inside: an event that isn't named here is not shown. Buttons go out under a name of their own,
``EVENT.PLACE``, because what they do says more than a customer needs to know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from frontdesk.types import events as e

PERSON = "person"
"""The button that is always there."""
PERSON_DOES = "human"
PERSON_LABEL = "I want to talk to a person"
BUTTON_PATTERN = rf"^({PERSON}|[0-9]{{1,9}}\.[0-9]{{1,3}})$"


class _Entry(BaseModel):
    seq: int = Field(description="Its place in the history; the id of the server-sent event.")
    at: datetime = Field(description="When it happened, in UTC.")


class CustomerMessage(_Entry):
    """What the customer wrote, or the label of the button that they pressed."""

    type: Literal["message"] = "message"
    id: str = Field(description="What the request that brought it was answered with.")
    text: str


class ChatButton(BaseModel):
    """Something to press instead of writing; it counts while its reply is the newest."""

    label: str
    does: str = Field(description="To be sent back; means nothing by itself.", examples=["12.0"])


class Source(BaseModel):
    """The passage that a statement rests on."""

    title: str
    passage: str


class Reply(_Entry):
    """What the desk says."""

    type: Literal["reply"] = "reply"
    text: str
    buttons: list[ChatButton] = Field(default_factory=list)
    citations: list[Source] = Field(default_factory=list)


class PersonReply(_Entry):
    """What a colleague writes."""

    type: Literal["person"] = "person"
    name: str
    text: str


class Status(_Entry):
    """A change that the page shows without words of the conversation.

    ``thinking``: the desk began to work by itself (a customer's message says the same).
    ``idle``: it is done and waits for the customer. ``waiting_for_person``: handed over.
    ``with_person``: a colleague took it. ``with_assistant``: the colleague gave it back.
    """

    type: Literal["status"] = "status"
    status: Literal["thinking", "idle", "waiting_for_person", "with_person", "with_assistant"]
    name: str = Field(default="", description="Of the colleague.")


class Language(_Entry):
    """The desk goes on in another language, the customer's."""

    type: Literal["language"] = "language"
    language: str


Entry: TypeAlias = Annotated[
    CustomerMessage | Reply | PersonReply | Status | Language, Field(discriminator="type")
]


class Transcript:
    """Reads the log in its order; remembers the buttons, to say what a press meant."""

    def __init__(self) -> None:
        self._labels = {PERSON_DOES: PERSON_LABEL}

    def entry(self, recorded: e.Recorded) -> Entry | None:
        """What the customer sees of the event, if anything."""
        seq, at, event = recorded.seq, recorded.at, recorded.event
        match event:
            case e.TurnStarted(cause="message"):
                return CustomerMessage(seq=seq, at=at, id=event.trigger, text=event.text)
            case e.TurnStarted(cause="button"):
                label = self._labels.get(event.text, "…")
                return CustomerMessage(seq=seq, at=at, id=event.trigger, text=label)
            case e.TurnStarted():
                return Status(seq=seq, at=at, status="thinking")
            case e.TurnEnded():
                return Status(seq=seq, at=at, status="idle")
            case e.Replied():
                return self._reply(seq, at, event)
            case e.PersonReplied():
                return PersonReply(seq=seq, at=at, name=event.person, text=event.text)
            case e.LanguageChanged():
                return Language(seq=seq, at=at, language=event.language)
            case e.HandedOver():
                return Status(seq=seq, at=at, status="waiting_for_person")
            case e.PersonClaimed():
                return Status(seq=seq, at=at, status="with_person", name=event.person)
            case e.PersonReleased():
                return Status(seq=seq, at=at, status="with_assistant", name=event.person)
            case _:
                return None

    def _reply(self, seq: int, at: datetime, event: e.Replied) -> Reply:
        self._labels |= {button.does: button.label for button in event.buttons}
        buttons = [
            ChatButton(label=button.label, does=f"{seq}.{place}")
            for place, button in enumerate(event.buttons)
        ]
        sources = [Source(title=c.title, passage=c.passage) for c in event.citations]
        return Reply(seq=seq, at=at, text=event.text, buttons=buttons, citations=sources)


def button_of(recorded: e.Recorded, place: int) -> e.Button | None:
    """The button at this place of the event."""
    if isinstance(recorded.event, e.Replied) and place < len(recorded.event.buttons):
        return recorded.event.buttons[place]
    return None
