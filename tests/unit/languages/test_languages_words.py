"""What each language's file holds."""

from __future__ import annotations

import re

import pytest

from frontdesk.languages.words import codes, patterns, replies
from frontdesk.procedures.builtin import MESSAGES
from frontdesk.procedures.templates import names_of


@pytest.mark.parametrize("language", ["es", "zh"])
def test_every_reply_is_there_with_the_same_names(language: str) -> None:
    for name, texts in replies().items():
        assert names_of(texts[language]) == names_of(texts["en"]), name


@pytest.mark.parametrize("language", [code for code in codes() if code not in ("en", "es", "zh")])
def test_a_language_that_is_only_understood_says_so_and_offers_a_colleague(language: str) -> None:
    own = {name for name, texts in MESSAGES.items() if language in texts}
    assert own == {"other_language", "offer", "yes", "no"}


def test_every_pattern_is_one() -> None:
    for kind in ("yes", "no", "hesitation", "polite", "person", "positions", "dates.relative"):
        for pattern in patterns(kind):
            re.compile(pattern)
