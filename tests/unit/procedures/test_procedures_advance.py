"""The transition function: what each step does, and that a write is only what was agreed to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from moneyed import Money
from rules_desk import BOOKINGS, CANCEL, MOVE, NOW, REPORT, TOOLS, Talk, compiled, desk_of

from frontdesk.errors import IllegalMove
from frontdesk.procedures.advance import CallTool, advance
from frontdesk.procedures.consent import preview
from frontdesk.procedures.expressions import ExpressionError
from frontdesk.types import events as e
from frontdesk.types.outcome import Outcome

DESK = desk_of(CANCEL, MOVE, REPORT)


def one(steps: str, slots: str = "{}", **changes: Any) -> Talk:
    """A conversation in a procedure of these steps."""
    indented = "\n".join(f"      {line}" for line in steps.strip("\n").splitlines())
    text = f"    procedure: one\n    title: One\n    description: d\n    slots: {slots}\n"
    return Talk(desk_of(f"{text}    steps:\n{indented}\n", **changes))


def start(talk: Talk, text: str = "go") -> Talk:
    return talk.say(text, "start one")


# -- when nothing happens ---------------------------------------------------------------------


def test_it_is_the_customers_turn() -> None:
    talk = Talk(DESK)
    assert advance(DESK, talk.state, NOW) is None
    talk.add(e.TurnStarted("t1", "message", "hi"))
    assert advance(DESK, talk.state, NOW) is None


def test_while_a_person_holds_the_conversation_the_desk_does_nothing() -> None:
    talk = Talk(DESK).say("cancel", "start cancel")
    talk.add(e.PersonClaimed("Kim"), e.TurnStarted("t2", "message", "HB-1042"))
    assert advance(DESK, talk.state, NOW) is None


def test_it_is_the_same_whenever_it_is_asked() -> None:
    """A turn that was cut off goes on from its last event."""
    talk = Talk(DESK)
    talk.add(e.TurnStarted("t1", "message", "hi"), e.FrameOpened("f1", "cancel"))
    for _ in range(4):
        following = advance(DESK, talk.state, NOW)
        assert following == advance(DESK, talk.state, NOW)
        if isinstance(following, tuple):
            talk.add(*following)


# -- collect ----------------------------------------------------------------------------------

DAY = '{day: {type: date, ask: "When?", valid: "day > today", invalid: "{{ day }} is past."}}'


def test_collect_asks_until_the_slot_is_filled() -> None:
    talk = start(one("- {collect: day, id: when}\n- say: On {{ day }}.", DAY))
    assert talk.replies == ["When?"]
    assert talk.say("blah blub", "unclear").replies[-1] == "When?"
    assert talk.say("14 May").replies == ["On 14 May 2026."]
    assert talk.state.stack == ()


def test_collect_passes_when_the_slot_is_filled_already() -> None:
    assert start(one("- collect: day\n- say: On {{ day }}.", DAY), "14 May").replies == [
        "On 14 May 2026."
    ]


def test_a_value_that_is_not_valid_is_cleared_and_asked_again() -> None:
    talk = start(one("- {collect: day, id: when}\n- say: On {{ day }}.", DAY), "today")
    assert talk.replies == ["4 May 2026 is past.", "When?"]
    assert "day" not in talk.top.slots


def test_an_optional_slot_is_never_asked() -> None:
    slots = "{day: {type: date, optional: true}}"
    talk = one("- collect: day\n- branch: [{when: day == None, steps: [{say: none}]}, "
               "{otherwise: [{say: some}]}]", slots)  # fmt: skip
    assert start(talk).replies == ["none"]


def test_a_choice_offers_its_options_as_buttons() -> None:
    talk = Talk(DESK).say("something is wrong", "start report")
    assert talk.does == ["option:heating", "option:noise"]
    talk.press("Heating").say("no heat", "answer")
    assert talk.value("kind") == "heating"
    assert talk.does == ["option:yes", "option:no"]
    assert talk.press("No").value("urgent") is False


# -- choose -----------------------------------------------------------------------------------


def test_choose_lists_what_fits() -> None:
    talk = Talk(DESK).say("cancel", "start cancel")
    assert [button.label for button in talk.state.buttons] == [
        "HB-1042 in Porto",
        "HB-1043 in Évora",
    ]
    assert talk.press("HB-1043 in Évora").replies == ["Cancel HB-1043 for €50.00?"]


def test_one_record_is_taken_without_asking() -> None:
    talk = Talk(DESK)
    talk.answers["list_bookings"] = lambda _: Outcome("ok", [BOOKINGS[0]])
    assert talk.say("cancel", "start cancel").replies == ["Cancel HB-1042 for €50.00?"]


def test_the_one_record_is_not_taken_for_another_that_was_named() -> None:
    talk = Talk(DESK)
    talk.answers["list_bookings"] = lambda _: Outcome("ok", [BOOKINGS[0]])
    talk.say("cancel HB-7777", "start cancel")
    assert talk.replies == ["I can't find HB-7777 among yours.", "Which one?"]


def test_without_records_it_goes_to_none() -> None:
    talk = Talk(DESK)
    talk.answers["list_bookings"] = lambda _: Outcome("ok", [])
    talk.say("cancel", "start cancel")
    assert talk.replies == ["You have none."]
    assert talk.of(e.FrameClosed)[0].outcome == "nothing"


def test_a_record_that_is_gone_is_asked_for_again() -> None:
    talk = Talk(DESK).say("cancel", "start cancel").say("evora")
    talk.answers["list_bookings"] = lambda _: Outcome("ok", [BOOKINGS[0]])
    talk.say("no, the other: porto", "choose porto")
    assert talk.value("booking")["reference"] == "HB-1042"


# -- tools ------------------------------------------------------------------------------------


def test_a_tool_gets_what_its_expressions_give() -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel")
    assert talk.calls == [("list_bookings", {}), ("quote", {"reference": "HB-1042"})]
    called = talk.of(e.ToolCalled)[1]
    assert (called.mode, called.save) == ("read", "quote")
    assert called.origins == {
        "reference": [{"name": "booking", "source": "bookings", "key": "HB-1042", "kind": "record"}]
    }


def test_a_call_without_an_outcome_is_called_again_with_the_same_key() -> None:
    talk = Talk(DESK)
    talk.add(e.TurnStarted("t1", "message", "x"), e.FrameOpened("f1", "cancel"))
    talk.add(e.Moved("f1", DESK.procedures["cancel"].first))
    first = advance(DESK, talk.state, NOW)
    assert isinstance(first, CallTool)
    assert not first.again
    talk.add(first.called)
    assert advance(DESK, talk.state, NOW) == CallTool(first.called, again=True)


@pytest.mark.parametrize(
    ("status", "replies", "holder"),
    [
        ("refused", ["Not possible: too late"], "desk"),
        ("failed", ["tool_failed"], "queue"),
        ("unknown", ["outcome_unknown"], "queue"),
    ],
)
def test_what_becomes_of_a_write_that_did_not_succeed(
    status: Any, replies: list[str], holder: str
) -> None:
    talk = Talk(DESK)
    talk.answers["cancel_booking"] = lambda _: Outcome(status, message="too late")
    talk.say("cancel HB-1042", "start cancel").say("yes")
    assert len(talk.writes) == 1
    assert talk.state.holder == holder
    said = [event.said for event in talk.of(e.Replied)]
    assert talk.replies == replies or said == replies


def test_a_refusal_without_steps_is_told_and_handed_over() -> None:
    talk = one("- {tool: list_bookings, save: rows}")
    talk.answers["list_bookings"] = lambda _: Outcome("refused", message="Closed today.")
    start(talk)
    assert talk.replies[0] == "Closed today."
    assert talk.state.holder == "queue"


def test_a_failed_read_goes_its_own_way() -> None:
    talk = one("- tool: list_bookings\n  save: rows\n  failed: [{say: Later.}, end]")
    talk.answers["list_bookings"] = lambda _: Outcome("failed")
    assert start(talk).replies == ["Later."]
    assert talk.state.holder == "desk"


# -- branches and loops -----------------------------------------------------------------------

BRANCH = """
- branch:
    - when: today.day == {first}
      steps: [{{say: first}}]
    - when: today.month == {second}
      steps: [{{say: second}}]
    - otherwise: [{{say: last}}]
