"""Plays ``flink run`` for the soak: the job's own client and engine, without a Flink between them.

A Flink takes a minute of two processors for each run. What the client does before and after is the product's own: it
looks at what earlier tries left, checks, chooses files, and makes the account. Only the graph is played here. Payloads
are sent as they come, and all files are written when the last is sent, under names that another try writes again: so a
try that is ended sends again what was sent, and counts it once, as Flink does from its checkpoints.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError
from event_recovery.contract import METRICS, OUTCOMES, JobOptions
from event_recovery.flink import job
from event_recovery.inputs.gzip_input import inflate
from event_recovery.inputs.packed import packing
from event_recovery.run.attempts import Attempt, record
from event_recovery.run.locations import RunLocations
from event_recovery.run.preflight import Checked
from event_recovery.run.rows import CODES, RowWriter
from event_recovery.run.survey import repaired
from event_recovery.storage.files import Storage, StoredFile
from event_recovery.storage.locations import parse_location, parse_output
from support.provider.stand_in import report

#: Records of one request, and seconds before the next, so that a run takes a while and can be struck.
_RECORDS, _PAUSE = 10, 0.7
_TRY_AGAIN = 1.0


def main(argv: Sequence[str]) -> int:
    """Run the job of a command line of ``flink run``, and return its exit code."""
    print(f"flink {' '.join(argv)}", flush=True)
    job._execute = _execute
    return job.main(argv[argv.index("-py") + 2 :])


def _execute(
    options: JobOptions,
    locations: RunLocations,
    checked: Checked,
    storage: Storage,
    *,
    started: str,
    resume_from: str | None,
) -> None:
    storage.write(locations.inputs, checked.given.found.manifest.to_bytes())
    attempt = Attempt(job_id=uuid.uuid4().hex, started=started, restarts=0)
    record(attempt, locations.attempts, storage)
    checkpoints = parse_location(options.checkpoint_dir or "")
    checkpoint = checkpoints.child(f"{attempt.job_id}/chk-1/_metadata")
    storage.write(checkpoint, b"x")
    writer = RowWriter(checked.recovery, as_text=False)
    files = repaired(checked.given, locations.repaired, storage)
    rows = [writer.write(line) for file in files for line in _lines(file, storage)]
    sent = CODES["recovered"]
    _send(parse_output(options.output).name, [row.body for row in rows if row.code == sent])
    rejected = [row for row in rows if row.code != sent]
    for place, lines in (
        (locations.failed, [row.body for row in rejected if row.code == CODES["failed"]]),
        (locations.unrecoverable, [row.body for row in rejected if row.code == CODES["unrecoverable"]]),
        (locations.recovered_index, [row.index_line for row in rows if row.code == sent]),
        (locations.rejected_index, [row.index_line for row in rejected]),
        (locations.submitted, [str(len(rows)).encode()]),  # last: then all is there
    ):
        if lines:
            storage.write(place.child("part-0"), b"".join(b"%b\n" % line for line in lines))

    totals = [*(sum(row.code == CODES[outcome] for row in rows) for outcome in OUTCOMES), len(rows)]
    report(f"container_1_{uuid.uuid4().int % 10_000:04d}_01_000002", dict(zip(METRICS, totals, strict=True)))
    storage.delete(checkpoint)


def _lines(file: StoredFile, storage: Storage) -> list[bytes]:
    chunks = storage.chunks(file.location)
    content = b"".join(inflate(chunks) if packing(file.location.name) == "gzip" else chunks)
    return content.removesuffix(b"\n").split(b"\n")


def _send(stream: str, payloads: Sequence[bytes]) -> None:
    kinesis = boto3.client("kinesis")
    for batch in _batches(payloads):
        left = batch
        while left:
            try:
                answers = kinesis.put_records(StreamName=stream, Records=left)["Records"]
            except (ClientError, BotoCoreError) as error:
                print(f"warning: {error}", file=sys.stderr, flush=True)
            else:
                left = [one for one, answer in zip(left, answers, strict=True) if "ErrorCode" in answer]
            if left:
                time.sleep(_TRY_AGAIN)
        time.sleep(_PAUSE)


def _batches(payloads: Sequence[bytes]) -> Iterator[list[dict[str, Any]]]:
    for begin in range(0, len(payloads), _RECORDS):
        yield [{"Data": one, "PartitionKey": uuid.uuid4().hex} for one in payloads[begin : begin + _RECORDS]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
