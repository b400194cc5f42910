"""The rules of a conversation, pure: from commands and state to events. No I/O anywhere."""
