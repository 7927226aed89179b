"""The parts of the input, recovered in as many processes as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

from event_recovery.replay import worker
from event_recovery.replay.sender import SendError
from event_recovery.run.account import RunFailedError
from event_recovery.run.splits import Split
from event_recovery.storage.files import StorageError

#: A forked process would hold the locks of other threads, whoever has them at that moment.
CONTEXT: Final = multiprocessing.get_context("spawn")
_LOOK_SECONDS: Final = 0.5


def cores() -> int:
    """Return how many processes are of use: one for each core that this one may use."""
    return len(os.sched_getaffinity(0))


def recover_all(
    splits: Sequence[tuple[int, Split]],
    work: worker.Work,
    *,
    processes: int,
    stop: threading.Event,
    look: Callable[[], None],
) -> int:
    """Recover parts of the input, and return how many came to their end: all, unless ``stop`` was set.

    :param splits: each with its place in the list of all parts
    :param stop: when it is set, no other part is begun
    :param look: called about twice a second
    :raises RunFailedError: when one part cannot be recovered; the others that were begun come to their end before
    """
    left, running, ended = iter(splits), set[Future[None]](), 0
    pool = ProcessPoolExecutor(processes, CONTEXT, worker.begin, (work,))
    try:
        while True:
            while not stop.is_set() and len(running) < processes and (one := next(left, None)) is not None:
                running.add(pool.submit(worker.recover, *one))
            if not running:
                return ended
            done, running = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                ended += 1
            look()
    except BrokenProcessPool as error:
        raise RunFailedError(
            "a process that recovers rows was ended from outside, which the kernel does when memory ends"
        ) from error
    except (SendError, StorageError, worker.UnreadableError) as error:
        raise RunFailedError(str(error)) from error
    except OSError as error:
        raise RunFailedError(f"rows that wait for their part to end cannot be kept: {error}") from error
    finally:
        pool.shutdown(cancel_futures=True)


def shared_turn() -> Any:
    """Return what ``pace.Pace`` keeps its next turn in."""
    return CONTEXT.Value("d", 0.0)
