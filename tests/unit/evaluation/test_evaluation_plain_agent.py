"""The plain agent: what it is told, what it may write, and how its calls become the tools'."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from moneyed import Money

from frontdesk import app
from frontdesk.evaluation.outcomes import Made
from frontdesk.evaluation.plain_agent import PlainAgent, Setting
from frontdesk.evaluation.plain_tools import arguments_schema, describe, shown, value_of
from frontdesk.testing import FixedClock, ScriptedModel

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
POLICY = """Look first.
## Examples
customer: hello
agent: {"say":"Good day."}
result: {"ok":true}
"""
LIST = '{"tool":"list_bookings","arguments":{}}'


@asynccontextmanager
async def agent(folder: Path, *answers: str | Exception) -> AsyncIterator[PlainAgent]:
    loaded = app.load_desk(DESK)
    now = loaded.desk.test_now
    assert now is not None
    model = ScriptedModel(answers)
    async with app.open_desk(
        loaded, model, folder, clock=FixedClock(now), database=":memory:"
    ) as parts:
        setting = Setting(loaded.desk, loaded.toolbox, POLICY, model, parts.retriever)
        yield PlainAgent(setting, parts.tools, loaded.desk.customers[0], now)


def asked(plain: PlainAgent) -> Any:
    model = plain.setting.model
    assert isinstance(model, ScriptedModel)
    return model.requests


async def test_it_looks_up_asks_and_writes(tmp_path: Path) -> None:
    cancel = {"reference": "HB-1001", "refund": "360.00 EUR"}
    answers = (
        LIST,
        '{"say":"Shall I cancel HB-1001?"}',
        json.dumps({"tool": "cancel_booking", "arguments": cancel}),
        '{"say":"Done."}',
    )
    async with agent(tmp_path, *answers) as plain:
        first = await plain.answer("cancel Porto")
        assert first.reply == "Shall I cancel HB-1001?"
        assert [made.tool for made in first.made] == ["list_bookings"]
        assert plain.writes == []
        await plain.answer("yes")
        assert plain.writes == [
            Made("cancel_booking", {"reference": "HB-1001", "refund": Money("360.00", "EUR")})
        ]
        seen = asked(plain)[-1].messages[-1].content
        assert '"refund":"360.00 EUR"' in seen
        assert "<tool_response>" in seen


async def test_the_prompt_is_only_appended_to(tmp_path: Path) -> None:
    async with agent(tmp_path, LIST, '{"say":"Which?"}', '{"say":"Fine."}') as plain:
        await plain.answer("cancel something")
        await plain.answer("the second")
        requests = [request.messages for request in asked(plain)]
        for before, after in itertools.pairwise(requests):
            assert after[: len(before)] == before


async def test_the_prefix_holds_tools_rules_and_examples(tmp_path: Path) -> None:
    async with agent(tmp_path) as plain:
        system, *examples = plain.setting.prefix()
    assert "cancel_booking(reference: text, refund: money" in system.content
    assert "Look first." in system.content
    assert [message.role for message in examples] == ["user", "assistant", "user"]
    assert examples[1].content == '{"say":"Good day."}'


async def test_a_call_that_is_made_again_is_the_last_of_its_turn(tmp_path: Path) -> None:
    async with agent(tmp_path, LIST, LIST, '{"say":"Here they are."}') as plain:
        turn = await plain.answer("my bookings?")
        first, second, third = asked(plain)
    assert turn.reply == "Here they are."
    assert '"list_bookings"' in first.constraint.lark
    assert '"list_bookings"' in second.constraint.lark
    assert '"list_bookings"' not in third.constraint.lark
    assert "made this call already" in third.messages[-1].content


async def test_what_is_no_date_is_told_to_the_model_and_nothing_is_called(tmp_path: Path) -> None:
    wrong = {"reference": "HB-1001", "check_in": "2026-02-31", "check_out": "2026-03-02"}
    call = {"tool": "change_dates", "arguments": wrong | {"total": "1.00 EUR"}}
    async with agent(tmp_path, json.dumps(call), '{"say":"Sorry."}') as plain:
        await plain.answer("move it")
        assert plain.writes == []
        assert "error" in asked(plain)[-1].messages[-1].content


async def test_a_person_takes_over_when_it_says_so(tmp_path: Path) -> None:
    call = '{"tool":"hand_over","arguments":{"reason":"asked"}}'
    async with agent(tmp_path, call, '{"say":"A colleague comes."}') as plain:
        await plain.answer("a human please")
        assert plain.handed_over


async def test_articles_are_searched_by_the_desks_retriever(tmp_path: Path) -> None:
    call = '{"tool":"search_articles","arguments":{"question":"How long does a refund take?"}}'
    async with agent(tmp_path, call, '{"say":"Some days."}') as plain:
        await plain.answer("refund?")
        assert "refund" in asked(plain)[-1].messages[-1].content.casefold()


async def test_an_answer_that_was_cut_off_is_said_as_it_is(tmp_path: Path) -> None:
    async with agent(tmp_path, '{"say":"I was going to') as plain:
        assert (await plain.answer("hm")).reply == '{"say":"I was going to'


@dataclass
class Line:
    item: str
    price: Money


@pytest.mark.parametrize(
    ("data", "hint", "value"),
    [
        ("2026-05-12", date, date(2026, 5, 12)),
        ("2026-05-12T10:30", datetime, datetime(2026, 5, 12, 10, 30)),
        ("120.00 EUR", Money, Money("120.00", "EUR")),
        (1.5, Decimal, Decimal("1.5")),
        (None, str | None, None),
        (["2026-05-12"], list[date], [date(2026, 5, 12)]),
        (
            {"item": "cup", "price": "3.00 EUR"},
            Line,
            {"item": "cup", "price": Money("3.00", "EUR")},
        ),
        ("email", Literal["email", "phone"], "email"),
    ],
)
def test_arguments_come_out_of_json(data: Any, hint: Any, value: Any) -> None:
    assert value_of(data, hint) == value


@pytest.mark.parametrize(
    ("data", "hint"), [("2026-02-31", date), ("1.00 XQX", Money), ("soon", date | None)]
)
def test_what_is_of_another_type_is_refused(data: Any, hint: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(data, hint)


def test_results_are_written_without_spare_spaces() -> None:
    record = {"on": date(2026, 5, 12), "total": Money("3.00", "EUR"), "name": "Chloé"}
    assert shown(record) == '{"on":"2026-05-12","total":"3.00 EUR","name":"Chloé"}'


def test_every_tool_has_a_line_and_a_schema() -> None:
    toolbox = app.load_desk(DESK).toolbox
    lines = describe(toolbox).splitlines()
    assert len(lines) == len(toolbox.tools)
    schema = arguments_schema(toolbox.tools["change_dates"])
    assert schema["properties"]["check_in"]["pattern"] == r"^\d{4}-\d{2}-\d{2}$"
    assert set(schema["required"]) == {"reference", "check_in", "check_out", "total"}
    invoice = arguments_schema(toolbox.tools["send_invoice"])
    assert {"type": "null"} in invoice["properties"]["company"]["anyOf"]
