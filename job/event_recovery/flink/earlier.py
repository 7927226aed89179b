"""What earlier tries of a run left, and how the next one goes on from it, so that no row is lost or counted twice.

A run's job commits its files when a checkpoint is complete, and the number of rows that it read with the last one. Then
it deletes its checkpoints, and its client writes the account. Each of them may be lost at any point between.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from event_recovery.contract import JobOptions, RunSummary
from event_recovery.contract.checkpoints import Checkpoint, complete_checkpoints
from event_recovery.contract.endings import ExitCode
from event_recovery.run.account import account
from event_recovery.run.attempts import recorded
from event_recovery.run.locations import RunLocations
from event_recovery.run.preflight import PreflightError, reading_earlier_tries, refuse_finished
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local, Location, parse_location, parse_output


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What lies at the places of a run.

    :param files: the URI of one of its files of rows or counts, with the option that names its place; None if there is
        none
    :param finished: whether ``_SUCCESS`` is there
    :param counted: whether the number of rows is there, so that the job's last checkpoint was complete
    :param lacks: why the files are not all that a finished job writes; None when they are
    :param account: of the files, when they were counted
    :param newest: the newest complete checkpoint
    :param last_job: id of the job that was submitted last, if that is known
    """

    files: tuple[str, str] | None = None
    finished: bool = False
    counted: bool = False
    lacks: str | None = None
    account: RunSummary | None = None
    newest: Checkpoint | None = None
    last_job: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How a try goes on: ``begin`` with the first row, ``resume`` from a checkpoint, or only ``summarise``."""

    how: Literal["begin", "resume", "summarise"]
    checkpoint: str | None = None


def way_on(left: Left, *, asked: str | None, checkpoint_dir: str | None) -> Way:
    """Decide how a try goes on.

    The newest checkpoint is the one: from any other the job would write again what was committed since. When rows were
    counted, it must be one of the last submission, since a job that finished deletes its own and leaves those that
    others left.

    :param asked: the checkpoint that ``flink run -s`` names. One of the run's own gives way to the newest.
    :param checkpoint_dir: URI below which the run keeps its own
    :raises PreflightError: when there is no way to go on
    """
    if left.files is not None and left.lacks is None:
        refuse_finished(left.finished, left.files[1])
        return Way("summarise")
    own = asked is not None and checkpoint_dir is not None and asked.startswith(f"{checkpoint_dir.rstrip('/')}/")
    if asked is not None and not own:
        return Way("resume", asked)
    if left.newest is not None and (not left.counted or left.newest.job_id == left.last_job):
        return Way("resume", left.newest.path)
    if left.files is not None:
        option, uri = left.files
        raise PreflightError(
            ExitCode.OUTPUT,
            f"{option}: {uri} is a file of an earlier run that did not finish ({left.lacks}), and there is no "
            f"checkpoint{f' in {checkpoint_dir}' if checkpoint_dir else ''} to go on from; name other directories: "
            "all rows are then read from the first, and the stream gets again what that run has sent",
        )
    if asked is not None:
        raise PreflightError(ExitCode.OUTPUT, f"the checkpoint {asked} is not there, nor any newer one of this run")
    return Way("begin")


def counted_of(run_id: str | None, locations: RunLocations, storage: Storage, *, began: str) -> RunSummary:
    """Count what the job committed, as ``account`` does, and name the version of Flink."""
    return account(run_id, locations, storage, began=began, flink=version("apache-flink"))


def look(options: JobOptions, locations: RunLocations, storage: Storage, *, began: str) -> Left:
    """Look at what lies at the places of a run.

    :param began: when this client began, ISO 8601 in UTC
    :raises PreflightError: when that cannot be read
    """
    with reading_earlier_tries():
        there = ((option, file) for option, place in locations.named() for file in storage.files(place))
        files = next(((option, file.location.uri) for option, file in there), None)
        newest = None if options.checkpoint_dir is None else _newest(parse_location(options.checkpoint_dir), storage)
        if files is None:
            return Left(newest=newest)
        counts = list(storage.files(locations.submitted))
        finished = any(True for _ in storage.all_files(locations.success))
        made = recorded(locations.attempts, storage)
        lacks: str | None
        counted: RunSummary | None = None
        if not counts:
            lacks = "it did not come to its last row"
        elif not any(True for _ in storage.files(locations.found)):
            lacks = f"{locations.found.uri} is not there"
        else:
            counted = counted_of(options.run_id, locations, storage, began=began)
            lacks = lacking(counted, _written(options, locations, storage))
        return Left(
            files=files,
            finished=finished,
            counted=bool(counts),
            lacks=lacks,
            account=counted,
            newest=newest,
            last_job=made[-1].job_id if made else None,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What was committed beside the counts and indexes.

    :param failed: bytes of all its files
    :param unrecoverable: likewise
    :param recovered: lines of the directory that takes the payloads; None when a stream takes them
    """

    failed: int
    unrecoverable: int
    recovered: int | None


def lacking(summary: RunSummary, written: Written) -> str | None:
    """Tell what is missing of the files that a finished job writes; None when nothing is.

    The count comes from the source, by way of Java alone, and with the last checkpoint, before which the stream has
    taken every payload. But the files of a checkpoint appear one by one, so each kind is compared with the indexes,
    and these with the count.

    :param summary: the account of what is there
    """
    if not summary.submitted or not summary.balanced:
        return f"{summary.submitted} rows were read, and {summary.accounted} are accounted for"
    for name in ("failed", "unrecoverable"):
        tally = getattr(summary, name)
        expected, found = tally.bytes + tally.rows, getattr(written, name)
        if found != expected:
            return f"the files of {name} rows have {found} bytes, and {expected} by the index"
    if written.recovered is not None and written.recovered != summary.recovered.rows:
        return f"{written.recovered} payloads are there, and {summary.recovered.rows} by the index"
    return None


def _written(options: JobOptions, locations: RunLocations, storage: Storage) -> Written:
    output = parse_output(options.output)
    lines = None
    if isinstance(output, Local):
        lines = sum(1 for file in storage.files(output) for _ in storage.lines(file.location))
    return Written(
        failed=_size(locations.failed, storage),
        unrecoverable=_size(locations.unrecoverable, storage),
        recovered=lines,
    )


def _size(directory: Location, storage: Storage) -> int:
    return sum(file.size for file in storage.files(directory))


def _newest(directory: Location, storage: Storage) -> Checkpoint | None:
    found = complete_checkpoints((file.location.uri, file.arrived) for file in storage.all_files(directory))
    return found[-1] if found else None
