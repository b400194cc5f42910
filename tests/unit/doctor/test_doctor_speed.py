from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from frontdesk.doctor.speed import measure
from frontdesk.errors import ModelError
from frontdesk.types.generation import Completion, Generation, Message, Piece, Usage


class Metronome:
    """A model that takes 10 ms for a prompt token and 50 ms for each that it writes."""

    name = "metronome"

    def __init__(self, longest: int = 1000) -> None:
        self._seen: set[tuple[Message, ...]] = set()
        self._longest = longest

    async def warm(self, prefix: Sequence[Message]) -> None:
        pass

    async def generate(self, request: Generation) -> Completion:
        read = 2 if request.messages in self._seen else 300
        self._seen.add(request.messages)
        written = min(request.max_tokens, self._longest)
        cost = Usage(read, 0, written, 10.0 * read + 50.0 * (written if written > 1 else 0))
        return Completion("0 1", cost)

    async def stream(self, request: Generation) -> AsyncIterator[Piece]:
        yield Piece((await self.generate(request)).text)

    async def close(self) -> None:
        pass


async def test_reading_and_writing_are_told_apart() -> None:
    speed = await measure(Metronome())
    assert (speed.prompt, speed.generated) == (pytest.approx(100.0), pytest.approx(20.0))
    assert speed.measured


async def test_a_model_that_writes_nothing_has_no_speed() -> None:
    with pytest.raises(ModelError, match="metronome gave no text"):
        await measure(Metronome(longest=0))