"""


@pytest.mark.parametrize(
    ("first", "second", "said"), [(4, 5, "first"), (1, 5, "second"), (1, 1, "last")]
)
def test_a_branch_takes_the_first_case_that_holds(first: int, second: int, said: str) -> None:
    assert start(one(BRANCH.format(first=first, second=second))).replies == [said]


LOOP = """
- {tool: list_bookings, save: rows}
- each: row
  in: "[r for r in rows if r.status == 'confirmed']"
  steps: [{say: "{{ row.city }}"}]
- say: That's all.
"""


def test_each_runs_its_steps_for_every_item() -> None:
    assert start(one(LOOP)).replies == ["Porto", "Évora", "That's all."]


def test_each_of_nothing_goes_on() -> None:
    talk = one(LOOP)
    talk.answers["list_bookings"] = lambda _: Outcome("ok", [])
    assert start(talk).replies == ["That's all."]


def test_the_same_text_is_said_for_every_item() -> None:
    loop = LOOP.replace('"{{ row.city }}"', "Again")
    assert start(one(loop)).replies == ["Again", "Again", "That's all."]


def test_loops_can_stand_in_loops() -> None:
    inner = """
- each: x
  in: "[1, 2]"
  steps:
    - each: y
      in: "[x, x + 1]"
      steps: [{say: "{{ x }}{{ y }}"}]
