"""A turn: from a trigger to replies, every step an event."""
