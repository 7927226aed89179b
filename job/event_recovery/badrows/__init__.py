"""Bad rows: their types, how one is read, and how its payload and the recovery's own bad rows are written."""
