"""The figures of the desk beside a plain agent, and whom the comparison plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk import app
from frontdesk.errors import SettingError
from frontdesk.evaluation import cases
from frontdesk.evaluation.outcomes import Made, end_failures
from frontdesk.evaluation.plain_bench import NUDGES, Played, compare, figures, policy, suitable
from frontdesk.intents.intents import Intents
from frontdesk.knowledge.languages import LanguageRetriever
from frontdesk.testing import ScriptedModel, WordEmbedder
from frontdesk.types.generation import Usage

DESK = Path(__file__).parents[3] / "desks" / "harbor-stays"
WRITE = "cancel with a full refund, then ask about it"
NO_WRITE = "nothing to cancel"


async def test_both_sides_play_every_conversation() -> None:
    """A model that is silent: the desk asks back and writes nothing, nor does the plain agent."""
    loaded = app.load_desk(DESK)
    found, _ = cases.load(loaded.desk, DESK)
    chosen = [case for case in found if case.case.test in (WRITE, NO_WRITE)]
    intents = await Intents.learn(WordEmbedder(), loaded.desk)
    retriever = await LanguageRetriever.by_meaning(WordEmbedder(), loaded.desk)
    seen: list[tuple[str, Played]] = []
    figures = await compare(
        loaded,
        chosen,
        ScriptedModel(),
        app.Semantics(intents, retriever),
        lambda side, one: seen.append((side, one)),
    )
    assert [side for side, _ in seen] == ["desk"] * len(chosen) + ["plain"] * len(chosen)
    assert figures["conversations"] == len(chosen)
    plain = {one.name: one for side, one in seen if side == "plain"}
    assert plain[NO_WRITE].right
    assert "wrote nothing" in plain[WRITE].failures[0]
    assert plain[WRITE].transcript.count("Customer: Yes, please go ahead.") == NUDGES


def played(*seconds: float, right: bool, generated: int) -> Played:
    usage = Usage(prompt_tokens=100, generated_tokens=generated)
    return Played("a", () if right else ("wrong",), seconds, usage)


def test_ratios_are_the_plain_agents_over_ours() -> None:
    ours = [played(1.0, 2.0, 3.0, right=True, generated=30) for _ in range(4)]
    theirs = [played(4.0, 8.0, 12.0, right=False, generated=300) for _ in range(4)]
    found = figures(ours, theirs)
    assert found["speedup_median"] == 4.0
    assert found["speedup_p95"] == 4.0
    assert found["token_ratio"] == 10.0
    assert found["prompt_token_ratio"] == 1.0
    assert (found["right_ours"], found["right_plain"], found["conversations"]) == (4, 0, 4)


def test_tokens_are_compared_by_the_turn() -> None:
    """Whoever needs fewer turns for a conversation has no advantage by that."""
    ours = [played(1.0, 1.0, right=True, generated=20)]
    theirs = [played(1.0, right=True, generated=20)]
    assert figures(ours, theirs)["token_ratio"] == 2.0


def test_the_interval_is_of_the_difference_and_holds_it() -> None:
    ours = [played(1.0, right=n % 4 > 0, generated=1) for n in range(40)]
    theirs = [played(1.0, right=n % 2 > 0, generated=1) for n in range(40)]
    found = figures(ours, theirs)
    assert found["right_difference"] == 0.25
    low, high = found["right_difference_low"], found["right_difference_high"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert 0.1 <= low < 0.25 < high <= 0.4
    # 1.96 standard errors of a mean of 40 draws of 0 or 1, a quarter of them 1
    assert high - low == pytest.approx(2 * 1.96 * (0.25 * 0.75 / 40) ** 0.5, abs=0.05)


def test_a_desk_that_needs_no_model_has_no_token_ratio() -> None:
    ours = [played(1.0, right=True, generated=0)]
    theirs = [played(1.0, right=True, generated=20)]
    assert figures(ours, theirs)["token_ratio"] is None


def test_only_conversations_that_say_what_must_be_written_are_played() -> None:
    loaded = app.load_desk(DESK)
    found, _ = cases.load(loaded.desk, DESK)
    shown = [case for case in found if not case.held_out]
    chosen = suitable(shown, 1)
    assert {case.case.test for case in chosen} == {
        case.case.test for case in shown if case.case.end.writes is not None
    }
    assert chosen == suitable(shown, 1)
    assert chosen != suitable(shown, 2)


def test_a_desk_without_a_policy_is_told_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"policy\.md can't be read.*Write the rules"):
        policy(tmp_path)


@pytest.mark.parametrize(
    ("end", "writes", "holder", "failures"),
    [
        (cases.End(writes=()), [], "desk", 0),
        (cases.End(writes=()), [Made("pay", {})], "desk", 1),
        (cases.End(writes=("pay",)), [Made("pay", {"amount": 3})], "desk", 0),
        (cases.End(writes=({"pay": {"amount": 4}},)), [Made("pay", {"amount": 3})], "desk", 1),
        (cases.End(writes=("pay",)), [Made("pay", {}), Made("pay", {})], "desk", 1),
        (cases.End(holder="person"), [], "desk", 1),
        (cases.End(data={"select 1": 1}), [], "desk", 0),
        (cases.End(data={"select 2": 1}), [], "desk", 1),
    ],
)
def test_an_end_is_right_when_nothing_differs(
    end: cases.End, writes: list[Made], holder: str, failures: int
) -> None:
    found = end_failures(end, writes, holder, lambda query: int(query[-1]))
    assert len(list(found)) == failures
