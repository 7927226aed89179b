"""The sensors of the provider, one module for each part of a run."""
