"""Everything that frontdesk raises, split by who can act on it.

The docstring of a class is its default message. Foreign exceptions are wrapped where they
enter, with ``raise ... from``, so that no caller needs to know which library failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from frontdesk.mistakes import Kind, Severity


class FrontdeskError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class OperatorError(FrontdeskError):
    """The operator's files, settings or machine need attention."""


class CustomerError(FrontdeskError):
    """The customer's request can't be taken as it is."""


class ModelError(FrontdeskError):
    """The language model gave no usable answer."""


class UpstreamError(FrontdeskError):
    """A system that the desk depends on failed."""


class InternalError(FrontdeskError):
    """frontdesk broke one of its own rules; please report it."""


# -- operator ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """One mistake in a desk's file: where it is, what is wrong, what to write instead."""

    file: Path
    line: int
    """Counts from 1."""
    kind: Kind
    message: str
    fix: str

    @property
    def severity(self) -> Severity:
        """Whether it keeps the desk from loading."""
        return self.kind.severity

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}\n    {self.fix}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file; in a file errors come before warnings, then by line."""
    return sorted(set(problems), key=lambda p: (str(p.file), p.severity, p.line, p.message))


class DeskError(OperatorError):
    """The desk has mistakes."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UnknownModel(OperatorError):
    """No model of that id is in the catalogue."""


class ModelFileError(OperatorError):
    """The model's file is missing or doesn't hold the bytes that the catalogue names."""


class PullFailed(OperatorError):
    """The model could not be fetched; what arrived is kept and the next pull goes on from it."""


class SettingError(OperatorError):
    """A setting or an option is wrong."""


# -- customer ---------------------------------------------------------------------------------


class MessageRefused(CustomerError):
    """The message can't be taken: it is empty or too long."""


class TokenRefused(CustomerError):
    """The conversation's token or the customer's identity is missing, broken or expired."""


# -- model ------------------------------------------------------------------------------------


class EngineDied(ModelError):
    """The engine that runs the model stopped while it was answering."""


class EngineTimeout(ModelError):
    """The engine took longer than the time allowed."""


class RequestRefused(ModelError):
    """The engine refused the request: a bad grammar, too long a prompt, no such model, no key."""


# -- upstream ---------------------------------------------------------------------------------


class StoreError(UpstreamError):
    """The database can't be opened or written."""


class ConversationMoved(UpstreamError):
    """Somebody else appended to the conversation first; read it again."""


class LeaseLost(ConversationMoved):
    """The conversation was leased to somebody else meanwhile; leave it to them."""


# -- us ---------------------------------------------------------------------------------------


class IllegalMove(InternalError):
    """An event doesn't fit the state that it is applied to."""
