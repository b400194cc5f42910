"""A language is told only where it is certain."""

from __future__ import annotations

import pytest

from frontdesk.languages.detect import LIKELY, detect


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "I want to cancel my booking"), ("es", "quiero hablar con una persona de la reserva"),
     ("es", "necesito la factura de mi última estancia"), ("zh", "我想取消预订"),
     ("zh", "帮我把HB-1042改到6月3日"), ("de", "Die Heizung funktioniert nicht"),
     ("fr", "Je voudrais annuler ma réservation"), ("pt", "O aquecimento não funciona"),
     ("it", "Vorrei cancellare la mia prenotazione"), ("ar", "أريد إلغاء حجزي"),
     ("es", "¡¡HUELE A GAS EN LA COCINA!!"), ("en", "CANCEL MY BOOKING NOW"),
     ("hi", "मुझे रिफंड कब मिलेगा?"), ("ja", "予約をキャンセルしたいです")],
)  # fmt: skip
def test_a_sentence_has_a_language(language: str, text: str) -> None:
    found = detect(text)
    assert found is not None
    assert found.language == language
    assert found.probability >= LIKELY


@pytest.mark.parametrize(
    "text",
    ["ok", "no", "HB-1042", "Porto", "Casa do Rio", "Jean-Pierre Dupont", "ANA DE SOUSA", "14/05",
     "👍", "hotel", "ana@example.com", "Rua das Flores 12", "???", "是", "asdf qwer 77"],
)  # fmt: skip
def test_names_numbers_and_single_words_have_none(text: str) -> None:
    found = detect(text)
    assert found is None or found.probability < LIKELY
