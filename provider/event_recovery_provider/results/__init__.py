"""The account of a run: read, checked and shown."""
