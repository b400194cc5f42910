"""The embedding model's real weights: what its vectors are, and what a desk learns from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from frontdesk.app import Semantics, load_desk, open_semantics
from frontdesk.errors import ModelFileError
from frontdesk.intents.intents import Intents
from frontdesk.models.catalogue import embedder as embedder_entry
from frontdesk.models.catalogue import find
from frontdesk.models.embedding import LocalEmbedder
from frontdesk.models.shelf import Shelf
from frontdesk.settings import from_environment

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
MINILM = embedder_entry()
TEXTS = ["cancel my booking", "I want to call off my stay", "where can I park"]


@pytest.fixture(scope="module", params=["minilm", "e5-small"])
def embedder(
    request: pytest.FixtureRequest, minilm_path: Path, e5_path: Path
) -> Iterator[LocalEmbedder]:
    # One thread: more that share a busy machine's cores wait for each other.
    made = LocalEmbedder(find(request.param), Shelf(e5_path.parent), threads=1)
    yield made
    asyncio.run(made.close())


@pytest.fixture(scope="module")
def intents(minilm_path: Path) -> Iterator[Intents]:
    made = LocalEmbedder(MINILM, Shelf(minilm_path.parent), threads=1)
    yield asyncio.run(Intents.learn(made, load_desk(DESK).desk))
    asyncio.run(made.close())


async def test_each_text_gets_a_vector_of_length_1(embedder: LocalEmbedder) -> None:
    found = await embedder.embed(TEXTS)
    assert found.shape == (3, 384)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)


async def test_texts_that_mean_alike_lie_close(embedder: LocalEmbedder) -> None:
    cancel, call_off, park = await embedder.embed(TEXTS)
    assert 1 - cancel @ park > 1.25 * (1 - cancel @ call_off)


async def test_the_order_of_the_texts_stays(embedder: LocalEmbedder) -> None:
    """They are computed by length, in batches of 16."""
    texts = [f"{'very ' * (n * 7 % 20)}long text number {n}" for n in range(40)]
    found = await embedder.embed(texts)
    for place in (0, 13, 39):
        (alone,) = await embedder.embed([texts[place]])
        assert int((found @ alone).argmax()) == place


@pytest.mark.parametrize("others", [["park"], [*TEXTS] * 8, ["a much longer text " * 30]])
async def test_a_text_alone_gets_the_vector_that_it_gets_among_others(
    embedder: LocalEmbedder, others: list[str]
) -> None:
    (alone,) = await embedder.embed([TEXTS[1]])
    *_, among = await embedder.embed([*others, TEXTS[1]])
    assert among == pytest.approx(alone, abs=1e-4)


async def test_the_same_text_gives_the_same_vector(embedder: LocalEmbedder) -> None:
    assert np.array_equal(await embedder.embed(TEXTS), await embedder.embed(TEXTS))


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000, "word " * 1000, "🙂", "退款", "\x00"])
async def test_any_text_has_a_vector(embedder: LocalEmbedder, text: str) -> None:
    (found,) = await embedder.embed([text])
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-5)


async def test_a_text_is_read_up_to_the_models_context(embedder: LocalEmbedder) -> None:
    one, other = await embedder.embed([f"{'word ' * 1000}cancel", f"{'word ' * 1000}park"])
    assert one == pytest.approx(other, abs=1e-5)


async def test_no_texts_have_no_vectors(embedder: LocalEmbedder) -> None:
    assert len(await embedder.embed([])) == 0


async def test_who_has_no_weights_hears_how_to_get_them(tmp_path: Path) -> None:
    bare = LocalEmbedder(MINILM, Shelf(tmp_path), threads=1)
    with pytest.raises(ModelFileError, match=r"frontdesk models pull minilm\b"):
        await bare.embed(["cancel"])
    await bare.close()


async def test_weights_that_were_changed_are_not_loaded(minilm_path: Path, tmp_path: Path) -> None:
    changed = bytearray(minilm_path.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / MINILM.filename).write_bytes(changed)
    other = LocalEmbedder(MINILM, Shelf(tmp_path), threads=1)
    with pytest.raises(ModelFileError, match=r"SHA-256.*frontdesk models pull minilm\b"):
        await other.embed(["cancel"])
    await other.close()


# -- what a desk learns -----------------------------------------------------------------------

PLAIN = {
    "Hello, I have to cancel my trip to Faro, please.": "cancel_booking",
    "I would like to give you a new phone number for my account": "change_contact",
    "Could I move my reservation to the first week of September?": "change_dates",
    "What is the address of the apartment, and the code for the door?": "check_in_info",
    "Please send me a receipt for my last stay": "get_invoice",
    "Can you tell the host that we will be there at ten in the evening?": "message_host",
    "My refund has still not arrived, where is it?": "refund_status",
    "The shower in our apartment is broken and the kitchen is dirty": "report_problem",
    "The heating did not work for three days, I want some of my money back": "request_extra_refund",
    "Which bookings do I have at the moment?": "show_bookings",
}


@pytest.mark.parametrize("text", PLAIN)
async def test_a_plain_request_is_understood(intents: Intents, text: str) -> None:
    lines = (await intents.hint(text)).lines
    assert next(iter(lines)) == f"start {PLAIN[text]}"


async def test_every_public_procedure_is_among_them() -> None:
    desk = load_desk(DESK).desk
    assert set(PLAIN.values()) == {p.name for p in desk.procedures.values() if not p.internal}


@pytest.mark.parametrize(
    "text",
    [
        "Beat three eggs with the sugar, fold in the flour and bake it for forty minutes",
        "The square root of two is an irrational number",
    ],
)
async def test_what_is_no_request_is_surely_none(intents: Intents, text: str) -> None:
    """Below 0.75 the examples decide nothing alone."""
    lines = (await intents.hint(text)).lines
    assert max(lines[line] for line in lines if line.startswith("start ")) < 0.75


async def test_an_option_is_found_by_its_meaning(intents: Intents) -> None:
    hint = await intents.hint("it is freezing in our bedroom, nothing gets warm")
    assert hint.options["report_problem"]["kind"] == "heating"


# -- other languages --------------------------------------------------------------------------

ARTICLES = {
    "parking": ("停车", "老城区的街道只供居民停车，停车场每天15到25欧元。"),
    "pets": ("宠物", "只有页面上写明欢迎宠物的房源才可以带狗或其他宠物。"),
    "refund-times": ("退款时间", "退款通常需要5个工作日到账，最多10个工作日。"),
}
"""What of the demo desk's knowledge there is in Chinese; in Spanish there is nothing."""


