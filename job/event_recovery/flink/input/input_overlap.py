"""Files that a run would read twice, and outputs that a run would read as its input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os.path import realpath

from event_recovery.flink.input.survey import Input, InputError
from event_recovery.storage.locations import Local, Location, is_read_by_flink, parse_location


def check_read_once(inputs: Sequence[Input]) -> None:
    """Check that no file is in two inputs.

    :raises InputError: naming both inputs
    """
    if len(inputs) == 1:
        return
    holders: dict[str, Input] = {}
    for given in inputs:
        for file in given.files:
            holder = holders.setdefault(_identity(file.location), given)
            if holder is not given:
                raise InputError(
                    f"{given.text} and --input {holder.text} both have {file.location.uri}, which would be read twice"
                )


def check_outside(places: Iterable[tuple[str, Location]], inputs: Sequence[Input]) -> None:
    """Check that no place that the run writes to is read as its input.

    :raises InputError: naming the option and the input
    """
    roots = [(given.text, _identity(parse_location(given.text)).rstrip("/")) for given in inputs]
    for option, place in places:
        path = _identity(place).rstrip("/")
        for text, root in roots:
            if path == root or (path.startswith(f"{root}/") and is_read_by_flink(path.removeprefix(root).split("/"))):
                raise InputError(f"{text} holds {place.uri}, where {option} has the run write")


def _identity(place: Location) -> str:
    """Return the same text for all ways to name one place."""
    return realpath(place.path) if isinstance(place, Local) else place.uri
