"""Which files were recovered already: told by the manifests of earlier runs that succeeded.

Each run leaves an entry whose name has the span in which its files arrived, so that one listing tells which manifests
can hold a file of another run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from event_recovery.inputs.manifest import Manifest
from event_recovery.storage.files import StoredFile

_TIME: Final = "%Y%m%dT%H%M%SZ"
_ENTRY = re.compile(r"(?P<first>[0-9]{8}T[0-9]{6}Z)_(?P<last>[0-9]{8}T[0-9]{6}Z)_(?P<run>.+)")
#: What of the things asked for decides which rows of a file are recovered.
_ROWS: Final = ("types", "failed_from", "failed_to")


def entry_name(files: Iterable[StoredFile], run_id: str) -> str:
    """Return the name of a run's entry: when its first and its last file arrived, in whole seconds, and its id."""
    arrived = [file.arrived for file in files]
    return f"{_second(min(arrived))}_{_second(max(arrived))}_{run_id}"


def runs_to_ask(entries: Iterable[str], files: Sequence[StoredFile], *, but: str) -> Iterator[str]:
    """Yield the ids of the runs, each once, that may have read one of the files.

    :param entries: names of all entries
    :param but: id of a run that is not asked
    """
    seconds = {_second(file.arrived) for file in files}
    first, last = min(seconds, default=""), max(seconds, default="")
    seen = {but}
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        if found is None or found["run"] in seen:
            continue
        if found["first"] <= last and found["last"] >= first:
            seen.add(found["run"])
            yield found["run"]


def already_read(
    files: Iterable[StoredFile], wanted: Mapping[str, Any], earlier: Iterable[tuple[str, Manifest]]
) -> dict[str, str]:
    """Return the files that earlier runs have read as they are, by URI, each with the id of one of these runs.

    A run that chose among the rows of its files counts only for a run that chooses the same rows.

    :param wanted: what is asked for now, see ``manifest.asked``
    :param earlier: run ids, and the manifests of runs that succeeded
    """
    now = {(file.location.identity, file.size, file.etag, _second(file.arrived)): file for file in files}
    found: dict[str, str] = {}
    for run_id, manifest in earlier:
        rows = {name: manifest.asked[name] for name in _ROWS if name in manifest.asked}
        if rows and rows != {name: wanted[name] for name in _ROWS if name in wanted}:
            continue
        for file in manifest.files:
            same = now.get((file.location.identity, file.size, file.etag, _second(file.arrived)))
            if same is not None:
                found.setdefault(same.location.uri, run_id)
    return found


def _second(time: datetime) -> str:
    return time.astimezone(UTC).strftime(_TIME)
