"""``python -m frontdesk``."""

from frontdesk.cli import main

main()
