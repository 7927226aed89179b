"""What the provider's tasks have in common, and what they ask of the DAG run that they belong to."""
