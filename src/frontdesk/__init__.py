"""A customer-service agent that runs on an open-weight model on the operator's own hardware."""

__version__ = "0.1.0"
