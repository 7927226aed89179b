"""What the job refuses of its command line and of its stream, before it begins: the provider asks it first."""
