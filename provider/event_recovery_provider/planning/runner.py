"""Whether a run needs a cluster: decided by the files that it has chosen, so that all of its tries decide alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from event_recovery.storage.files import StoredFile

Runner = Literal["cluster", "in_place", "auto"]


def runs_in_place(runner: Runner, files: Iterable[StoredFile], *, most_mb: int) -> bool:
    """Tell whether the rows of a run are recovered on the worker.

    :param files: of the run
    :param most_mb: up to how many MB of rows, about and unpacked, ``auto`` means so
    """
    # Loaded here, since no DAG file is to load more of the job than it needs.
    from event_recovery.inputs.volume import unpacked_bytes

    return runner == "in_place" or (runner == "auto" and unpacked_bytes(files) <= most_mb * 1_000_000)
