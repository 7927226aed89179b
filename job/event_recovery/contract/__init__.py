"""What the job and the provider agree on: metric names, the layout of a run, its summary and the job's options.

Standard library only, so that either side can import it whatever else is installed.
"""

from event_recovery.contract.layout import RunPaths
from event_recovery.contract.metrics import (
    EVENTS_GROUP,
    METRICS,
    NAMESPACE,
    OPERATOR_SCOPE,
    OUTCOMES,
    PROCESS_OPERATOR,
    RECORDS_IN,
    SKIPPED_METRIC,
    MetricKind,
    MetricName,
    Outcome,
)
from event_recovery.contract.options import MAX_BATCH, OPTIONS, JobOptions, Option
from event_recovery.contract.summary import DamagedFile, RunSummary, Tally
from event_recovery.contract.types import TYPE_NAMES, told_unknown

__all__ = [
    "EVENTS_GROUP",
    "MAX_BATCH",
    "METRICS",
    "NAMESPACE",
    "OPERATOR_SCOPE",
    "OPTIONS",
    "OUTCOMES",
    "PROCESS_OPERATOR",
    "RECORDS_IN",
    "SKIPPED_METRIC",
    "TYPE_NAMES",
    "DamagedFile",
    "JobOptions",
    "MetricKind",
    "MetricName",
    "Option",
    "Outcome",
    "RunPaths",
    "RunSummary",
    "Tally",
    "told_unknown",
]
