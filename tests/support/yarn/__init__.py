"""A run of the real job on a real YARN, and what became of it."""
