"""Two days of the scheduled DAG under a real scheduler, an hour a minute, while faults strike at random."""
