"""What the demo desk's examples teach, with embeddings that only count words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from frontdesk.app import load_desk
from frontdesk.intents.examples import (
    Labelled,
    labelled,
    labelled_options,
    labelled_texts,
    labelled_within,
)
from frontdesk.intents.intents import Intents
from frontdesk.testing import WordEmbedder
from frontdesk.types.desk import Desk
from frontdesk.types.hint import Hint

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load_desk(DESK).desk


@pytest.fixture(scope="module")
def intents(desk: Desk) -> Intents:
    return asyncio.run(Intents.learn(WordEmbedder(), desk))


def test_every_public_procedure_and_every_question_is_learnt(desk: Desk) -> None:
    labels = {one.label for one in labelled(desk)}
    public = {f"start {p.name}" for p in desk.procedures.values() if not p.internal}
    assert labels == {*public, "ask", "human", "chat", "unclear"}
    texts = {one.text for one in labelled(desk) if one.label == "ask"}
    assert texts >= {q for article in desk.articles for q in article.questions}


def test_the_middle_of_a_procedure_knows_more(desk: Desk) -> None:
    more = {one.label for one in labelled_within(desk)} - {one.label for one in labelled(desk)}
    assert {"cancel", "correct", "agree", "answer message", "answer reason"} <= more


def test_options_are_learnt_from_examples_and_from_their_own_words(desk: Desk) -> None:
    report = desk.procedures["report_problem"]
    found = labelled_options(report, report.slots["kind"], "-", "en")
    assert Labelled("the heating doesn't work", "heating", "en") in found
    assert Labelled("radiator", "heating", "en") in found
    assert any(one.label == "-" for one in found)
    assert labelled_options(report, report.slots["description"], "-", "en") == []


def test_a_text_is_learnt_only_where_examples_differ(desk: Desk) -> None:
    host = desk.procedures["message_host"]
    assert {one.label for one in labelled_texts(host, host.slots["message"], "-", "en")} == {
        "message",
        "-",
    }
    dates = desk.procedures["change_dates"]
    assert labelled_texts(dates, dates.slots["check_in"], "-", "en") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("please cancel my booking", "start cancel_booking"),
        ("where is my refund?", "start refund_status"),
        ("send me the invoice", "start get_invoice"),
        ("how much is the tourist tax?", "ask"),
        ("let me speak to a person", "human"),
    ],
)
async def test_a_message_resembles_its_examples(intents: Intents, text: str, line: str) -> None:
    hint = await intents.hint(text)
    assert next(iter(hint.lines)) == line
    assert sum(hint.lines.values()) == pytest.approx(1.0)
    assert sum(hint.within.values()) == pytest.approx(1.0)


async def test_an_option_is_found_in_other_words(intents: Intents) -> None:
    hint = await intents.hint("the heating and the radiator are cold")
    assert hint.options["report_problem"]["kind"] == "heating"
    nothing = await intents.hint("I want to complain about the apartment in Lisbon")
    assert "kind" not in nothing.options.get("report_problem", {})


async def test_two_requests_in_one_message_are_noticed(intents: Intents) -> None:
    one = "please cancel HB-1042"
    other = "I need an invoice for HB-1042"
    assert not (await intents.hint(one)).several
    assert (await intents.hint(f"{one}. {other}")).several


@pytest.mark.parametrize("text", ["", "   ", "🙂", "مرحبا", "x" * 5000, "\x00\x01"])
async def test_anything_can_be_asked_about(intents: Intents, text: str) -> None:
    assert isinstance(await intents.hint(text), Hint)


@pytest.mark.parametrize("language", ["es", "zh"])
def test_a_desks_languages_bring_their_phrases(desk: Desk, language: str) -> None:
    more = labelled_within(replace(desk, languages=("en", language)))
    assert {"human", "chat", "unclear", "cancel", "correct", "agree"} <= {
        one.label for one in more if one.language == language
    }
    general = [one for one in more if one.label in {"human", "chat", "cancel", "correct", "agree"}]
    assert {one.language for one in general} == {"en", language}


def test_a_language_without_phrases_has_the_english_ones(desk: Desk) -> None:
    found = labelled(replace(desk, languages=("fi",)))
    assert any(one.language == "en" and one.label == "human" for one in found)


def test_a_translated_article_teaches_in_its_language(desk: Desk) -> None:
    article = replace(desk.articles[0], questions=("¿Cuánto cuesta?",), language="es")
    found = labelled(replace(desk, articles=(article,), languages=("en", "es")))
    assert [one.language for one in found if one.text == "¿Cuánto cuesta?"] == ["es"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "quiero hablar con una persona, ¿quién es el responsable de esto?"),
        ("zh", "请帮我接客服人员。"),
    ],
)
async def test_a_message_resembles_phrases_of_its_language(
    desk: Desk, language: str, text: str
) -> None:
    made = await Intents.learn(WordEmbedder(), replace(desk, languages=("en", language)))
    assert next(iter((await made.hint(text, language)).lines)) == "human"
