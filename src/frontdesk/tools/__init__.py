"""What a desk's ``tools.py`` imports."""

from moneyed import Money

from frontdesk.tools.declare import (
    DataFolder,
    IdempotencyKey,
    Now,
    Refused,
    prepare,
    read,
    write,
)
from frontdesk.types.desk import Customer

__all__ = [
    "Customer",
    "DataFolder",
    "IdempotencyKey",
    "Money",
    "Now",
    "Refused",
    "prepare",
    "read",
    "write",
]
