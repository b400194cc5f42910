"""A difference inside of something that was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Detail:
    """What was there before, and what is there now."""

    kind: Literal["added", "removed", "changed"]
    what: str
    """``slot reason``, ``say (en)``, ``example``."""
    before: str = ""
    after: str = ""


def compared(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Detail]:
    """The differences between two mappings; the key of each stands behind ``what``."""
    found = []
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        called = f"{what} ({name})" if name else what
        if before is None:
            found.append(Detail("added", called, "", after or ""))
        elif after is None:
            found.append(Detail("removed", called, before))
        elif before != after:
            found.append(Detail("changed", called, before, after))
    return found
