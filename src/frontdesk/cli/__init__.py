"""The command line."""

from __future__ import annotations

import logging
import sys

from frontdesk.cli.main import application
from frontdesk.errors import FrontdeskError


def main() -> None:
    """The ``frontdesk`` command: what goes wrong is one clear message and a non-zero exit."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.ERROR)
    try:
        application()
    except FrontdeskError as error:
        print(f"frontdesk: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None
