"""The job seen from its client: restarts, failures and progress."""
