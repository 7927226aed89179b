"""End process groups when the process that started them is gone, however it went.

Run as a child with a pipe on standard input. Each line is ``+PGID`` (guard this group) or ``-PGID`` (no longer).
The kernel closes the pipe when the parent dies, also by SIGKILL; every group still guarded is then killed.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    guarded: set[int] = set()
    for line in sys.stdin:
        pgid = int(line[1:])
        if line[0] == "+":
            guarded.add(pgid)
        else:
            guarded.discard(pgid)
    for pgid in guarded:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pgid, signal.SIGKILL)


if __name__ == "__main__":
    main()
