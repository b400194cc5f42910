"""What this machine can serve, and what is missing."""
