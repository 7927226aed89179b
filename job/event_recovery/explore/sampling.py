"""The groups of a sample: no more rows, bytes and seconds than somebody else's machine can spare."""

from __future__ import annotations

import time
from collections.abc import Callable

from event_recovery.explore.groups import Groups, Source
from event_recovery.explore.reading import name_of
from event_recovery.explore.report import Explored, explored
from event_recovery.inputs.sample_reader import SampleReader


def explore_sample(sample: SampleReader, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> Explored:
    """Group the rows of a sample. What it could not read, ``sample.read()`` tells, too.

    :param seconds: how long it takes at most
    :return: what was found; it is called a sample unless all rows were read
    """
    groups, deadline = Groups(), clock() + seconds
    for row in sample:
        groups.add(row.line, Source(row.place, name_of(row.file.location)), row.number)
        if clock() >= deadline:
            sample.end(f"{seconds:g} seconds are over")
            break
    read = sample.read()
    return explored(groups, files=read.files, unread=read.unread, sample=None if read.whole else sample.wanted)