"""
    assert start(one(inner)).replies == ["11", "12", "22", "23"]


def test_a_say_is_not_repeated_when_the_procedure_runs_again() -> None:
    steps = "- say: Let me see.\n- {collect: day, id: when}\n- {collect: more, id: what}"
    slots = '{day: {type: date, ask: "When?"}, more: {type: text, ask: "What?"}}'
    talk = start(one(steps, slots)).say("14 May")
    assert talk.say("no, 15 May", "set day 15 May").replies == ["What?"]


# -- sub-procedures ---------------------------------------------------------------------------

SUB = """
    procedure: sub
    internal: true
    slots: {what: {type: text, ask: "What?"}, given: {type: date, optional: true}}
    steps:
      - {collect: what, id: asking}
      - branch:
          - when: given == None
            steps: [{end: alone}]
          - otherwise: [{end: well}]
"""
MAIN = """
    procedure: main
    title: Main
    description: m
    slots: {day: {type: date, ask: "When?"}}
    steps:
      - {collect: day, id: when}
      - {call: sub, save: got, with: {given: day}, id: calling}
      - say: "{{ got.what }}, {{ got.given }}, {{ got.outcome }}"
"""


def test_a_sub_procedure_gives_its_slots_and_outcome() -> None:
    talk = Talk(desk_of(SUB, MAIN)).say("14 May", "start main")
    assert talk.replies == ["What?"]
    assert [frame.called for frame in talk.state.stack] == [False, True]
    assert talk.say("a lamp", "answer").replies == ["a lamp, 14 May 2026, well"]
    assert talk.state.stack == ()


def test_a_correction_of_the_caller_ends_the_sub_procedure() -> None:
    talk = Talk(desk_of(SUB, MAIN)).say("14 May", "start main")
    talk.say("sorry, 15 May", "set day 15 May")
    assert talk.of(e.FrameClosed)[0].outcome == "superseded"
    assert talk.say("a lamp", "answer").replies == ["a lamp, 15 May 2026, well"]


def test_cancelling_in_a_sub_procedure_ends_its_caller_too() -> None:
    talk = (
        Talk(desk_of(SUB, MAIN)).say("14 May", "start main").say("I have changed my mind", "cancel")
    )
    assert talk.state.stack == ()


SUB_WRITES = """
    procedure: sub
    internal: true
    slots: {what: {type: text, ask: "What?"}}
    steps:
      - confirm: Tag it?
      - {tool: tag, with: {name: "'a'"}}
      - {collect: what, id: asking}
