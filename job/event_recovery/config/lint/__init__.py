"""Traps in a valid config: what it says and what its author most likely meant."""
