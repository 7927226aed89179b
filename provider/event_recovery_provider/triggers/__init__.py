"""The trigger of the provider, which holds any of its waits in the triggerer."""
