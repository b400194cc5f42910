"""Plain frozen data that every layer shares; imports nothing above."""
