"""Words of scripts without spaces, for search and classifiers."""

from __future__ import annotations

import pytest

from frontdesk.types.writing import spaced


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("退款多久", ["退款", "款多", "多久"]),
        ("猫", ["猫"]),
        ("我的wifi坏了", ["我的", "wifi", "坏了"]),
        ("HB-1042的退款", ["HB-1042", "的退", "退款"]),
        ("返金はいつ", ["返金", "金は", "はい", "いつ"]),
    ],
)
def test_neighbours_are_words_where_a_script_has_no_spaces(text: str, words: list[str]) -> None:
    assert spaced(text).split() == words


@pytest.mark.parametrize(
    "text", ["", "How long?", "¿Cuánto tarda?", "сколько", "환불 언제", "a  b"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert spaced(text) == text
