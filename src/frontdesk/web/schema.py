"""Requests and answers of the HTTP API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.web.transcript import BUTTON_PATTERN, Entry

_Seen = Annotated[
    int | None,
    Field(
        ge=0,
        le=2**53,
        description="The last event that the page had shown. A yes to a question that wasn't "
        "shown yet is not taken for consent.",
    ),
]
_ClientId = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="The client's own id; sent again with the same id, it is taken once.",
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OpenRequest(_Request):
    """Who opens a conversation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"identity": "eyJhbGciOiJIUzI1NiIs..."}]}
    )
    identity: str | None = Field(
        default=None,
        max_length=8192,
        description="A JSON Web Token, signed by the host site; none for an unknown customer.",
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="The customer's language, such as `es` or `zh-CN`. Without it, or where the "
        "desk lacks it, the `Accept-Language` header counts.",
    )


class Opened(BaseModel):
    """A new conversation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"token": "k3v…", "desk": "Harbor Stays", "language": "en"}]
        }
    )
    token: str = Field(description="Opens the conversation; the desk keeps only its hash.")
    desk: str = Field(description="The desk's name.")
    language: str = Field(description="The language that it begins in.")


class MessageRequest(_Request):
    """A customer's message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "I need to cancel my trip to Porto", "id": "c-1", "seen": 2}]
        }
    )
    text: str
    id: _ClientId = None
    seen: _Seen = None


class ButtonRequest(_Request):
    """A pressed button."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"does": "12.0", "id": "c-2", "seen": 13}]}
    )
    does: str = Field(
        pattern=BUTTON_PATTERN,
        description="As the reply gave it; `person` always asks for a colleague.",
    )
    id: _ClientId = None
    seen: _Seen = None


class Accepted(BaseModel):
    """The desk has it, whatever happens next."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"accepted": "0b6e4c…"}]})
    accepted: str = Field(description="The `id` of the `message` entry that will show it.")


class History(BaseModel):
    """The conversation so far."""

    desk: str
    customer: str = Field(description="The name of who is signed in; empty for nobody.")
    language: str = Field(description="The language that the conversation is in now.")
    entries: list[Entry]
    last: int = Field(description="Give it as `Last-Event-ID` to follow from here.")


class DeskInfo(BaseModel):
    """What a page needs to know before a conversation begins."""

    name: str
    language: str = Field(description="The desk's first language.")
    languages: list[str] = Field(description="All that it speaks.")
    message_characters: int = Field(description="The longest message that is taken.")
    demo: bool = Field(description="Whether `/demo` is there.")


class Health(BaseModel):
    """The process is up."""

    status: str = "ok"


class Problem(BaseModel):
    """What is wrong, for programs and for people."""

    code: str
    message: str


class Failure(BaseModel):
    """The body of every answer that isn't a success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": {"code": "message_refused", "message": "the message is empty"}}]
        }
    )
    error: Problem


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses``: the failures that it can answer with."""
    return {status: {"model": Failure, "description": _MEANING[status]} for status in statuses}


_MEANING = {
    401: "The token or the identity is missing, broken or expired.",
    404: "There is no such thing.",
    413: "The request is too large.",
    422: "The request can't be taken as it is.",
    503: "The desk's database can't be used at the moment.",
}
