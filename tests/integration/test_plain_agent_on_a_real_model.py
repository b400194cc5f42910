"""The plain agent on real weights: the smallest model, which knows little and obeys the schema."""

from __future__ import annotations

import json
from pathlib import Path

from frontdesk import app
from frontdesk.evaluation.plain_agent import PlainAgent, Setting
from frontdesk.evaluation.plain_bench import policy
from frontdesk.settings import Settings
from frontdesk.testing import FixedClock
from frontdesk.types.desk import ModelChoice

HARBOR = Path(__file__).parents[2] / "desks" / "harbor-stays"


async def test_it_writes_actions_and_its_prompt_is_cached(
    smollm_path: Path, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, cache=smollm_path.parents[1])
    loaded = app.load_desk(HARBOR)
    now = loaded.desk.test_now
    assert now is not None
    async with (
        app.open_model(settings, ModelChoice("smollm-135m")) as model,
        app.open_desk(loaded, model, tmp_path / "data", clock=FixedClock(now)) as parts,
    ):
        told = policy(loaded.folder)
        setting = Setting(loaded.desk, loaded.toolbox, told, model, parts.retriever)
        await model.warm(setting.prefix())
        agent = PlainAgent(setting, parts.tools, loaded.desk.customers[0], now)
        turn = await agent.answer("Cancel Porto")
    prefix = len(setting.prefix())
    written = [json.loads(m.content) for m in agent.messages[prefix:] if m.role == "assistant"]
    assert len(written) == turn.usage.calls
    assert all({"tool", "arguments"} == one.keys() or {"say"} == one.keys() for one in written)
    assert turn.reply
    # Its rules and examples have more than 2,000 tokens; only what is new is evaluated.
    assert turn.usage.cached_tokens > 2_000 * turn.usage.calls
    assert turn.usage.largest() < 1_000
