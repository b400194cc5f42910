"""Words as coordinates: which ones count, how much, and what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.intents.words import Words, without_references

EXAMPLES = [
    "cancel this please",
    "cancel my stay please",
    "move this please",
    "move my stay please",
    "don't move Évora please",
    "don't you see Évora please",
]
"""What stands in two or more: all but "you" and "see"."""


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(EXAMPLES)


def nearness(words: Words, one: str, other: str) -> float:
    first, second = words.vectors([one, other])
    return float(first @ second)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("cancel HB-1042 please", "cancel this please"),
        ("HB1042, hb-1043 and B-100", "this, this and this"),
        ("booking É-123!", "booking this!"),
        ("(HB-1042)", "(this)"),
        ("room 1042 on 14 May 2026", "room 1042 on 14 May 2026"),
        ("A4, HB-12, B2B", "A4, HB-12, B2B"),
        ("ABCDE-1042", "ABCDE-1042"),
        ("HB-1042x xHB_1042", "HB-1042x xHB_1042"),
        ("HB 1042", "HB 1042"),
        ("", ""),
    ],
)
def test_a_reference_says_nothing_about_what_is_wanted(text: str, plain: str) -> None:
    assert without_references(text) == plain


def test_the_verb_tells_requests_apart(words: Words) -> None:
    text = "cancel HB-1042 please"
    assert nearness(words, text, "cancel it") > nearness(words, text, "move HB-1042 please")
    assert nearness(words, "cancel please", "move please") == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cancel this", "Cancel THIS!"),
        ("cancel this", "this: cancel, cancel, cancel"),
        ("cancel this", "xylophone cancel 99 this"),
        ("cancel this", "cancel HB-1042"),
        ("don't", "DON'T"),
        ("ÉVORA", "évora"),
        ("please cancel", "cancel"),
    ],
)
def test_what_makes_no_difference(words: Words, one: str, other: str) -> None:
    """Case, order, how often, what no example has, which booking, a word that all have."""
    assert nearness(words, one, other) == pytest.approx(1.0)


@pytest.mark.parametrize(("one", "other"), [("don't", "don"), ("stay", "stays"), ("my", "myself")])
def test_only_whole_words_are_the_same(words: Words, one: str, other: str) -> None:
    assert nearness(words, one, other) == 0.0


@pytest.mark.parametrize("text", ["", "xylophone", "you see", "please", "12 + 3", "🙂", "_"])
def test_a_text_without_known_words_has_no_length(words: Words, text: str) -> None:
    """A word that all examples have says as little as one that only one has."""
    assert np.linalg.norm(words.vectors([text])) == 0.0


def test_a_rare_word_weighs_more() -> None:
    words = Words(["rare common", "rare common", "common", "common", "other"])
    common, rare = sorted(words.vectors(["rare common"])[0])
    assert rare / common == pytest.approx(math.log(5 / 2) / math.log(5 / 4))


def test_a_word_counts_once_for_each_example() -> None:
    words = Words(["twice twice", "once", "again again", "again"])
    assert np.linalg.norm(words.vectors(["twice"])) == 0.0
    assert np.linalg.norm(words.vectors(["again"])) == pytest.approx(1.0)


def test_one_row_for_each_text_and_one_column_for_each_word(words: Words) -> None:
    found = words.vectors(text for text in [*EXAMPLES, "xylophone"])
    # cancel, don't, évora, move, my, please, stay, this
    assert found.shape == (7, 8)
    assert found.dtype == np.float32
    assert words.vectors([]).shape == (0, 8)


def test_the_same_examples_in_any_order_give_the_same_vectors() -> None:
    texts = ["cancel my stay", "don't move this"]
    backwards = Words(EXAMPLES[::-1]).vectors(texts)
    assert np.array_equal(Words(EXAMPLES).vectors(texts), backwards)


@given(st.text(max_size=40))
def test_any_text_has_a_vector_of_length_1_or_0(text: str) -> None:
    length = float(np.linalg.norm(Words(EXAMPLES).vectors([f"{text} cancel", text])[0]))
    assert length == pytest.approx(1.0) or length == 0.0


def test_neighbouring_characters_are_words_where_there_are_no_spaces() -> None:
    words = Words(["我要退款", "退款没到", "我要发票", "发票没到"])
    assert nearness(words, "退款！", "要退款了") > nearness(words, "退款！", "要发票了")
