"""Where a run writes, and what it wrote, counted and shown."""
