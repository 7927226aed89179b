"""Find and end processes by a tag in their environment.

Children inherit the environment and cannot lose it by leaving the session, changing the group or being orphaned, which
is what daemons do. Run as ``python -m localaws.tags NAME VALUE``, it waits for its standard input to close, and then
ends every process that has the tag: whoever holds the other end of that pipe leaves nothing behind, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path


def tagged(name: str, value: str) -> list[int]:
    """Return the ids of the living processes that have this tag, this one left out."""
    wanted = f"{name}={value}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):  # it ended while we looked, or belongs to another user
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def end_tagged(name: str, value: str, *, grace: float) -> None:
    """End every process that has this tag: SIGTERM, and SIGKILL after ``grace`` seconds; those born meanwhile, too."""
    deadline = time.monotonic() + grace
    asked: set[int] = set()
    while pids := tagged(name, value):
        late = time.monotonic() >= deadline
        for pid in pids:
            if late or pid not in asked:
                asked.add(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        time.sleep(0.02)


def main() -> None:
    """Wait for the end of standard input, then end what has the tag."""
    for number in (signal.SIGINT, signal.SIGTERM):  # it is meant to be the last to go
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    end_tagged(sys.argv[1], sys.argv[2], grace=0.0)


if __name__ == "__main__":
    main()
