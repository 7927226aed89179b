"""Flink's checkpoints of a run, as they lie below its directory for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# The file is written last; without it a checkpoint is not complete, or is being deleted.
_METADATA = re.compile(r"/(?P<job>[0-9a-f]{32})/chk-(?P<number>\d+)/_metadata$")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One complete checkpoint.

    :param path: what ``flink run -s`` takes
    """

    job_id: str
    number: int
    path: str
    completed_at: datetime


def complete_checkpoints(files: Iterable[tuple[str, datetime]]) -> list[Checkpoint]:
    """Pick the complete checkpoints out of ``(URI, last modified)`` pairs, oldest first.

    The number is that of its job alone: across submissions the time orders them.
    """
    found = [
        Checkpoint(match["job"], int(match["number"]), uri.removesuffix("/_metadata"), modified)
        for uri, modified in files
        if (match := _METADATA.search(uri))
    ]
    return sorted(found, key=lambda checkpoint: (checkpoint.completed_at, checkpoint.number))
