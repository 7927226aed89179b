"""The recovery config: loaded, checked against its schema, and looked through for traps."""
