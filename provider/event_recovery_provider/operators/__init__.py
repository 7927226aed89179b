"""The operators of the provider, one module for each part of a run."""
