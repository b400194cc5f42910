"""A language model that says what it is told to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from frontdesk.types.generation import Completion, Generation, Message, Piece, Usage


class ScriptedModel:
    """A :class:`~frontdesk.ports.LanguageModel` for tests: answers in the order given.

    With nothing left to say it answers ``unclear``. An exception among the answers is raised.
    """

    name = "scripted"

    def __init__(self, answers: Sequence[str | Exception] = ()) -> None:
        self.answers: list[str | Exception] = list(answers)
        self.requests: list[Generation] = []
        """What it was asked."""

    async def warm(self, prefix: Sequence[Message]) -> None:
        """Nothing to compute."""

    async def generate(self, request: Generation) -> Completion:
        """The next answer."""
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else "unclear"
        if isinstance(answer, Exception):
            raise answer
        return Completion(answer, Usage(generated_tokens=len(answer.split())))

    async def stream(self, request: Generation) -> AsyncIterator[Piece]:
        """The next answer, word by word."""
        completion = await self.generate(request)
        for word in completion.text.split(" "):
            yield Piece(f"{word} ")
        yield Piece("", completion.usage)

    async def close(self) -> None:
        """Nothing to free."""
