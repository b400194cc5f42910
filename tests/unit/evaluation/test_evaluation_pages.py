from __future__ import annotations

from pathlib import Path

from frontdesk.evaluation.pages import mistakes_page
from frontdesk.mistakes import Kind

PAGE = Path(__file__).parents[3] / "docs" / "mistakes.md"


def test_the_page_of_mistakes_is_current() -> None:
    """`scripts/generate` writes it."""
    assert PAGE.read_text(encoding="utf-8") == mistakes_page()


def test_the_page_has_every_kind() -> None:
    assert all(f"| `{kind.slug}` | {kind.severity} |" in mistakes_page() for kind in Kind)
