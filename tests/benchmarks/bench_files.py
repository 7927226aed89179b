"""What a run of very many small files costs before its first row, and the job after that.

Run by ``make bench-files FILES="--files 200000 --started"``. Processor seconds and peak memory count, since the machine
may be shared; elapsed seconds are beside them. The first stages are measured one by one in this process; the client of
the job then does them all again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import boto3  # type: ignore[import-untyped]
import event_recovery.flink
from event_recovery.contract import JobOptions, RunSummary
from event_recovery.inputs.choice import Selection, choose
from event_recovery.inputs.given import parse_input
from event_recovery.inputs.manifest import Manifest
from event_recovery.run.locations import RunLocations
from event_recovery.run.splits import split_lines
from event_recovery.run.survey import asked_by, repaired, survey
from event_recovery.storage.files import Storage
from generator import rows
from generator.configs import pass_through
from localaws.flink import FlinkCluster, FlinkRun
from localaws.processes import group_members, memory_bytes, wait_until
from localaws.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from rich.console import Console
from rich.table import Table

T = TypeVar("T")
BUCKET = "bad-rows"
FOLDER = "partitioned/com.snowplowanalytics.snowplow.badrows.schema_violations"
_THREADS = 8
_SECONDS = 7200.0
_JOB = Path(event_recovery.flink.__file__).with_name("job.py")
_AWS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}


class Stages:
    """A table of stages, each with its processor and elapsed seconds and the peak memory of the process by then."""

    def __init__(self, title: str) -> None:
        self.table = Table(title=title, title_justify="left")
        for heading in ("stage", "CPU s", "elapsed s", "peak MB", "told"):
            self.table.add_column(heading, justify="left" if heading in ("stage", "told") else "right")

    def run(self, name: str, work: Callable[[], T], told: Callable[[T], str]) -> T:
        """Run and measure one stage."""
        cpu, began = time.process_time(), time.perf_counter()
        result = work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = (time.process_time() - cpu, time.perf_counter() - began)
        self.table.add_row(name, *(f"{value:.1f}" for value in seconds), f"{peak:.0f}", told(result))
        return result


def fill(s3: S3Server, files: int, rows_each: int) -> int:
    """Put the files into the bucket, and return their bytes."""
    client = boto3.client("s3", endpoint_url=s3.endpoint_url)
    client.create_bucket(Bucket=BUCKET)
    bodies = [gzip.compress(b"\n".join(rows(rows_each, seed=seed)), compresslevel=1) for seed in range(min(files, 50))]

    def put(number: int) -> int:
        body = bodies[number % len(bodies)]
        client.put_object(Bucket=BUCKET, Key=f"{FOLDER}/2026-11-28-101500-{number:032x}.gz", Body=body)
        return len(body)

    with ThreadPoolExecutor(_THREADS) as threads:
        return sum(threads.map(put, range(files), chunksize=100))


def main() -> None:
    """Measure each stage of a run's client by itself, then the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=1, help="in each file")
    parser.add_argument("--started", action="store_true", help="end the job after its first checkpoint")
    arguments = parser.parse_args()
    os.environ.update(_AWS, AWS_DEFAULT_REGION="us-east-1")
    with tempfile.TemporaryDirectory(prefix="bench-files-") as folder:
        work = Path(folder)
        with S3Server.start(work / "s3") as s3:
            measure(work, s3, files=arguments.files, rows_each=arguments.rows, started=arguments.started)


def measure(work: Path, s3: S3Server, *, files: int, rows_each: int, started: bool) -> None:
    """Fill the bucket, measure, and print as it goes."""
    stages = Stages(f"{files:,} files of {rows_each:,} rows")
    stages.run("fill the bucket", lambda: fill(s3, files, rows_each), lambda size: f"{size / 1e6:,.1f} MB")
    options = JobOptions(
        inputs=(f"s3://{BUCKET}/partitioned/",),
        output=str(work / "out"),
        failed=f"s3://{BUCKET}/runs/1/failed",
        unrecoverable=f"s3://{BUCKET}/runs/1/unrecoverable",
        config=json.dumps(pass_through()),
        checkpoint_interval=10,
        checkpoint_dir=(work / "checkpoints").as_uri(),
        endpoint_urls={"s3": s3.endpoint_url},
    )
    storage, locations = Storage(s3_endpoint_url=s3.endpoint_url), RunLocations.of(options)
    given = parse_input(options.inputs[0])
    listed = stages.run("list", lambda: list(storage.all_files(given.start)), lambda found: f"{len(found):,} files")
    choice = stages.run(
        "choose", lambda: choose([(given, listed)], Selection()), lambda one: f"{len(one.files):,} files"
    )
    content = stages.run(
        "manifest",
        lambda: Manifest(asked_by(options), choice.files).to_bytes(),
        lambda made: f"{len(made) / 1e6:.1f} MB",
    )
    stages.run("read the manifest", lambda: Manifest.from_bytes(content), lambda read: f"{len(read.files):,} files")
    seen = stages.run(
        "look into each file",
        lambda: survey(options, Selection(), storage, kept=locations.inputs),
        lambda found: f"{found.rows:,} rows",
    )
    stages.run(
        "list for Flink",
        lambda: storage.write_pieces(locations.splits, split_lines(repaired(seen, locations.repaired, storage))),
        lambda size: f"{size / 1e6:.1f} MB",
    )
    console = Console(width=110)
    console.print(stages.table)
    settings = {"python.pythonpath": str(_JOB.parents[2]), "taskmanager.memory.process.size": "2304m"}
    env = {name: os.environ[name] for name in _AWS}
    with FlinkCluster.start(work / "flink", s3_endpoint=s3.endpoint_url, config=settings, env=env) as flink:
        began = time.monotonic()
        run = flink.submit("-py", str(_JOB), *options.to_argv())
        try:
            wait_until(
                lambda: has_checkpoint(flink, run), _SECONDS, "a first checkpoint", process=run.process, interval=1
            )
            client = max((memory_bytes(pid, peak=True) for pid in group_members(run.process.pid)), default=0)
            others = ", ".join(f"{name} {size / 2**20:,.0f} MB" for name, size in flink.resident_bytes().items())
            console.print(
                f"{time.monotonic() - began:,.0f} s from the start of the job to its first checkpoint; largest process "
                f"of the client {client / 2**20:,.0f} MB at its peak; then {others}",
                highlight=False,
            )
            if not started:
                status = run.wait(_SECONDS)
                account = RunSummary.from_json(storage.read(locations.summary))
                console.print(
                    f"{time.monotonic() - began:,.0f} s in all, exit status {status}: {account.submitted:,} rows "
                    f"submitted, {account.accounted:,} accounted for",
                    highlight=False,
                )
        finally:
            run.process.stop(grace=1)


def has_checkpoint(flink: FlinkCluster, run: FlinkRun) -> bool:
    """Tell whether the job has completed a checkpoint, which it does not before rows have been read."""
    running = [job for job, state in flink.rest.jobs().items() if state == "RUNNING"]
    return any(map(flink.rest.completed_checkpoint, running)) or not run.process.is_alive()


if __name__ == "__main__":
    main()
