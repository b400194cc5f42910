"""What code understands by itself; everything else is the model's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_desk import CANCEL, MOVE, NOW, REPORT, STAY, Talk, desk_of

from frontdesk.procedures.admit import Message
from frontdesk.procedures.legal import legal
from frontdesk.procedures.recognise import recognise
from frontdesk.prompts.commands import first_lines
from frontdesk.types import commands as c
from frontdesk.types.legal import Words

HIDDEN = "procedure: hidden\ninternal: true\nsteps: [{say: x}]"
DESK = desk_of(CANCEL, MOVE, REPORT, STAY, HIDDEN)
IDLE = Talk(DESK)
CHOOSING = Talk(DESK).say("I want to cancel it", "start cancel")
ARRIVING = Talk(DESK).say("I want to change it", "start move")
REPORTING = Talk(DESK).say("something is wrong", "start report")
STAYING = Talk(DESK).say("other dates then", "start stay")
CONSENTING = Talk(DESK).say("cancel HB-1042", "start cancel")
OFFERED = Talk(DESK).say("gibberish blub", "unclear")


def understood(talk: Talk, text: str) -> tuple[c.Command, ...]:
    """The commands; none when the model is asked."""
    found = recognise(DESK, talk.state, Message("t9", text), NOW)
    if found is None:
        return ()
    assert found.by == "code"
    (reading,) = found.readings
    assert reading.confidence == 1.0
    return reading.commands


@pytest.mark.parametrize(
    ("talk", "text", "commands"),
    [
        (CONSENTING, "yes please", (c.YesNo("yes"),)),
        (CONSENTING, "no", (c.YesNo("no"),)),
        (CONSENTING, "hmm", (c.YesNo("hesitation"),)),
        (OFFERED, "yes", (c.YesNo("yes"),)),
        (ARRIVING, "14 May please", (c.Set("check_in", "14 May"),)),
        (STAYING, "20 to 24 May", (c.Set("check_in", "20"), c.Set("check_out", "24 May"))),
        (REPORTING, "it's cold", (c.Set("kind", "cold"),)),
        (CHOOSING, "the second one", (c.Choose("second"),)),
        (CHOOSING, "evora", (c.Choose("evora"),)),
        (CHOOSING, "HB-9999", (c.Choose("HB-9999"),)),
        (CONSENTING, "No wait, I meant HB-1043", (c.Choose("HB-1043"),)),
        (CONSENTING, "yes but HB-1043", (c.Choose("HB-1043"),)),
        (CONSENTING, "不对，我说的是HB-1043", (c.Choose("HB-1043"),)),
        (STAYING, "20 May", (c.Set("check_in", "20 May"),)),
        (IDLE, "Hello!", (c.Simple("chat"),)),
        (IDLE, "thank you very much", (c.Simple("chat"),)),
        (IDLE, "👍🎉", (c.Simple("unclear"),)),
        (IDLE, "...", (c.Simple("unclear"),)),
    ],
)
def test_what_code_is_sure_of(talk: Talk, text: str, commands: tuple[Any, ...]) -> None:
    assert understood(talk, text) == commands


@pytest.mark.parametrize(
    ("talk", "text"),
    [
        (CONSENTING, "is that all right?"),
        (ARRIVING, "14 May?"),
        (ARRIVING, "not 14 May"),
        (ARRIVING, "14 May or 15 May"),
        (STAYING, "20 May to 24 May or 26 May"),
        (REPORTING, "it's cold and loud"),
        (CHOOSING, "not evora"),
        (CHOOSING, "evora or porto"),
        (CHOOSING, "is it HB-1042?"),
        (CONSENTING, "why not HB-1043?"),
        (IDLE, "thanks, but cancel HB-1042"),
        (IDLE, "cancel HB-1042"),
    ],
)
def test_what_code_leaves_to_the_model(talk: Talk, text: str) -> None:
    assert understood(talk, text) == ()


def test_text_is_never_understood_by_code() -> None:
    talk = Talk(DESK).say("it is cold here", "start report")
    assert talk.node == "how"
    assert understood(talk, "the heating is broken") == ()


TALKS = [IDLE, CHOOSING, ARRIVING, REPORTING, STAYING, CONSENTING, OFFERED]


@given(st.sampled_from(TALKS), st.text(max_size=20))
@settings(deadline=None)
def test_nothing_that_is_written_raises(talk: Talk, text: str) -> None:
    understood(talk, text)
    legal(DESK, talk.state, text, NOW)


# -- what may be proposed ---------------------------------------------------------------------


def test_only_open_procedures_can_be_started() -> None:
    assert set(legal(DESK, IDLE.state, "hi", NOW).starts) == {"cancel", "move", "report", "stay"}
    assert "cancel" not in legal(DESK, CHOOSING.state, "hi", NOW).starts


def test_a_value_is_offered_only_when_the_message_holds_one() -> None:
    allowed = legal(DESK, IDLE.state, "from 14 May, to 16 May", NOW)
    assert allowed.starts["move"]["check_in"].literals == ("14 May", "16 May")
    assert allowed.starts["report"]["details"] == Words(any_run=True)
    assert allowed.starts["report"]["kind"] == Words(("heating", "noise"))
    assert "contact" not in allowed.starts["stay"]


def test_what_is_under_way_can_be_answered_and_stopped() -> None:
    idle = legal(DESK, IDLE.state, "x", NOW)
    assert (idle.answer, idle.choose, idle.cancel, dict(idle.sets)) == (False, False, False, {})
    choosing = legal(DESK, CHOOSING.state, "the one in Porto", NOW)
    assert choosing.answer
    assert not legal(DESK, CHOOSING.state, "x", NOW).answer  # names no record
    assert choosing.choose
    assert choosing.cancel
    consenting = legal(DESK, CONSENTING.state, "x", NOW)
    assert not consenting.answer
    assert consenting.choose


def test_a_model_never_says_yes() -> None:
    for talk in TALKS:
        lines = first_lines(legal(DESK, talk.state, "yes", NOW))
        assert not {"yes", "no", "press", "yes_no"} & {line.split()[0] for line in lines}


def test_what_is_legal_is_let_through() -> None:
    """Of a value that the grammar offers, `admit` accepts every one."""
    text = "from 14 May to 16 May"
    talk = ARRIVING
    for words in legal(DESK, talk.state, text, NOW).sets["check_in"].literals:
        again = Talk(DESK).say("I want to change it", "start move")
        again.turn(
            "message", text,
            c.Understanding("model", (c.Reading((c.Set("check_in", words),), 1.0),)),
        )  # fmt: skip
        assert again.reasons == []
