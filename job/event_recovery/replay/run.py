"""A run without a cluster: check, recover each part of the input, and count; or what of it earlier tries left to do."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Final
from uuid import uuid4

from event_recovery.contract import JobOptions, RunSummary
from event_recovery.contract.endings import ExitCode
from event_recovery.inputs.choice import Selection
from event_recovery.replay.counts import SharedCounts
from event_recovery.replay.files import Places, is_of_a_piece, piece_name
from event_recovery.replay.metrics import published
from event_recovery.replay.pace import Pace
from event_recovery.replay.processes import CONTEXT, cores, recover_all, shared_turn
from event_recovery.replay.progress import Look, Watched
from event_recovery.replay.worker import Work
from event_recovery.run.account import RunFailedError, account, conclude, keep_findings, now, patiently
from event_recovery.run.attempts import Attempt, record, recorded
from event_recovery.run.locations import RunLocations, storage_of
from event_recovery.run.preflight import Checked, PreflightError, preflight, reading_earlier_tries, refuse_finished
from event_recovery.run.rows import RowWriter
from event_recovery.run.splits import SPLIT_BYTES, Split, read_splits, split_lines
from event_recovery.run.stream import Requests, StreamOutput, requests_at
from event_recovery.run.survey import repaired
from event_recovery.run.told import damaged_files, told, told_rate
from event_recovery.storage.clients import aws_client
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import Local

#: What an attempt is called, in place of the id of Flink's job.
_ATTEMPT: Final = "in-place-"
#: Parts for each core, so that the cores come to their end at about the same time, and the least bytes of one.
_PARTS_OF_A_CORE: Final = 8
_LEAST_BYTES: Final = 1024 * 1024


@contextmanager
def ends_when_asked(tell: Callable[[str], None]) -> Iterator[threading.Event]:
    """Set an event at the first SIGINT or SIGTERM; the second ends the process as it does elsewhere."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(*_: object) -> None:
        restore()
        stop.set()
        tell("ending once the parts that are under way are done; once more ends it at once")

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        restore()


def replay(
    options: JobOptions, *, tell: Callable[[str], None], look: Look, stop: threading.Event | None = None
) -> RunSummary:
    """Recover all rows of the input, and return their account.

    :param tell: told what a person should know, a line at a time
    :param stop: when it is set, the run ends with the parts of the input that are under way
    :raises PreflightError: when the run must not begin
    :raises RunFailedError: when it did not come to its end; another with the same options goes on
    :raises StorageError: when a file of the run cannot be read or written
    """
    storage = storage_of(options)
    locations, began = RunLocations.of(options), now()
    with reading_earlier_tries():
        _check_place(locations, storage)
    checked = preflight(options, locations, storage)
    for line in (*told(checked, options), *told_rate(checked)):
        tell(line)
    splits = _splits(checked, locations, storage)
    places = Places(locations, checked.output if isinstance(checked.output, Local) else None)
    finished = places.finished(storage)
    if finished:
        tell(f"going on: {len(finished):,} of {len(splits):,} parts of the input are done")
    for file in places.unfinished(storage, finished):
        storage.delete(file)
    record(Attempt(f"{_ATTEMPT}{uuid4().hex[:12]}", began, 0), locations.attempts, storage)
    gone = checked.given.found.changed
    left = [
        (number, split)
        for number, split in enumerate(splits)
        if piece_name(number) not in finished and split.location.uri not in gone
    ]
    if left:
        _recover(left, options, checked, places, storage, tell=tell, look=look, stop=stop or threading.Event())

    def finish() -> RunSummary:
        summary = account(options.run_id, locations, storage, began=began, flink=None)
        conclude(summary, locations, storage)
        return summary

    return patiently(finish, tell=tell)


def _recover(
    left: Sequence[tuple[int, Split]],
    options: JobOptions,
    checked: Checked,
    places: Places,
    storage: Storage,
    *,
    tell: Callable[[str], None],
    look: Look,
    stop: threading.Event,
) -> None:
    """Recover parts of the input.

    :raises RunFailedError: when not all of them came to their end
    """
    processes = min(cores(), len(left))
    counts = SharedCounts(CONTEXT, processes)
    output = checked.output if isinstance(checked.output, StreamOutput) else None
    selection = Selection.asked_by(options).rows or None
    most = Requests(options.batch_size, options.max_buffered)
    work = Work(
        writer=RowWriter(checked.recovery, as_text=output is None, selection=selection),
        places=places,
        storage=storage,
        counts=counts,
        output=output,
        endpoint_urls=options.endpoint_urls,
        records=(most if checked.rate is None else requests_at(checked.rate, most=most)).records,
        pace=None if checked.rate is None else Pace(checked.rate, shared_turn()),
    )
    size = sum(split.length for _, split in left)
    watched = Watched(size, counts.all)
    with _metrics(counts, options, output, selects=selection is not None, tell=tell):
        ended = recover_all(left, work, processes=processes, stop=stop, look=partial(look, watched))
    if ended < len(left):
        raise RunFailedError(
            f"the run was ended when {len(left) - ended:,} parts of the input were left; start it again to go on"
        )


def _metrics(
    counts: SharedCounts,
    options: JobOptions,
    output: StreamOutput | None,
    *,
    selects: bool,
    tell: Callable[[str], None],
) -> AbstractContextManager[None]:
    """Send metrics where the stream is; a run into a directory needs no AWS at all."""
    if output is None:
        return nullcontext()
    client = aws_client("cloudwatch", output.region, endpoint_url=options.endpoint_urls.get("cloudwatch"))
    return published(counts, client, selects=selects, tell=tell)


def _check_place(locations: RunLocations, storage: Storage) -> None:
    """Check that what lies at the places of the run, if anything, was written by such a run that is to go on.

    :raises PreflightError: when it was not
    """
    refuse_finished(any(True for _ in storage.all_files(locations.success)), locations.success.uri)
    on_flink = any(not one.job_id.startswith(_ATTEMPT) for one in recorded(locations.attempts, storage))
    files = ((option, file) for option, place in locations.named() for file in storage.files(place))
    for option, file in files:
        if on_flink or not is_of_a_piece(file.location):
            raise PreflightError(
                ExitCode.OUTPUT,
                f"{option}: {file.location.uri} is of a run on Flink, which goes on there; name another place to "
                "recover all rows here from the first, which sends again what that run has sent",
            )


def _size(checked: Checked) -> int:
    return sum(file.size for file in checked.given.choice.files)


def _splits(checked: Checked, locations: RunLocations, storage: Storage) -> list[Split]:
    """Return the parts of the input: those of the run's first try, whatever a later version would make of it."""
    keep_findings(damaged_files(checked), checked.given.found.changed, locations, storage)
    if not any(True for _ in storage.all_files(locations.splits)):
        storage.write(locations.inputs, checked.given.found.manifest.to_bytes())
        most = min(SPLIT_BYTES, max(_LEAST_BYTES, _size(checked) // (_PARTS_OF_A_CORE * cores())))
        files = repaired(checked.given, locations.repaired, storage)
        storage.write_pieces(locations.splits, split_lines(files, most))
    return read_splits(storage.read(locations.splits))
