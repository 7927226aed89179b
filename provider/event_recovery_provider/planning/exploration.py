"""What an exploration is told, checked as a whole before anything is read; names and forms are the settings'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from event_recovery.text.times import check_window, parse_time

from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.declarations import Kind
from event_recovery_provider.planning.normalise import normalised, quoted

#: The file of its groups, which the next one is compared with.
GROUPS: Final = "groups.json"
#: More rows than a worker reads in some minutes are left to ``event-recovery explore``.
MOST_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What is explored, and where what is found goes.

    :param inputs: S3 URIs, or patterns of them
    :param prefix: S3 URI, with no slash at its end
    :param rows: how many are read at most
    :param grows_by: a group has grown when it has so many times the rows it had
    :param redact: whether page and groups show values of rows as types and lengths
    :param keep: fields whose values they show all the same
    :param arrived_from: ISO 8601 with its offset, as the other times; empty for no bound
    """

    inputs: tuple[str, ...]
    prefix: str
    rows: int
    grows_by: float
    types: tuple[str, ...] = ()
    arrived_from: str = ""
    arrived_to: str = ""
    failed_from: str = ""
    failed_to: str = ""
    redact: bool = False
    keep: tuple[str, ...] = ()


_KINDS: Final[Mapping[str, Kind]] = {
    "inputdir": "places",
    "types": "types",
    "keep": "several",
    "arrived_from": "time",
    "arrived_to": "time",
    "failed_from": "time",
    "failed_to": "time",
}


def exploration(values: Mapping[str, Any]) -> Exploration:
    """Check what an exploration is told, with templates rendered; None and an empty text stand for nothing.

    :param values: ``bucket``, ``prefix``, ``rows``, ``grows_by``, and the settings named above
    :raises SettingsError: naming each that is wrong, with its value and what was expected
    """
    problems: list[str] = []

    def read(name: str, reader: Callable[[Any], Any], default: Any) -> Any:
        value = values.get(name)
        if value is None or value == "":
            return default
        try:
            return reader(value)
        except ValueError as error:
            problems.append(f"{name}: {error}, given {quoted(value)}")
            return default

    found = {name: read(name, _reader(kind), () if kind != "time" else "") for name, kind in _KINDS.items()}
    bucket = str(values.get("bucket") or "")
    inputs = tuple(_in_bucket("inputdir", one, bucket, problems) for one in found.pop("inputdir"))
    prefix = read("prefix", _place, "")
    if not inputs:
        problems.append("inputdir: expected a path in the bucket or an s3:// URI, given neither")
    if not prefix:
        problems.append("prefix: expected a path in the bucket or an s3:// URI, given neither")
    rows, grows_by = read("rows", _rows, 1), read("grows_by", _factor, 1.0)
    redact = read("redact", _switch, False)
    if found["keep"] and not redact:
        problems.append(f"keep: names fields for redact, which is not on, given {', '.join(found['keep'])}")
    for window in ("arrived", "failed"):
        begin, end = found[f"{window}_from"], found[f"{window}_to"]
        try:
            check_window(parse_time(begin) if begin else None, parse_time(end) if end else None)
        except ValueError as error:
            problems.append(f"{window}_from: {error}")
    place = _in_bucket("prefix", prefix, bucket, problems).rstrip("/")
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in sorted(set(problems)))
        raise SettingsError(f"the exploration cannot start, {len(set(problems))} problems:\n{listed}")
    return Exploration(inputs=inputs, prefix=place, rows=rows, grows_by=grows_by, redact=redact, **found)


def _reader(kind: Kind) -> Callable[[Any], Any]:
    return lambda value: normalised(kind, value)


def _in_bucket(name: str, place: str, bucket: str, problems: list[str]) -> str:
    if place.startswith("s3://") or not place:
        return place
    if not bucket:
        problems.append(f"{name}: expected an s3:// URI, as no bucket is named, given {quoted(place)}")
    return f"s3://{bucket}/{place.strip('/')}"


def _place(value: Any) -> str:
    places: tuple[str, ...] = normalised("places", value)
    if len(places) != 1:
        raise ValueError("expected one path in the bucket or s3:// URI")
    return places[0]


def _switch(value: Any) -> bool:
    try:
        return msgspec.convert(value, bool, strict=False)
    except ValueError as error:
        raise ValueError("expected true or false") from error


def _rows(value: Any) -> int:
    expected = f"expected a whole number from 1 to {MOST_ROWS:,}"
    try:
        rows = int(value)
    except ValueError as error:
        raise ValueError(expected) from error
    if not 1 <= rows <= MOST_ROWS:
        raise ValueError(expected)
    return rows


def _factor(value: Any) -> float:
    try:
        factor = float(value)
    except ValueError as error:
        raise ValueError("expected a number above 1") from error
    if not factor > 1:
        raise ValueError("expected a number above 1")
    return factor
