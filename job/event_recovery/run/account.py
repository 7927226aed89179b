"""The account of a run whose job has ended: made of what it committed, by whichever client comes to it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TypeVar
from uuid import uuid4

from event_recovery.contract import DamagedFile, RunSummary
from event_recovery.run.attempts import recorded, restarts
from event_recovery.run.locations import RunLocations
from event_recovery.run.summary import summarise
from event_recovery.storage.files import Storage, StorageError

_Made = TypeVar("_Made")


class RunFailedError(Exception):
    """The run failed or was ended; the text has the reason."""


#: Seconds between two tries. Each request of a try is itself sent several times, over about a minute; only what breaks
#: off in the middle of an answer is not.
_PAUSES = (5.0, 10.0, 20.0, 40.0, 80.0)


def keep_findings(
    damaged: Mapping[str, DamagedFile], changed: Mapping[str, str], locations: RunLocations, storage: Storage
) -> None:
    """Write down what is wrong with the input files, by URI, for whoever makes the account.

    :raises StorageError: when it cannot be written
    """
    found = {"damaged_files": {uri: asdict(one) for uri, one in damaged.items()}, "changed_files": dict(changed)}
    storage.write(locations.found, json.dumps(found).encode())


def account(
    run_id: str | None, locations: RunLocations, storage: Storage, *, began: str, flink: str | None
) -> RunSummary:
    """Count what the run committed, and say when it began and how often it restarted.

    :param began: when this client began, ISO 8601 in UTC: the run's beginning when none was recorded
    :param flink: the version of Flink that it ran on, None when it ran without
    :raises StorageError: when a file of the run cannot be read
    """
    found = json.loads(storage.read(locations.found))
    made = recorded(locations.attempts, storage)
    return summarise(
        run_id=run_id or f"run-{uuid4().hex[:12]}",
        locations=locations,
        storage=storage,
        started=made[0].started if made else began,
        finished=now(),
        restarts=restarts(made),
        versions={
            "event-recovery": version("airflow-provider-event-recovery"),
            **({} if flink is None else {"flink": flink}),
            "python": sys.version.split()[0],
        },
        damaged_files={uri: DamagedFile(**damage) for uri, damage in found["damaged_files"].items()},
        changed_files=found["changed_files"],
    )


def conclude(summary: RunSummary, locations: RunLocations, storage: Storage) -> None:
    """Write the account, and that the run is complete if it is.

    :raises RunFailedError: when rows are missing from the account
    :raises StorageError: when a file cannot be written
    """
    storage.write(locations.summary, summary.to_json().encode())
    if not summary.balanced:
        raise RunFailedError(
            f"{summary.submitted} rows were read, but {summary.accounted} are accounted for; "
            f"see {locations.summary.uri}"
        )
    if not summary.submitted:
        # The checks found a row in each input, if only in the readable part of a damaged file.
        raise RunFailedError(f"no row was read, although the input holds some; see {locations.summary.uri}")
    storage.write(locations.success, b"")


def patiently(
    work: Callable[[], _Made],
    *,
    tell: Callable[[str], None],
    pauses: Sequence[float] = _PAUSES,
    sleep: Callable[[float], None] = time.sleep,
) -> _Made:
    """Do work on the files of a job that has finished, again after a pause when the store fails.

    :param work: what can be done again from its beginning
    :raises StorageError: when it failed each time
    """
    for pause in pauses:
        try:
            return work()
        except StorageError as error:
            tell(f"warning: {error}; trying again in {pause:g} s")
            sleep(pause)
    try:
        return work()
    except StorageError as error:
        raise StorageError(
            f"the job finished, but its summary could not be made: {error}; "
            "start the run again: it is then made from what the job wrote, and nothing is sent again"
        ) from error


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