"""
CALLS_IT = """
    procedure: main
    title: Main
    description: m
    slots: {day: {type: date, ask: "When?"}, more: {type: integer, ask: "More?"}}
    steps: [{collect: day, id: when}, {call: sub, id: calling}, {collect: more, id: then}]
"""


def test_what_a_sub_procedure_wrote_is_not_denied() -> None:
    talk = Talk(desk_of(SUB_WRITES, CALLS_IT)).say("14 May", "start main").say("yes")
    talk.say("a lamp", "answer")
    assert talk.writes
    talk.say("I have changed my mind", "cancel")
    assert [event.said for event in talk.of(e.Replied)] == ["cancelled_after_write"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_correction_after_a_sub_procedures_write_is_refused(inside: bool) -> None:
    talk = Talk(desk_of(SUB_WRITES, CALLS_IT)).say("14 May", "start main").say("yes")
    if not inside:
        talk.say("a lamp", "answer")
    talk.say("no, 15 May", "set day 15 May")
    assert talk.reasons == ["already done"]


# -- ends -------------------------------------------------------------------------------------


def test_a_handoff_says_its_words_and_ends_everything() -> None:
    talk = start(one("- {handoff: too hard, say: A colleague will see.}"))
    assert talk.replies == ["A colleague will see."]
    assert talk.of(e.HandedOver)[0].reason == "too hard"
    assert start(one("- handoff: too hard")).of(e.Replied)[0].said == "handed_over"


def test_what_cannot_be_computed_is_an_error() -> None:
    with pytest.raises(ExpressionError):
        start(one('- say: x\n- branch: [{when: "1 / 0", steps: [end]}, {otherwise: [end]}]'))


# -- consent ----------------------------------------------------------------------------------


def test_a_yes_makes_exactly_what_was_shown() -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel")
    asked = talk.of(e.ConsentAsked)[0]
    assert talk.writes == []
    assert asked.calls == [
        {
            "tool": "cancel_booking",
            "arguments": {"reference": "HB-1042", "refund": Money(50, "EUR")},
        }
    ]
    assert talk.does == [f"yes:{asked.digest}", f"no:{asked.digest}"]
    talk.say("yes please")
    assert talk.writes == [(call["tool"], call["arguments"]) for call in asked.calls]
    given = talk.of(e.ConsentGiven)[0]
    assert (given.digest, given.by) == (asked.digest, "words")


def test_a_yes_by_button() -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel").press("Yes")
    assert len(talk.writes) == 1
    assert talk.of(e.ConsentGiven)[0].by == "button"


def test_a_no_changes_nothing() -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel").say("no")
    assert talk.replies == ["It stays."]
    assert talk.of(e.FrameClosed)[0].outcome == "kept"
    assert talk.writes == []
    bare = Talk(DESK).say("move to 14 May", "start move").press("No")
    assert [event.said for event in bare.of(e.Replied)] == ["cancelled"]
    assert bare.writes == []


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("hmm", ""),
        ("maybe", ""),
        ("I think that would be great", "answer"),
        ("yes but on the 14th", "unclear"),
        ("go for the first", "choose first"),
        ("yes?", "unclear"),
        ("how much is it?", "ask"),
        ("yes indeed I do want this", "start cancel"),
        ("wonderful", "chat"),
        ("👎", ""),
    ],
)
def test_nothing_but_a_yes_is_consent(text: str, means: str) -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel").say(text, means)
    assert talk.of(e.ConsentGiven) == []
    assert talk.writes == []
    assert talk.replies[-1] == "Cancel HB-1042 for €50.00?"


@pytest.mark.parametrize("text", ["ok cancel it", "correct it please", "sure, change it"])
def test_another_wish_is_no_consent(text: str) -> None:
    talk = Talk(DESK).say("move to 14 May", "start move").say(text, "unclear")
    assert talk.writes == []


def test_a_yes_on_a_page_that_had_not_shown_the_question_is_no_consent() -> None:
    talk = Talk(DESK).say("cancel", "start cancel")
    seen = talk.state.seq
    talk.say("evora").say("yes", seen=seen)
    assert talk.reasons == ["stale"]
    assert talk.writes == []
    assert talk.replies[-1] == "Cancel HB-1043 for €50.00?"
    talk.say("yes", seen=talk.state.seq)
    assert len(talk.writes) == 1


def test_a_yes_to_an_earlier_question_is_no_consent() -> None:
    talk = Talk(DESK).say("cancel HB-1042", "start cancel")
    old = talk.does[0]
    talk.say("no, evora", "choose evora").press(old)
    assert talk.reasons == ["stale"]
    assert talk.writes == []


def test_a_yes_counts_once() -> None:
    talk = Talk(DESK).say("move to 14 May", "start move")
    yes = talk.does[0]
    talk.press(yes).press(yes)
    assert len(talk.writes) == 1


CHANGING = """
- {tool: quote, with: {reference: "'HB-1042'"}, save: quote}
- confirm: On {{ today }} for {{ quote.refund }} a day?
- {tool: tag, id: tagging, with: {name: quote.refund * days(day - today)}}
"""


def test_what_changed_between_the_question_and_the_yes_is_asked_again() -> None:
    """Asked before midnight and answered after it, the amount is another one."""
    talk = start(one(CHANGING, "{day: {type: date}}"), "14 May")
    assert talk.replies == ["On 4 May 2026 for €50.00 a day?"]
    talk.now += timedelta(days=1)
    talk.say("yes")
    assert talk.replies == ["On 5 May 2026 for €50.00 a day?"]
    assert talk.writes == []
    talk.say("yes")
    assert talk.writes == [("tag", {"name": Money(450, "EUR")})]


def test_a_write_that_nobody_asked_for_is_an_error() -> None:
    """The desk's checks refuse such a procedure; the rules do too."""
    text = "procedure: one\ntitle: t\ndescription: d\nsteps: [{tool: tag, with: {name: '1'}}]"
    desk = desk_of(CANCEL)
    bad = {**desk.procedures, "one": compiled(text).procedure}
    talk = Talk(desk_of(CANCEL, procedures=bad))
    with pytest.raises(IllegalMove, match="no step before it asks"):
        start(talk)
    assert talk.writes == []


