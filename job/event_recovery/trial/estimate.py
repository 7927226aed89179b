"""What the whole run will read, send, take and cost, worked out from a sample. A rough figure, before any is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from event_recovery.contract.effort import cluster_seconds, node_hours
from event_recovery.contract.rate import Rate
from event_recovery.inputs.packed import packing
from event_recovery.storage.files import StoredFile
from event_recovery.trial.report import TrialReport


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
    :param rate: at which they are sent at most, None for no limit
    :param rate_seconds: that this takes at least: as long as one shard takes if nothing else is sent to it, without one
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
    rate_seconds: float | None = None
    rate: Rate | None = None

    @property
    def node_hours(self) -> float | None:
        """Hours of all nodes together, which is what EC2 and EMR charge for; None when that is not known."""
        return None if self.seconds is None else node_hours(self.seconds, self.nodes)


def estimate(
    report: TrialReport, files: Iterable[StoredFile], *, nodes: int, subtasks: int, rate: Rate | None = None
) -> Estimate:
    """Work out what the whole run comes to.

    :param report: of a trial over some rows of the files
    :param files: all files of the run
    :param rate: at which it sends at most, None for no limit
    """
    listed = list(files)
    known = Estimate(len(listed), sum(file.size for file in listed), nodes, subtasks, rate=rate)
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
    rate_seconds = (rate or Rate.of_shards(1, share=1)).seconds(sent, sent_bytes)
    return Estimate(
        files=known.files,
        stored_bytes=known.stored_bytes,
        nodes=nodes,
        subtasks=subtasks,
        rows=round(rows),
        unpacked_bytes=unpacked,
        sent_rows=round(sent),
        sent_bytes=round(sent_bytes),
        # Rows that are passed over are read, too.
        seconds=cluster_seconds(rows / chosen, unpacked, subtasks=subtasks, sending=rate_seconds if rate else 0),
        rate_seconds=rate_seconds,
        rate=rate,
    )
