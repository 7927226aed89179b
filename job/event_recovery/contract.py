"""What the job and the provider agree on: metric names, the layout of a run, its summary and the job's options.

Standard library only, so that either side can import it whatever else is installed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["recovered", "failed", "unrecoverable"]
OUTCOMES: tuple[Outcome, ...] = ("recovered", "failed", "unrecoverable")

NAMESPACE = "snowplow/event-recovery"
"""CloudWatch namespace of every metric of a run."""

PROCESS_OPERATOR = "Process"
"""Name of the job's one Python operator; it is part of the metric names."""

EVENTS_GROUP = "events"
RECORDS_IN = "numRecordsIn"

OPERATOR_SCOPE = "taskmanager.<tm_id>..<operator_name>.<subtask_index>"
"""Flink's `metrics.scope.operator` that gives the metric names below, once StatsD's dots have become underscores."""

Metric = Literal["events_recovered", "events_failed", "events_unrecoverable", "numRecordsIn"]
METRICS: tuple[Metric, ...] = ("events_recovered", "events_failed", "events_unrecoverable", "numRecordsIn")
"""Cumulative counts per subtask. The first three sum to the fourth when every row is accounted for."""

_METRIC_NAME = re.compile(
    rf"taskmanager_(?P<container>.+)__{PROCESS_OPERATOR}_(?P<subtask>[0-9]+)_(?P<metric>{'|'.join(METRICS)})"
)


@dataclass(frozen=True, slots=True)
class MetricName:
    """A metric of one subtask of `Process`; `container` is the TaskManager's id, on YARN `container_…`."""

    container: str
    subtask: int
    metric: Metric

    def __str__(self) -> str:
        return f"taskmanager_{self.container}__{PROCESS_OPERATOR}_{self.subtask}_{self.metric}"

    @classmethod
    def parse(cls, name: str) -> MetricName | None:
        """Read a metric's name as CloudWatch shows it; None when it is no metric of the recovery."""
        match = _METRIC_NAME.fullmatch(name)
        if match is None:
            return None
        metric: Any = match["metric"]
        return cls(container=match["container"], subtask=int(match["subtask"]), metric=metric)


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Where one run keeps what it writes; `prefix` is `<base>/runs/<run-id>`, a URI or a local path."""

    prefix: str

    @classmethod
    def of(cls, *, base: str, run_id: str) -> RunPaths:
        """The run's place under the base, e.g. `s3://bucket/recovery`."""
        return cls(f"{base.rstrip('/')}/runs/{run_id}")

    @property
    def failed(self) -> str:
        """Rows that could not be recovered with this config; input for another run."""
        return f"{self.prefix}/failed"

    @property
    def unrecoverable(self) -> str:
        """Rows of types that hold no payload."""
        return f"{self.prefix}/unrecoverable"

    @property
    def recovered_index(self) -> str:
        """One line per recovered event."""
        return f"{self.prefix}/recovered-index"

    @property
    def checkpoints(self) -> str:
        """Flink's checkpoints of this run and no other."""
        return f"{self.prefix}/checkpoints"

    @property
    def logs(self) -> str:
        """Logs of the cluster and its steps."""
        return f"{self.prefix}/logs"

    @property
    def summary(self) -> str:
        """The run's numbers, a `RunSummary` as JSON."""
        return f"{self.prefix}/summary.json"

    @property
    def success(self) -> str:
        """An empty file that is there when the run finished and the summary is complete."""
        return f"{self.prefix}/_SUCCESS"


