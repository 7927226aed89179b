"""The counts of a run: what they are, which series in CloudWatch hold them, how they are read."""
