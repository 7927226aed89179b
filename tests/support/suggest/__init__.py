"""Suggestions for generated rows of known kinds of failure."""
