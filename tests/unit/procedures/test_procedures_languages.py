"""What customers say in Spanish and in Chinese, and conversations that change their language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from moneyed import Money
from rules_desk import CANCEL, MOVE, NOW, REPORT, Talk, desk_of

from frontdesk.procedures.answers import answer_of
from frontdesk.procedures.language import changed, lacked
from frontdesk.procedures.mentions import Context, find
from frontdesk.types import events as e
from frontdesk.types.procedures import Slot


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("yes", ["Sí, por favor", "claro que sí", "esta bien", "好的，谢谢", "是的没错", "确认"]),
        ("no", ["no, gracias", "todavía no", "claro que no", "不用了谢谢", "不是", "先不要"]),
        ("hesitation", ["no sé", "espere un momento", "creo que sí", "等一下", "好像是", "不知道"]),
        (None, ["sí, pero el 14", "no sé si sí", "是不是", "可以吗", "是吧", "好但是要改", "对不起",
                "取消", "对了", "sí quiero cambiar la fecha", "no quiero esa, la otra", "ya"]),
    ],
)  # fmt: skip
def test_consent_is_only_what_says_nothing_else(answer: str | None, texts: list[str]) -> None:
    assert {text: answer_of(text) for text in texts} == dict.fromkeys(texts, answer)


@pytest.mark.parametrize(
    ("language", "kind", "text", "values"),
    [
        ("es", "date", "pasado mañana", [date(2026, 5, 6)]),
        ("es", "date", "del 3 al 5 de junio", [date(2026, 6, 3), date(2026, 6, 5)]),
        ("es", "date", "1º de junio", [date(2026, 6, 1)]),
        ("es", "date", "el primero de junio", [date(2026, 6, 1)]),
        ("es", "date", "dentro de dos semanas", [date(2026, 5, 18)]),
        ("es", "date", "el 3 del mes que viene", []),
        (
            "es",
            "date",
            "llegamos el 3 de junio y salimos el 5",
            [date(2026, 6, 3), date(2026, 6, 5)],
        ),
        ("en", "date", "from 3 June, leaving on the 5th", [date(2026, 6, 3), date(2026, 6, 5)]),
        ("es", "date", "el próximo viernes", [date(2026, 5, 8)]),
        ("es", "date", "el viernes pasado", []),
        ("es", "time", "a las 3 de la tarde", [time(15)]),
        ("es", "money", "ciento veinte euros", [Money(120, "EUR")]),
        ("zh", "date", "改到6月3日到5日", [date(2026, 6, 3), date(2026, 6, 5)]),
        ("zh", "date", "6月3日到，5号走", [date(2026, 6, 3), date(2026, 6, 5)]),
        ("zh", "date", "3到5号", [date(2026, 6, 3), date(2026, 6, 5)]),
        ("zh", "date", "5月20日（周三）", [date(2026, 5, 20)]),
        ("zh", "date", "下周五", [date(2026, 5, 15)]),
        ("zh", "date", "上周五", []),
        ("zh", "date", "2月30日", []),
        ("zh", "time", "下午三点半", [time(15, 30)]),
        ("zh", "number", "两千五", [Decimal(2500)]),
        ("zh", "number", "千万不要一样", []),
        ("zh", "money", "大概120欧元吧", [Money(120, "EUR")]),
        ("zh", "money", "120元", []),
        ("zh", "money", "三十七块五", []),
        ("zh", "email", "我的邮箱是ana@example.com", ["ana@example.com"]),
    ],
)
def test_values(language: str, kind: Any, text: str, values: list[Any]) -> None:
    found = find(Slot("x", kind), text, Context(NOW, language, "EUR"))
    assert [mention.value for mention in found] == values


def talk(language: str, *procedures: str) -> Talk:
    conversation = Talk(desk_of(*procedures, languages=("en", "es", "zh")))
    conversation.add(e.LanguageChanged(language))
    return conversation


@pytest.mark.parametrize(
    ("language", "second", "yes"), [("es", "la segunda", "sí, adelante"), ("zh", "第二个", "好的")]
)
def test_a_cancellation(language: str, second: str, yes: str) -> None:
    conversation = talk(language, CANCEL).say("x y z", "start cancel").say(second)
    assert conversation.node == "agree"
    conversation.say(yes)
    assert [name for name, _ in conversation.writes] == ["cancel_booking"]


def test_the_language_follows_the_customer() -> None:
    conversation = talk("en", REPORT)
    assert changed(conversation.desk, conversation.state, "Quiero cancelar mi reserva") == "es"
    assert changed(conversation.desk, conversation.state, "no") is None
    conversation.say("x y z", "start report").say("noise")
    assert conversation.node == "how"  # a text may be in any language
    assert changed(conversation.desk, conversation.state, "Quiero cancelar mi reserva") is None


def test_a_language_that_the_desk_lacks_is_owned_up_to_once() -> None:
    conversation = Talk(desk_of(MOVE))
    conversation.say("Je voudrais annuler ma réservation")
    assert "anglais" in conversation.replies[0]
    assert conversation.does == ["human", "decline"]
    conversation.say("Le chauffage ne marche pas depuis hier")
    assert [event.said for event in conversation.of(e.Replied)] == ["offer"]
    conversation.say("oui")
    assert conversation.state.holder == "queue"


def test_english_is_never_lacked() -> None:
    conversation = Talk(replace(desk_of(MOVE)))
    assert lacked(conversation.desk, conversation.state, "the door wont open, help") is None
