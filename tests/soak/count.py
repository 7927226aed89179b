"""Where every row must be after the soak, counted by the engine from what was put into the bucket, and where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from drills.outcome import Hashes, bad_row_hash, expected_outcome, files_faults, stream_faults, summary_faults
from event_recovery import Limits, Recovery
from event_recovery.contract import RunSummary

#: As often as the DAG lets an event be sent.
RESENDS = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What one run has left.

    :param keys: the files that it has read
    :param lines: their rows, as they were put into the bucket
    :param failed: lines of its files of failed rows; those of the others likewise
    """

    account: RunSummary
    keys: Sequence[str]
    lines: Sequence[bytes]
    failed: Sequence[bytes]
    unrecoverable: Sequence[bytes]
    recovered_index: Sequence[bytes]
    rejected_index: Sequence[bytes]


@dataclass
class Count:
    """What was counted of all runs: rows by their place, and what is wrong.

    :param sent: how often each event was sent, by the indexes
    :param repeated: records of the stream beyond one for each payload
    """

    places: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)


def count(config: str, files: Mapping[str, Sequence[bytes]], runs: Mapping[str, Found], stream: Hashes) -> Count:
    """Compare what the runs have left with what was put into the bucket.

    :param files: the rows by key
    :param runs: by their ids
    :param stream: the records of the stream
    """
    counted = Count()
    counted.faults += _read_once(files, runs)
    recovered: Hashes = Counter()
    for run_id, found in runs.items():
        recovery = Recovery.from_config(config, limits=Limits(resends=RESENDS), mark=run_id)
        expected = expected_outcome(recovery, found.lines)
        recovered += expected.recovered
        sizes = {name: sum(map(len, getattr(found, name))) for name in ("failed", "unrecoverable")}
        faults = [
            *files_faults("failed", Counter(map(bad_row_hash, found.failed)), expected.failed),
            *files_faults("unrecoverable", Counter(map(bad_row_hash, found.unrecoverable)), expected.unrecoverable),
            *files_faults("index", Counter(_digests(found.recovered_index)), expected.recovered),
            *summary_faults(found.account, expected, {"recovered": expected.recovered_bytes, **sizes}),
        ]
        counted.faults += [f"{run_id}: {fault}" for fault in faults]
        counted.places.update(_places(found))
        for line in found.recovered_index:
            counted.sent.update(line.decode().partition("\t")[0].split(","))
    counted.faults += stream_faults(stream, recovered)
    counted.repeated = (stream - recovered).total()
    del counted.sent["-"]
    too_often = sum(times > RESENDS for times in counted.sent.values())
    counted.faults += [f"{too_often} events were sent more than {RESENDS} times"] if too_often else []
    rows = sum(map(len, files.values()))
    if counted.places.total() != rows:
        counted.faults.append(f"{rows} rows were put into the bucket, and {counted.places.total()} have a place")
    return counted


def _read_once(files: Mapping[str, Sequence[bytes]], runs: Mapping[str, Found]) -> Iterator[str]:
    read = Counter(key for found in runs.values() for key in found.keys)
    for what, keys in (
        ("was read by no run", files.keys() - read.keys()),
        ("was put there by nobody", read.keys() - files.keys()),
        ("was read by several runs", {key for key, times in read.items() if times > 1}),
    ):
        if keys:
            yield f"{len(keys)} files: {min(keys)} {what}"


def _digests(index: Iterable[bytes]) -> Iterator[int]:
    for line in index:
        yield int(line.split(b"\t")[1], 16)


def _places(found: Found) -> Iterator[str]:
    yield from ("recovered" for _ in found.recovered_index)
    for line in found.rejected_index:
        outcome, error, *_ = line.decode().split("\t")
        yield error if error == "CameBack" else outcome
