"""Outputs that a run would read as its input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from os.path import realpath
from pathlib import Path

from event_recovery.inputs.given import GivenInput
from event_recovery.storage.locations import Local, Location, is_read_by_flink

#: What a file of rows that a run writes is called like.
_WRITTEN = "part-0.jsonl"


def read_as_input(places: Iterable[tuple[str, Location]], inputs: Iterable[GivenInput]) -> Iterator[str]:
    """Say which places that a run writes to are read as its input.

    :param places: each with the option or setting that names it
    """
    given = [(one.text, replace(one, start=_real(one.start))) for one in inputs]
    for option, place in places:
        written = _real(place.child(_WRITTEN))
        for text, one in given:
            if one.takes(written) and is_read_by_flink(one.names_below(written)):
                yield f"{text} holds {place.uri}, where {option} has the run write"


def _real(place: Location) -> Location:
    """Return the one way to name a place of this machine, whatever links lead there."""
    return Local(Path(realpath(place.path))) if isinstance(place, Local) else place