@dataclass(frozen=True, slots=True)
class Tally:
    """How much came out one way: rows, their bytes as written, and rows by each label that tells them apart."""

    rows: int = 0
    bytes: int = 0
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """E.g. `{"error": {"CastFailure": 3}, "flow": {"main": 3}}` of failed rows, `{"type": …}` of unrecoverable ones."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """`summary.json`: what a finished run did, counted from what it committed."""

    run_id: str
    submitted: int
    """Rows read, counted apart from what became of them."""
    recovered: Tally
    failed: Tally
    unrecoverable: Tally
    started: str
    """When the run's first attempt began, ISO 8601 in UTC."""
    finished: str
    restarts: int | None
    """How often the run began again, by Flink or resumed from a checkpoint; None when Flink could not be asked."""
    versions: Mapping[str, str]
    first_event: str | None = None
    """Earliest collector timestamp of the recovered events, ISO 8601 in UTC; None when nothing was recovered."""
    last_event: str | None = None
    """Latest collector timestamp of the recovered events."""
    damaged_files: Mapping[str, str] = field(default_factory=dict)
    """Input files that could not be read to their end, with the reason; what could be read of them was submitted."""

    @property
    def balanced(self) -> bool:
        """Whether every row read came out exactly one way."""
        return self.submitted == self.recovered.rows + self.failed.rows + self.unrecoverable.rows

    def to_json(self) -> str:
        """Indented JSON with the fields above and `balanced`."""
        return json.dumps({**asdict(self), "balanced": self.balanced}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> RunSummary:
        """Read what `to_json` wrote; ValueError when a field is missing or of the wrong kind."""
        document = json.loads(text)
        try:
            return cls(
                run_id=document["run_id"],
                submitted=document["submitted"],
                recovered=Tally(**document["recovered"]),
                failed=Tally(**document["failed"]),
                unrecoverable=Tally(**document["unrecoverable"]),
                started=document["started"],
                finished=document["finished"],
                restarts=document["restarts"],
                versions=document["versions"],
                first_event=document.get("first_event"),
                last_event=document.get("last_event"),
                damaged_files=document.get("damaged_files", {}),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a run summary: {error!r}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """The job's options. On the command line `checkpoint_interval` is `--checkpoint-interval`, and so on."""

    inputs: tuple[str, ...]
    """Files or directories, local or s3://; directories are read with all they hold."""
    output: str
    """Name or ARN of a Kinesis stream, or a directory (`file://`, or any text with a slash) for base64 lines."""
    failed: str
    unrecoverable: str
    config: str
    """The recovery config: inline JSON, base64 of JSON, a path or an s3:// URI."""
    resolver: str | None = None
    """The Iglu resolver, in the same forms."""
    region: str | None = None
    checkpoint_interval: int = 600
    """Seconds."""
    checkpoint_dir: str | None = None
    batch_size: int = 500
    """Records a request to the stream holds at most."""
    max_buffered: int = 1_000
    """Records waiting for the stream before the job slows down: two requests, and no more than memory holds when each
    has a megabyte."""
    endpoint_urls: Mapping[str, str] = field(default_factory=dict)
    """Servers that stand in for AWS, by service: `kinesis`, `s3`."""
    run_id: str | None = None
    summary: str | None = None
    """Where `summary.json` goes; `recovered-index` and `_SUCCESS` stand beside it."""
    max_attempts: int | None = None
    """How often a row is tried over all runs: one that fails for the last time is unrecoverable. None: no limit."""
    statsd: str | None = None
    """`HOST` or `HOST:PORT` of the StatsD agent for the metrics above; that of Flink's own StatsD reporter if None."""

    def to_argv(self) -> list[str]:
        """The command line that gives these options."""
        argv = [part for uri in self.inputs for part in ("--input", uri)]
        for name in SINGLE_OPTIONS:
            value = getattr(self, name)
            if value is not None:
                argv += [option_flag(name), str(value)]
        for service, url in self.endpoint_urls.items():
            argv += ["--endpoint-url", f"{service}={url}"]
        return argv


SINGLE_OPTIONS = (
    "output",
    "failed",
    "unrecoverable",
    "config",
    "resolver",
    "region",
    "checkpoint_interval",
    "checkpoint_dir",
    "batch_size",
    "max_buffered",
    "run_id",
    "summary",
    "max_attempts",
    "statsd",
)
"""Fields of `JobOptions` that are options given at most once."""


def option_flag(name: str) -> str:
    """The command-line spelling of a field of `JobOptions`."""
    return "--" + name.replace("_", "-")


def visible(names: Iterable[str]) -> bool:
    """Whether Flink reads a file whose path has these names: a dot or an underscore before one means unfinished."""
    return not any(name.startswith((".", "_")) for name in names)
