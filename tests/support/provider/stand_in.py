"""Plays ``flink run`` for the provider's tests: reads the job's options, and leaves behind what the job would.

Its own options come behind the path of the job's file, in the same argument, since the job knows none of them:
``--rows N``, ``--failed-rows N``, ``--seconds N`` (how long it works), ``--checkpoints N``, ``--hold`` (it goes on
until its bucket has the object ``release``, and completes checkpoints if it has any), ``--lose N`` (rows that it
forgets), ``--quiet`` (no metrics), ``--damaged`` (its input has a file that is not gzip), ``--exit N``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shlex
import socket
import sys
import time
import uuid
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from event_recovery.contract import METRICS, DamagedFile, MetricName, RunSummary, Tally

RELEASE = "release"


def main(argv: list[str]) -> int:
    """Play one run of the job; returns its exit code."""
    print(f"flink {' '.join(argv)}", flush=True)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--summary", "--checkpoint-dir", "--run-id"):
        parser.add_argument(name)
    for name, value in (
        ("rows", 100),
        ("failed-rows", 20),
        ("seconds", 2),
        ("checkpoints", 1),
        ("lose", 0),
        ("exit", 0),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--damaged", action="store_true")
    own = shlex.split(argv[argv.index("-py") + 1])[1:]
    options, _ = parser.parse_known_args(
        [*own, *(word for word in argv if word.startswith("--") or not word.startswith("-"))]
    )
    checkpoint = argv[argv.index("-s") + 1] if "-s" in argv else ""
    s3 = boto3.client("s3")
    job, container = uuid.uuid4().hex, f"container_1_{uuid.uuid4().int % 10_000:04d}_01_000002"
    first = int(checkpoint.rsplit("-", 1)[1]) + 1 if checkpoint else 1
    for number in range(first, first + options.checkpoints):
        time.sleep(options.seconds / options.checkpoints)
        put(s3, f"{options.checkpoint_dir}/{job}/chk-{number}/_metadata", b"x")
    if not options.checkpoints:
        time.sleep(options.seconds)
    for number in itertools.count(first + options.checkpoints):
        if not options.hold or released(s3, options.checkpoint_dir):
            break
        if options.checkpoints:
            put(s3, f"{options.checkpoint_dir}/{job}/chk-{number}/_metadata", b"x")
        time.sleep(2)
    if options.exit:
        print("Caused by: java.lang.IllegalStateException: the stand-in was told to fail", file=sys.stderr)
        return int(options.exit)
    recovered = options.rows - options.failed_rows - options.lose
    if not options.quiet:
        report(container, dict(zip(METRICS, (recovered, options.failed_rows, 0, options.rows), strict=True)))
    summary = RunSummary(
        run_id=options.run_id,
        submitted=options.rows,
        recovered=Tally(rows=recovered),
        failed=Tally(rows=options.failed_rows, labels={"error": {"CastFailure": options.failed_rows}}),
        unrecoverable=Tally(),
        started="2026-11-22T10:00:00+00:00",
        finished="2026-11-22T10:05:00+00:00",
        restarts=0,
        versions={"stand-in": "1"},
        damaged_files={"s3://b/x.gz": DamagedFile("it is not a gzip file", 0)} if options.damaged else {},
    )
    put(s3, options.summary, summary.to_json().encode())
    put(s3, options.summary.rsplit("/", 1)[0] + "/_SUCCESS", b"")
    return 0


def report(container: str, counts: dict[str, int]) -> None:
    """Send the counters as Flink's StatsD reporter does."""
    address = ("127.0.0.1", int(os.environ["LOCALAWS_STATSD_PORT"]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for metric, value in counts.items():
            name = str(MetricName(container, 0, metric))  # type: ignore[arg-type]
            sender.sendto(f"{name}:{value}|g".encode(), address)


def released(s3: object, uri: str) -> bool:
    """Tell whether the bucket of a URI has the object that lets the job end."""
    listed = s3.list_objects_v2(Bucket=urlsplit(uri).netloc, Prefix=RELEASE)  # type: ignore[attr-defined]
    return bool(listed["KeyCount"])


def put(s3: object, uri: str, body: bytes) -> None:
    """Write an object."""
    parts = urlsplit(uri)
    s3.put_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"), Body=body)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
