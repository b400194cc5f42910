"""Real weights for the tests: fetched once into the project's shared folder of models."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from frontdesk.models.catalogue import find
from frontdesk.models.pull import pull


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """SmolLM2-135M-Instruct; the folder that holds it can serve as a shelf."""
    default = platformdirs.user_cache_path("frontdesk") / "models"
    return pull(find("smollm-135m"), Path(os.environ.get("FRONTDESK_MODELS") or default))
