"""Claims triggers and runs turns."""
