"""The metrics of a run: their namespace, and names that hold container, subtask and count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

#: What becomes of a row.
Outcome = Literal["recovered", "failed", "unrecoverable"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("recovered", "failed", "unrecoverable")

#: CloudWatch namespace of every metric of a run.
NAMESPACE: Final = "snowplow/event-recovery"

#: Name of the job's one Python operator; it is part of the metric names.
PROCESS_OPERATOR: Final = "Process"

#: The group and the counters of Flink's metrics.
EVENTS_GROUP: Final = "events"
RECORDS_IN: Final = "numRecordsIn"

#: Flink's ``metrics.scope.operator`` that gives the metric names below, once StatsD's dots have become underscores.
OPERATOR_SCOPE: Final = "taskmanager.<tm_id>..<operator_name>.<subtask_index>"

#: Cumulative counts per subtask. The first three sum to the fourth when every row is accounted for.
MetricKind = Literal["events_recovered", "events_failed", "events_unrecoverable", "numRecordsIn", "events_skipped"]
METRICS: Final[tuple[MetricKind, ...]] = ("events_recovered", "events_failed", "events_unrecoverable", "numRecordsIn")
#: Rows that the run was not to recover, which are in none of the four; only of a run that chooses rows.
SKIPPED_METRIC: Final[MetricKind] = "events_skipped"

_METRIC_NAME = re.compile(
    rf"taskmanager_(?P<container>.+)__{PROCESS_OPERATOR}_(?P<subtask>[0-9]+)_"
    rf"(?P<metric>{'|'.join((*METRICS, SKIPPED_METRIC))})"
)


@dataclass(frozen=True, slots=True)
class MetricName:
    """A metric of one subtask of ``Process``.

    :param container: the TaskManager's id, on YARN ``container_…``
    """

    container: str
    subtask: int
    metric: MetricKind

    def __str__(self) -> str:
        return f"taskmanager_{self.container}__{PROCESS_OPERATOR}_{self.subtask}_{self.metric}"

    @classmethod
    def parse(cls, name: str) -> MetricName | None:
        """Read a metric's name as CloudWatch shows it; None when it is not a metric of the recovery."""
        match = _METRIC_NAME.fullmatch(name)
        if match is None:
            return None
        metric: Any = match["metric"]
        return cls(container=match["container"], subtask=int(match["subtask"]), metric=metric)