@asynccontextmanager
async def spoken(*languages: str) -> AsyncIterator[Semantics]:
    """The demo desk with more languages."""
    desk = load_desk(DESK).desk
    some = (
        replace(next(a for a in desk.articles if a.article == name), language="zh",
                title=title, heading="", text=text, questions=())
        for name, (title, text) in ARTICLES.items()
    )  # fmt: skip
    desk = replace(desk, languages=languages, articles=(*desk.articles, *some))
    async with open_semantics(from_environment(), desk) as found:
        yield found


@pytest.fixture(scope="module")
def semantics(e5_path: Path) -> Iterator[Semantics]:
    loop = asyncio.new_event_loop()
    opened = spoken("en", "es", "zh")
    yield loop.run_until_complete(opened.__aenter__())
    loop.run_until_complete(opened.__aexit__(None, None, None))
    loop.close()


async def test_the_same_in_another_language_lies_close(e5_path: Path) -> None:
    made = LocalEmbedder(find("e5-small"), Shelf(e5_path.parent), threads=1)
    found = await made.embed(
        ["where can I park", "cancel my booking", "quiero anular mi reserva", "取消我的预订"]
    )
    await made.close()
    park, cancel, spanish, chinese = found
    assert min(cancel @ spanish, cancel @ chinese, spanish @ chinese) > cancel @ park + 0.05


@pytest.mark.parametrize(
    ("language", "text", "line"),
    [
        ("en", "I have to cancel my trip to Faro", "start cancel_booking"),
        ("es", "Tengo que cancelar mi viaje a Faro", "start cancel_booking"),
        ("es", "Necesito una factura de mi última estancia", "start get_invoice"),
        ("es", "¿Dónde está mi reembolso?", "start refund_status"),
        ("es", "¿Hay que pagar por el aparcamiento?", "ask"),
        ("es", "que me atienda una persona, por favor", "human"),
        ("zh", "我想取消去法鲁的预订", "start cancel_booking"),
        ("zh", "请给我开上次住宿的发票", "start get_invoice"),
        ("zh", "我的退款到哪里了？", "start refund_status"),
        ("zh", "可以带宠物吗？", "ask"),
        ("zh", "我要跟真人客服说话", "human"),
    ],
)
async def test_english_examples_teach_other_languages(
    semantics: Semantics, language: str, text: str, line: str
) -> None:
    lines = (await semantics.intents.hint(text, language)).lines
    assert next(iter(lines)) == line


@pytest.mark.parametrize(
    ("language", "question", "article", "written"),
    [
        ("en", "how much is a car park?", "parking", "en"),
        ("es", "¿Cuánto tarda en llegar un reembolso?", "refund-times", "es"),
        ("es", "¿Se admiten mascotas?", "pets", "es"),
        ("zh", "退款一般要多久到账？", "refund-times", "zh"),
        ("zh", "附近有停车场吗？", "parking", "zh"),
        ("zh", "什么是旅游税？", "tourist-tax", "zh"),
    ],
)
async def test_a_question_finds_its_article(
    semantics: Semantics, language: str, question: str, article: str, written: str
) -> None:
    (first, _), *_ = await semantics.retriever.search(question, language=language)
    assert (first.article, first.language) == (article, written)


@pytest.mark.parametrize(
    ("language", "question"), [("es", "¿Vendéis cebras?"), ("zh", "法国总统是谁？")]
)
async def test_what_no_article_answers_finds_none(
    semantics: Semantics, language: str, question: str
) -> None:
    assert await semantics.retriever.search(question, language=language) == []
