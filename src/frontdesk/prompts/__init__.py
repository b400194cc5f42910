"""From types to what a model reads and how it may answer, and back. Pure."""
