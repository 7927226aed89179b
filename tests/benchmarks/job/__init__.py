"""Variants of the whole job by turns over the same rows: ``python -m benchmarks.job``, or ``make bench-job``."""
