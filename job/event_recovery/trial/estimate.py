"""What the whole run will read, send, take and cost, worked out from a sample. A rough figure, before any is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from event_recovery.inputs.packed import packing
from event_recovery.storage.files import StoredFile
from event_recovery.trial.report import TrialReport

#: Unpacked bytes of bad rows that one subtask recovers in a second. Source: 1,000,000 rows of 5 KB on one slot, nine
#: flows, in 737 s, on a busy machine (tests/benchmarks).
BYTES_A_SECOND: Final = 6_800_000
#: Seconds of a cluster that do not depend on the rows: five to eight minutes until it takes steps (the README's Costs),
#: the set-up of the nodes, the job's start and end, the end of the cluster.
AROUND_SECONDS: Final = 10 * 60
#: What Kinesis takes in a second on one shard. Source: its quotas.
SHARD_BYTES: Final = 1_000_000
SHARD_RECORDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run comes to. All but the first four is None where there was no row to work it out from.

    :param stored_bytes: of the files, as they are stored
    :param nodes: of the cluster, the primary node included
    :param subtasks: of the job
    :param rows: that the run is to recover
    :param unpacked_bytes: that it reads
    :param sent_rows: records for the stream
    :param sent_bytes: of them
    :param seconds: of the cluster
    :param shard_seconds: that one shard takes at least for these records, if nothing else is sent to it
    """

    files: int
    stored_bytes: int
    nodes: int
    subtasks: int
    rows: int | None = None
    unpacked_bytes: int | None = None
    sent_rows: int | None = None
    sent_bytes: int | None = None
    seconds: float | None = None
    shard_seconds: float | None = None

    @property
    def node_hours(self) -> float | None:
        """Hours of all nodes together, which is what EC2 and EMR charge for; None when that is not known."""
        return None if self.seconds is None else self.seconds / 3600 * self.nodes


def estimate(report: TrialReport, files: Iterable[StoredFile], *, nodes: int, subtasks: int) -> Estimate:
    """Work out what the whole run comes to.

    :param report: of a trial over some rows of the files
    :param files: all files of the run
    """
    listed = list(files)
    known = Estimate(len(listed), sum(file.size for file in listed), nodes, subtasks)
    sampled = report.sampled
    if not sampled.rows:
        return known

    def unpacked_size(file: StoredFile) -> float:
        factor = None if packing(file.location.name) is None else sampled.packing
        return file.size * (1.0 if factor is None else factor)

    unpacked = round(sum(map(unpacked_size, listed)))
    # As many rows are tried of a small file as of a large one: what became of them counts by the rows that it has.
    lines = {one: unpacked_size(one.file) * one.rows / one.row_bytes for one in report.files}
    chosen = sampled.rows / (sampled.rows + sampled.passed_over)
    scale = chosen * unpacked / sum(unpacked_size(one.file) for one in report.files)
    rows = scale * sum(lines.values())
    sent = scale * sum(count * one.recovered / one.rows for one, count in lines.items())
    sent_bytes = scale * sum(count * one.sent_bytes / one.rows for one, count in lines.items())
    return Estimate(
        files=known.files,
        stored_bytes=known.stored_bytes,
        nodes=nodes,
        subtasks=subtasks,
        rows=round(rows),
        unpacked_bytes=unpacked,
        sent_rows=round(sent),
        sent_bytes=round(sent_bytes),
        seconds=AROUND_SECONDS + unpacked / (BYTES_A_SECOND * subtasks),
        shard_seconds=max(sent_bytes / SHARD_BYTES, sent / SHARD_RECORDS),
    )
