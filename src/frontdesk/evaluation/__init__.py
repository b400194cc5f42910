"""How good is a desk: its own tests, and benchmarks."""