TWO = """
- {tool: list_bookings, save: rows}
- {confirm: "Tag them?", id: agree}
- each: row
  in: rows
  steps:
    - branch:
        - when: row.status == 'confirmed'
          steps: [{tool: tag, with: {name: row.city}}, {say: "{{ row.city }} done"}]
        - otherwise: [{say: "not {{ row.city }}"}]
- {tool: tag, with: {name: "'all'"}}
- {tool: quote, save: quote, with: {reference: "'x'"}}
- {confirm: "One more?", id: more}
- {tool: tag, with: {name: quote.refund}}
"""


def test_one_yes_covers_the_writes_up_to_the_next_question() -> None:
    talk = start(one(TWO))
    names = [call["arguments"]["name"] for call in talk.of(e.ConsentAsked)[0].calls]
    assert names == ["Porto", "Évora", "all"]
    talk.say("yes")
    assert [given["name"] for _, given in talk.writes] == names
    assert talk.replies == ["Porto done", "Évora done", "not Faro", "One more?"]
    assert len(talk.say("yes").writes) == 4


def test_the_same_write_twice_needs_to_be_shown_twice() -> None:
    twice = "- confirm: Twice?\n- each: x\n  in: '[1, 1]'\n  steps: [{tool: tag, with: {name: x}}]"
    talk = start(one(twice))
    assert len(talk.of(e.ConsentAsked)[0].calls) == 2
    assert len(talk.say("yes").writes) == 2


