"""What only tests need: rows and readers for the engine, stand-ins and scripts for all that a run meets."""
