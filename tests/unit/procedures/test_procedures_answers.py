"""Yes, no and hesitation: nothing that says more is ever one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.procedures.answers import answer_of


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes!", "YES PLEASE", "yes, please.", "ok", "Okay then", "sure", "go ahead", "do it",
     "yes yes yes", "that's right", "I'm sure", "please proceed", "y", "👍", "yes 👍", '"yes"',
     "yes, that's it", "yes, that too",
     "sí", "Sí, por favor", "vale", "ja bitte", "oui merci", "d’accord", "sim", "是", "好的",
     "是的，请", "نعم", "हाँ"],
)  # fmt: skip
def test_a_yes(text: str) -> None:
    assert answer_of(text) == "yes"


@pytest.mark.parametrize(
    "text",
    ["no", "No, thank you", "nope", "don't", "don’t", "please don't do it", "not now", "no way",
     "never mind", "rather not", "n", "nein danke", "non merci", "mejor no", "não", "不", "不用",
     "لا"],
)  # fmt: skip
def test_a_no(text: str) -> None:
    assert answer_of(text) == "no"


@pytest.mark.parametrize(
    "text",
    ["hmm", "Hmmmm...", "uh", "maybe", "not sure", "I'm not sure yet", "let me think about it",
     "wait", "one moment please", "I guess so", "probably", "I don't know", "quizás",
     "vielleicht", "peut-être", "也许"],
)  # fmt: skip
def test_a_hesitation(text: str) -> None:
    assert answer_of(text) == "hesitation"


@pytest.mark.parametrize(
    "text",
    ["", "  ", "!", "yes?", "sure？", "نعم؟", "yes but on the 14th", "yes, but", "yes no",
     "no yes", "yes hmm", "ok, wait", "yes, I guess", "yes.\nno.", "yes/no", "yes or no",
     "no no no yes", "no go ahead", "absolutely not", "of course not", "certainly not",
     "yes not", "not ok", "that's not right", "I agree not", "great", "thanks", "please", "it",
     "yes 👎", "👎", "yesterday", "note", "yes and cancel the other one too", "okay the second one",
     "yes to the refund, not the cancellation", "no problem", "si no", "yes " * 30, "yes" * 1000],
)  # fmt: skip
def test_what_says_more_is_no_answer(text: str) -> None:
    assert answer_of(text) is None


@pytest.mark.parametrize(
    "text",
    ["ok cancel it", "sure, cancel it", "ok, change it", "correct it", "correct it please",
     "correct that", "yes, please correct this"],
)  # fmt: skip
def test_another_wish_is_no_yes(text: str) -> None:
    """Asked "Shall I move it to 14 May?", who says "ok, cancel it" did not agree to that."""
    assert answer_of(text) != "yes"


@pytest.mark.parametrize("text", ["¡sí!", "好吧", "(yes)"])
def test_a_yes_in_its_own_punctuation(text: str) -> None:
    assert answer_of(text) == "yes"


@given(st.text(max_size=90))
def test_nothing_that_is_written_raises(text: str) -> None:
    assert answer_of(text) in ("yes", "no", "hesitation", None)


WORDS = st.sampled_from(
    ["yes", "no", "ok", "please", "not", "but", "don't", "maybe", "wait", "the", "HB-1042", "sí"]
)
DENYING = {"no", "not", "don't", "but", "maybe", "wait", "the", "HB-1042"}


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_a_yes_holds_nothing_that_denies_or_adds(words: list[str]) -> None:
    if answer_of(" ".join(words)) == "yes":
        assert not DENYING & set(words)
