"""``python -m event_recovery.replay``: a run without a cluster, by the command line that the job has.

It is for whoever starts it as a child, and ends at once when that process is gone: another try may be about to begin.
"""

from __future__ import annotations

import os
import sys
import threading
import time

from event_recovery.contract import RunSummary
from event_recovery.replay.progress import told_in_lines
from event_recovery.replay.run import ends_when_asked, replay
from event_recovery.run.command import end, tell
from event_recovery.run.options import parse_command

_LOOK_SECONDS = 1.0


def main() -> int:
    """Run one recovery to its end, and return the process's exit code: an ``ExitCode`` or 0."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="end-with-parent", daemon=True).start()
    # Printed as JSON or not: without options that can be read there is nothing to print.
    as_json = "--json" in sys.argv[1:]

    def run() -> RunSummary:
        options, _ = parse_command(sys.argv[1:])
        with ends_when_asked(tell) as stop:
            return replay(options, tell=tell, look=told_in_lines(tell), stop=stop)

    return end(run, as_json=as_json)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
