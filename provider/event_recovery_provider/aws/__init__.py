"""How the provider talks to AWS: calls, the clients that make them, conversations with S3, EMR's states."""
