"""A run, however it is run: what is checked before it, what it reads, what it writes of a row, and its account."""
