"""How Flink runs this job: checkpoints, restarts and Python workers."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping

from event_recovery.contract import JobOptions
from event_recovery.contract.flink import STATSD_PORT
from event_recovery.contract.rate import Rate
from event_recovery.options.agent import Agent
from event_recovery.storage.locations import parse_location

_REPORTER = re.compile(r"metrics\.reporter\.(?P<name>[^.]+)\.factory\.class")
_STATSD_FACTORY = "org.apache.flink.metrics.statsd.StatsDReporterFactory"
#: The key of the checkpoint that a job begins from; it had another before Flink 1.20.
RESUME_KEY = "execution.state-recovery.path"
#: Rows per crossing between Java and Python at most: enough to make the crossing cheap.
BATCH_ROWS = 500
#: Bytes of rows per crossing, about. What crosses is in memory several times, and more at once takes longer for a row.
BATCH_BYTES = 4_000_000
#: A batch crosses after this long at the latest. Usual rows make up 500 long before. Of rows that are larger than the
#: others only those cross together that Java reads in that time.
BATCH_MILLIS = 100

#: Fewer rows do not cross together: crossing costs more than they do, and of many rows few may be sent.
_LEAST_ROWS = 10
#: A record of a usual event.
_RECORD_BYTES = 2_000
#: A checkpoint waits for the rows before it, which a rate may hold up; on a cluster they are few (buffer debloating).
_SLOW_CHECKPOINT = "1 h"


def flink_settings(
    options: JobOptions, rate: Rate | None = None, *, parallelism: int = 1, row_bytes: float = 0.0
) -> dict[str, str]:
    """Return the Flink settings of this job, by key; the rest is the cluster's.

    :param rate: at which it sends at most, None for no limit
    :param parallelism: how many subtasks it has
    :param row_bytes: how many bytes a row has, about; 0 where nobody knows

    Five failures within ten minutes are survived and a sixth ends the job: it outlives a lost machine or a busy stream,
    and a fault that comes back with every try is not paid for all night. A slot that does not come is a failure too,
    and the sixth of them falls into ten minutes, see ``docs/decisions/0020-room.md``.
    """
    rows = str(batch_rows(row_bytes, rate, parallelism))
    settings = {
        "execution.runtime-mode": "STREAMING",
        "execution.checkpointing.interval": f"{options.checkpoint_interval} s",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        "restart-strategy.type": "failure-rate",
        "restart-strategy.failure-rate.max-failures-per-interval": "5",
        "restart-strategy.failure-rate.failure-rate-interval": "10 min",
        # Rows pass between chained Java operators as they are; none of them changes a row.
        "pipeline.object-reuse": "true",
        "python.fn-execution.arrow.batch.size": rows,
        "python.fn-execution.bundle.size": rows,
        "python.fn-execution.bundle.time": str(BATCH_MILLIS),
    }
    if rate is not None:
        settings["execution.checkpointing.timeout"] = _SLOW_CHECKPOINT
    if options.checkpoint_dir is not None:
        settings["execution.checkpointing.dir"] = parse_location(options.checkpoint_dir).uri
    return settings


def batch_rows(row_bytes: float, rate: Rate | None, parallelism: int) -> int:
    """Return how many rows cross together: so many that memory can hold them, and about two seconds of a rate at most.

    A checkpoint begins when a batch is through.

    :param row_bytes: how many bytes a row has, about; 0 where nobody knows
    :param rate: at which what becomes of them is sent at most, None for no limit
    """
    most: float = min(BATCH_ROWS, BATCH_BYTES // max(row_bytes, 1.0))
    if rate is not None:
        a_second = min(math.inf if rate.records is None else rate.records, (rate.size or math.inf) / _RECORD_BYTES)
        most = min(most, round(2 * a_second / parallelism))
    return max(_LEAST_ROWS, int(most))


def unless_given(cluster: Mapping[str, str]) -> dict[str, str]:
    """Return what holds where the cluster's settings say nothing.

    The workers' interpreter is this one. The delay of a restart is that of a Flink on one machine: a cluster has a
    longer one, in ``flink-conf.json``, because it is told of a dead node only after a while.
    """
    own = {"python.executable": sys.executable, "restart-strategy.failure-rate.delay": "5 s"}
    return {key: value for key, value in own.items() if key not in cluster}


def start_settings(cluster: Mapping[str, str], *, tag: str, resume_from: str | None) -> dict[str, str]:
    """Return the settings of this start of the job: the tag of its application on YARN, and where it goes on.

    The cluster's own tags stay.
    """
    tags = ",".join(one for one in (cluster.get("yarn.tags"), tag) if one)
    return {"yarn.tags": tags, **({} if resume_from is None else {RESUME_KEY: resume_from})}


def asked_to_resume(given: Mapping[str, str]) -> str | None:
    """Return the checkpoint that ``flink run -s`` names, if it was given."""
    return given.get(RESUME_KEY) or given.get("execution.savepoint.path") or None


def statsd_agent(options: JobOptions, cluster: Mapping[str, str]) -> Agent | None:
    """Return where the workers' counts go: the agent of the options, else that of the cluster's own metrics."""
    if options.statsd is not None:
        return Agent.parse(options.statsd)
    for key, factory in cluster.items():
        if (reporter := _REPORTER.fullmatch(key)) and factory == _STATSD_FACTORY:
            settings = f"metrics.reporter.{reporter['name']}"
            port = int(cluster.get(f"{settings}.port", STATSD_PORT))
            return Agent(cluster.get(f"{settings}.host", "127.0.0.1"), port)
    return None
