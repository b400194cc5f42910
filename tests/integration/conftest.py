"""Real weights for the tests: fetched once into the user's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontdesk.models.catalogue import find
from frontdesk.models.pull import pull
from frontdesk.settings import from_environment


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """SmolLM2-135M-Instruct; the folder that holds it can serve as a shelf."""
    return pull(find("smollm-135m"), from_environment().models)


@pytest.fixture(scope="session")
def e5_path() -> Path:
    """multilingual-e5-small, which turns texts in many languages into vectors."""
    return pull(find("e5-small"), from_environment().models)


@pytest.fixture(scope="session")
def minilm_path() -> Path:
    """all-MiniLM-L6-v2, which turns texts into vectors; its folder can serve as a shelf."""
    return pull(find("minilm"), from_environment().models)
