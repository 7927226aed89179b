"""The servers of the drills, and runs of the job on them."""

from __future__ import annotations

import itertools
import os
import signal
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3  # type: ignore[import-untyped]
import event_recovery.flink
from botocore.config import Config
from event_recovery.contract import JobOptions, RunPaths, RunSummary
from event_recovery.contract.flink import cluster_settings
from localaws.flink import FlinkCluster, FlinkRun
from localaws.flink.rest import TERMINAL_STATES
from localaws.kinesis import KinesisProcess, ShardLimits, record_hash
from localaws.processes import wait_until
from localaws.s3 import ACCESS_KEY, SECRET_KEY, S3Server

from drills.outcome import Hashes, bad_row_hash

REGION = "us-east-1"
SHARDS = 4
JOB = Path(event_recovery.flink.__file__).with_name("job.py")
_PATIENCE = 240.0  # seconds: a busy machine takes its time to start a client, a JVM and a Python worker
# The job that these drills import is the one that runs, whatever is installed.
_CONFIG = {
    "python.pythonpath": str(JOB.parents[2]),
    # Of the ten that Flink remembers by itself none is complete once a sink that ends has declined ten in a row.
    "web.checkpoints.history": "500",
}
_UPLOADS = 8
_ACCESS = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": REGION}
ENV = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}


def _as_on_a_cluster(statsd_port: int | None) -> dict[str, str]:
    """The bundle's settings of TaskManagers and, with a port, of what Flink reports there."""
    begins = ("taskmanager.", "cluster.", "env.java.opts.", *(() if statsd_port is None else ("metrics.",)))
    settings = {key: value for key, value in cluster_settings().items() if key.startswith(begins)}
    return settings if statsd_port is None else {**settings, "metrics.reporter.statsd.port": str(statsd_port)}


class Site:
    """S3 with faults on command, Kinesis with limits, and a Flink of one TaskManager with one slot.

    Use as a context manager. Without ``with_faults`` S3 has none, and no proxy before it that takes processor time.
    ``slots`` is how many the TaskManager has; with none there is no Flink. With ``statsd_port`` Flink reports there
    what it reports on a cluster. ``config`` are further settings of Flink, which win.
    """

    bucket = "recovery"

    def __init__(
        self,
        work: Path,
        *,
        with_faults: bool = True,
        slots: int = 1,
        statsd_port: int | None = None,
        config: Mapping[str, str] | None = None,
    ) -> None:
        self.work = work
        self._with_faults = with_faults
        self._slots = slots
        own = {**_CONFIG, **_as_on_a_cluster(statsd_port), "taskmanager.numberOfTaskSlots": str(slots)}
        self._config = {**own, **(config or {})}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self.s3 = starting.enter_context(S3Server.start(self.work / "s3", with_faults=self._with_faults))
            self.kinesis = starting.enter_context(KinesisProcess.start(self.work / "kinesis", limits=None))
            if self._slots:
                self.flink = starting.enter_context(self._start_flink({}))
            path_style = Config(s3={"addressing_style": "path"})
            self.objects = boto3.client("s3", endpoint_url=self.s3.endpoint_url, config=path_style, **_ACCESS)
            self.streams = boto3.client("kinesis", endpoint_url=self.kinesis.endpoint_url, **_ACCESS)
            self.objects.create_bucket(Bucket=self.bucket)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def upload(self, tree: Path, prefix: str) -> None:
        """Put every file below the folder under the prefix."""
        paths = [path for path in tree.rglob("*") if path.is_file()]
        with ThreadPoolExecutor(_UPLOADS) as threads:
            for _ in threads.map(
                lambda path: self.objects.upload_file(str(path), self.bucket, f"{prefix}/{path.relative_to(tree)}"),
                paths,
            ):
                pass  # an upload that went wrong is told here

    def restore(self, *, pace: float | None) -> None:
        """End every fault, let the streams take ``pace`` rows a second (None: any number), and have one TaskManager."""
        if self.s3.faults is not None:
            self.s3.faults.heal()
        self.kinesis.admin.heal()
        self.kinesis.admin.set_limits(
            None if pace is None else ShardLimits(write_bytes=1e12, write_records=pace / SHARDS)
        )
        if self._slots and not self.flink.task_managers():
            self.flink.add_task_manager()

    def renew_task_manager(self) -> None:
        """Replace the TaskManager by a fresh one."""
        for process in self.flink.task_managers():
            process.stop()
        self.flink.add_task_manager()

    def renew_flink(self, config: Mapping[str, str]) -> None:
        """Replace the whole cluster by a fresh one, with settings on top of those of the site."""
        self.flink.stop()
        self.flink = self._running.enter_context(self._start_flink(config))

    def _start_flink(self, config: Mapping[str, str]) -> FlinkCluster:
        return FlinkCluster.start(
            self.work / "flink",
            slots=self._slots,
            s3_endpoint=self.s3.endpoint_url,
            config={**self._config, **config},
            env=ENV,
        )

    def end_jobs(self) -> None:
        """Cancel every job that still runs."""
        for job, state in self.flink.rest.jobs().items():
            if state not in TERMINAL_STATES:
                self.flink.rest.cancel(job)
                self.flink.rest.wait_for(job)


