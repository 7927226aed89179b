"""Rows, configs and strategies for the engine's tests, and oracles that share no code with it."""
