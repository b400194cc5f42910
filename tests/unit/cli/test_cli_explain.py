from __future__ import annotations

from datetime import UTC, datetime

from frontdesk.cli.explain import transcript
from frontdesk.types import events as e


def test_a_pressed_button_is_shown_by_its_label() -> None:
    events = [
        e.Replied("Shall I?", (e.Button("Yes, please", "yes:0123456789"),)),
        e.TurnStarted("t1", "button", "yes:0123456789"),
        e.TurnStarted("t2", "button", "human"),
    ]
    at = datetime(2026, 5, 4, tzinfo=UTC)
    history = [e.Recorded("c1", seq, at, event) for seq, event in enumerate(events, 1)]
    said = [line.strip() for line in transcript(history)]
    assert said[-2:] == ["Customer: [Yes, please]", "Customer: [I want to talk to a person]"]
