"""A worker that has lost its line to Java ends itself.

Beam's thread that reads the rows dies with its connection, and leaves a process behind that waits for rows for ever;
Flink, which watches the process, would wait as long for its answer. When the process ends, Flink restarts the job.
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
            # When Java has closed the line because all is done, the worker is just about to end as it should.
            time.sleep(_GRACE_SECONDS)
            os._exit(1)

    threading.excepthook = ended