class Run:
    """One recovery on the site, over all its attempts: the first, and those that resume it.

    ``buffered`` records wait for the stream before the job slows down; None for as many as by default. ``further`` are
    options of the job. What it leaves in S3 goes below ``under``.
    """

    def __init__(
        self,
        site: Site,
        inputs: tuple[str, ...],
        *,
        config: str,
        checkpoint_interval: int = 1,
        buffered: int | None = 500,
        shards: int = SHARDS,
        name: str | None = None,
        under: str = "",
        **further: Any,
    ) -> None:
        self.site = site
        self.id = name or f"run-{uuid.uuid4().hex[:8]}"
        self.paths = RunPaths.of(base=f"s3://{site.bucket}/{under}", run_id=self.id)
        options = JobOptions(
            inputs=inputs,
            output=self.id,
            failed=self.paths.failed,
            unrecoverable=self.paths.unrecoverable,
            config=config,
            region=REGION,
            checkpoint_interval=checkpoint_interval,
            checkpoint_dir=self.paths.checkpoints,
            endpoint_urls={"kinesis": site.kinesis.endpoint_url, "s3": site.s3.endpoint_url},
            run_id=self.id,
            summary=self.paths.summary,
            **further,
        )
        if buffered is not None:
            options = replace(options, batch_size=min(500, buffered // 5), max_buffered=buffered)
        self.options = options
        self.attempts: list[FlinkRun] = []
        site.streams.create_stream(StreamName=self.id, ShardCount=shards)

    def submit(self, *further: str, program: Path = JOB, checkpoint: str | None = None, parallelism: int = 1) -> None:
        """Start the job, its options and ``further`` ones, from a checkpoint if one is given; return at once."""
        resume = () if checkpoint is None else ("-s", checkpoint)
        self.attempts.append(
            self.site.flink.submit("-p", str(parallelism), *resume, "-py", program, *self.options.to_argv(), *further)
        )

    @property
    def client(self) -> FlinkRun:
        """The ``flink run`` of the newest attempt."""
        return self.attempts[-1]

    def job(self) -> str:
        """The id of the newest attempt's job, once it is submitted."""
        return self.client.wait_for_job(_PATIENCE)

    def sent(self) -> int:
        """Records the stream took so far."""
        return self.site.kinesis.admin.statistics(self.id).records

    def wait_for_sent(self, records: int, *, timeout: float = _PATIENCE) -> None:
        """Wait until the stream has that many records; ProcessFailedError when the client ends before."""
        wait_until(
            lambda: self.sent() >= records,
            timeout,
            f"{records} records sent",
            process=self.client.process,
            interval=0.1,
        )

    def wait_for_checkpoint(self, *, timeout: float = _PATIENCE) -> None:
        """Wait for one more complete checkpoint of the attempt under way."""
        before, job = self.checkpoint(), self.job()
        wait_until(
            lambda: self.site.flink.rest.completed_checkpoint(job) not in (None, before),
            timeout,
            "a checkpoint",
            process=self.client.process,
            interval=0.1,
        )

    def checkpoint(self) -> str | None:
        """The newest complete checkpoint of the newest attempt."""
        return self.site.flink.rest.completed_checkpoint(self.job())

    def lose_client(self, number: signal.Signals, *, guarded: bool) -> None:
        """End the client with a signal, as a step is ended: all its processes get it, or its parent in Java alone.

        :param guarded: whether the process is spared that ends a job whose client is gone
        """
        client = self.client.process
        victims = [] if guarded else _guards(self.job())
        for victim in victims:
            os.kill(victim, number)
        os.killpg(client.pid, number)
        client.wait(_PATIENCE)
        assert guarded or victims, "no process to end the job was there"

    def checkpoints(self) -> list[dict[str, Any]]:
        """What Flink tells of the complete checkpoints of the newest attempt that it remembers."""
        history = self.site.flink.rest.get(f"/jobs/{self.job()}/checkpoints")["history"]
        return [one for one in history if one["status"] == "COMPLETED"]

    def resume(self, *, parallelism: int = 1) -> None:
        """Cancel the attempt under way and begin the next from its newest checkpoint."""
        self.site.flink.rest.cancel(self.job())
        self.client.wait(_PATIENCE)
        checkpoint = self.checkpoint()
        assert checkpoint is not None
        self.submit(checkpoint=checkpoint, parallelism=parallelism)
        self.job()

    def restarts(self) -> int:
        """How often Flink began again by itself, over all attempts."""
        jobs = [attempt.job_id for attempt in self.attempts if attempt.job_id is not None]
        answers = (self.site.flink.rest.get(f"/jobs/{job}/exceptions?maxExceptions=100") for job in jobs)
        return sum(len(answer["exceptionHistory"]["entries"]) for answer in answers)

    # What is in the stores

    def stream(self) -> Hashes:
        """Hashes of every record of the stream."""
        return Counter(record_hash(record.data) for record in self.site.kinesis.admin.records(self.id))

    def bad_rows(self, directory: str) -> tuple[Hashes, int]:
        """Hashes of every line of the files that are complete, and the bytes of all without line ends."""
        hashes: Hashes = Counter()
        size = 0
        for line in itertools.chain.from_iterable(map(self._lines, self._keys(directory))):
            hashes[bad_row_hash(line)] += 1
            size += len(line)
        return hashes, size

    def summary(self) -> RunSummary | None:
        """The summary, when there is one."""
        found = self._keys(self.paths.summary)
        return RunSummary.from_json(self._body(found[0])) if found else None

    def has_success(self) -> bool:
        """Tell whether the run is marked as complete."""
        return bool(self._keys(self.paths.success))

    def delete(self) -> None:
        """Delete the stream, if it is still there."""
        if self.id in self.site.streams.list_streams()["StreamNames"]:
            self.site.streams.delete_stream(StreamName=self.id)

    def _keys(self, uri: str) -> list[str]:
        prefix = uri.removeprefix(f"s3://{self.site.bucket}/")
        pages = self.site.objects.get_paginator("list_objects_v2").paginate(Bucket=self.site.bucket, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return [key for key in keys if not key.rpartition("/")[2].startswith(".")]

    def _body(self, key: str) -> Any:
        return self.site.objects.get_object(Bucket=self.site.bucket, Key=key)["Body"].read()

    def _lines(self, key: str) -> Iterator[bytes]:
        return iter(self._body(key).removesuffix(b"\n").split(b"\n"))


def _guards(job: str) -> list[int]:
    """The processes that would end the job when its client is gone."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if job.encode() in words and any(word.endswith(b"end_with_client") for word in words):
                found.append(int(folder.name))
    return found
