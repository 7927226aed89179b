"""Ends a job whose client is gone: ``python -m event_recovery.flink.watch.end_with_client URL JOB``.

A client that is killed leaves its job behind, which goes on for hours that nobody asked for and that no one counts. It
cannot see to that itself: it may be killed outright, and when ``flink run`` is told to end, its Java kills our Python
within milliseconds. So a process of its own waits for the end of a pipe, which comes with the client's end however
that comes, and then cancels the job by Flink's REST API. Its checkpoints stay.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import urllib3

_DONE = b"done"
#: How long it tries, at most: as long as a step has that is told to end.
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
_TERMINAL = ("FINISHED", "CANCELED", "FAILED")


@contextmanager
def ends_with_client(url: str, job_id: str) -> Iterator[None]:
    """Have the job ended if this process ends before the block does, or the block fails.

    :param url: where the JobManager answers
    """
    # Neither the signals of this process's group nor the pipes of its output are the other's.
    guard = subprocess.Popen(
        [sys.executable, "-m", __name__, url, job_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert guard.stdin is not None
    try:
        yield
    except BaseException:
        # Whether the job has ended is not known: the other will see.
        guard.stdin.close()
        raise
    # It may have been killed; then there is nobody to tell.
    with suppress(OSError):
        guard.stdin.write(_DONE)
        guard.stdin.close()
    guard.wait()


def end(url: str, job_id: str, *, patience: float = _PATIENCE_SECONDS) -> None:
    """Cancel a job and see to it that it has ended.

    When it has, it is asked for its result: until somebody has, its ApplicationMaster does not end.
    """
    http = urllib3.PoolManager(timeout=5.0, retries=False)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            answer = http.request("GET", f"{url}/jobs/{job_id}")
            if answer.status == 404:
                return
            if answer.status == 200 and answer.json()["state"] in _TERMINAL:
                http.request("GET", f"{url}/jobs/{job_id}/execution-result")
                return
            http.request("PATCH", f"{url}/jobs/{job_id}?mode=cancel")
        except urllib3.exceptions.NewConnectionError:
            # Nothing listens there any more: the JobManager is gone, and its job with it.
            return
        except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError):
            # It is slow, or its network is: until the time is up.
            pass
        time.sleep(_PAUSE_SECONDS)


def main() -> None:
    """Wait for the client's word or for its end, whichever comes first."""
    url, job_id = sys.argv[1:]
    if sys.stdin.buffer.read() != _DONE:
        end(url, job_id)


if __name__ == "__main__":
    main()