# -- the preview ------------------------------------------------------------------------------


def previewed(steps: str, slots: str = "{}", text: str = "go") -> list[Any]:
    talk = start(one(steps, slots), text)
    confirm = talk.of(e.ConsentAsked)[0]
    node = talk.desk.procedures["one"].nodes[confirm.node]
    calls = preview(talk.desk, talk.state, talk.top, node.yes, NOW)  # type: ignore[union-attr]
    assert [{"tool": tool, "arguments": given} for tool, given in calls] == confirm.calls
    return [given["name"] for _, given in calls]


TAG = "- {tool: tag, with: {name: '%s'}}\n"


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        (TAG % "1" + "- say: x\n" + TAG % "2", [1, 2]),
        (TAG % "1" + "- end\n", [1]),
        (TAG % "1" + "- handoff: x\n", [1]),
        (TAG % "1" + "- confirm: Again?\n" + TAG % "2", [1]),
        (TAG % "1" + '- {tool: quote, with: {reference: "1"}}\n- confirm: A?\n' + TAG % "2", [1]),
        ("- say: nothing\n", []),
        ("- branch: [{when: today.day == 4, steps: [{tool: tag, with: {name: '1'}}]}, "
         "{otherwise: [{tool: tag, with: {name: '2'}}]}]\n" + TAG % "3", [1, 3]),
        ("- {collect: day}\n" + "- confirm: Again?\n" + TAG % "2", []),
    ],
)  # fmt: skip
def test_the_preview_goes_as_far_as_everything_is_known(steps: str, names: list[int]) -> None:
    assert previewed("- confirm: Sure?\n" + steps, '{day: {type: date, ask: "When?"}}') == names


def test_a_preview_passes_what_is_collected_already() -> None:
    steps = "- confirm: Sure?\n- branch: [{when: day != None, steps: [{tool: tag, with: " \
            "{name: day}}]}, {otherwise: [end]}]"  # fmt: skip
    assert previewed(steps, '{day: {type: date, ask: "When?"}}', "14 May") == [date(2026, 5, 14)]


def test_a_preview_does_not_use_a_result_that_a_write_will_replace() -> None:
    first = compiled(
        """
        procedure: one
        title: t
        description: d
        steps:
          - {tool: quote, with: {reference: "'x'"}, save: got}
          - {confirm: "Sure?", id: agree}
          - {tool: tag, with: {name: got.refund}, save: got}
          - {tool: tag, with: {name: got.refund}}
        """
    ).procedure
    talk = Talk(desk_of(CANCEL, procedures={"one": first}, tools=TOOLS))
    start(talk)
    assert len(talk.of(e.ConsentAsked)[0].calls) == 1


def test_a_preview_ends_at_a_read() -> None:
    """What a read will give isn't known; the desk's checks refuse a write behind it."""
    text = """
        procedure: one
        title: t
        description: d
        steps:
          - {confirm: "Sure?", id: agree}
          - {tool: tag, with: {name: "1"}}
          - {tool: quote, with: {reference: "'x'"}, save: got}
          - {tool: tag, with: {name: "2"}}
    """
    talk = start(Talk(desk_of(CANCEL, procedures={"one": compiled(text).procedure})))
    assert [call["arguments"]["name"] for call in talk.of(e.ConsentAsked)[0].calls] == [1]
