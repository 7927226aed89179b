"""Starts the recovery on a cluster: the file for ``flink run -py``."""

import sys

from event_recovery.flink.job import main

if __name__ == "__main__":
    sys.exit(main())
