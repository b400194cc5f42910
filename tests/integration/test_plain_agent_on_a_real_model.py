"""The comparison with a plain agent, on real weights: the smallest model, which knows little."""

from __future__ import annotations

from pathlib import Path

from frontdesk import app
from frontdesk.evaluation import cases, plain_bench
from frontdesk.settings import Settings

HARBOR = Path(__file__).parents[2] / "desks" / "harbor-stays"


async def test_both_play_and_the_prompt_of_the_plain_agent_is_cached(
    smollm_path: Path, minilm_path: Path, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, cache=smollm_path.parents[1])
    loaded = app.load_desk(HARBOR)
    found, _ = cases.load(loaded.desk, HARBOR)
    chosen = plain_bench.suitable([case for case in found if not case.held_out], 1)[:2]
    played: dict[str, list[plain_bench.Played]] = {"desk": [], "plain": []}
    async with (
        app.open_model(settings, "smollm-135m") as model,
        app.open_semantics(settings, loaded.desk) as semantics,
    ):
        figures = await plain_bench.compare(
            loaded, chosen, model, semantics, lambda side, one: played[side].append(one)
        )
    assert figures["conversations"] == len(played["desk"]) == len(played["plain"]) == 2
    for one in played["plain"]:
        assert one.usage.generated_tokens > 0
        # Its rules and examples have about 2,300 tokens; only what is new is evaluated.
        assert one.usage.cached_tokens > 2_000 * one.usage.calls
        assert one.usage.prompt_tokens < one.usage.cached_tokens
        assert not [line for line in one.transcript if line.startswith("Agent: (")]
