"""Files of this machine and objects in S3: what a text points at, and reading and writing there."""
