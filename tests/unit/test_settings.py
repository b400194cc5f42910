from __future__ import annotations

import pytest

from frontdesk.errors import SettingError
from frontdesk.settings import from_environment


@pytest.mark.parametrize(("value", "threads"), [("", 0), ("0", 0), ("8", 8)])
def test_the_threads_of_the_engine(value: str, threads: int) -> None:
    assert from_environment({"FRONTDESK_THREADS": value}).threads == threads


@pytest.mark.parametrize("value", ["²", "٣", "-1", "many", "1.5", "9" * 5000])
def test_threads_that_are_no_number_are_refused(value: str) -> None:
    with pytest.raises(SettingError, match="FRONTDESK_THREADS"):
        from_environment({"FRONTDESK_THREADS": value})
