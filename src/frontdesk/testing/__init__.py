"""Fakes that ship: for the tests of frontdesk, of a desk, and of what is built on top."""

from frontdesk.testing.clock import FixedClock
from frontdesk.testing.embedding import WordEmbedder
from frontdesk.testing.models import ScriptedModel

__all__ = ["FixedClock", "ScriptedModel", "WordEmbedder"]
