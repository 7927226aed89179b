"""From what a user filled in to everything that a run will ask of AWS: plain functions on plain data."""
