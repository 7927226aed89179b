"""A worker that has lost its connection to Java ends itself.

Beam's thread that reads the rows dies with its connection, and leaves behind a process that waits for rows forever;
Flink, which watches the process, would wait forever for its answer. When the process ends, Flink restarts the job.
"""

from __future__ import annotations

import os
import threading
import time

_READER = "read_grpc_client_inputs"
_GRACE_SECONDS = 10.0


def exit_when_disconnected() -> None:
    """End the process, from now on, when Beam's reading thread dies; call it in the worker."""
    before = threading.excepthook

    def ended(args: threading.ExceptHookArgs) -> None:
        before(args)
        if args.thread is not None and args.thread.name == _READER:
            # When Java has closed the connection because all is done, the worker is about to end by itself.
            time.sleep(_GRACE_SECONDS)
            os._exit(1)

    threading.excepthook = ended
