"""Links from a task to the AWS console: the cluster, the logs of the step, the metrics, the run's prefix in S3."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from event_recovery_provider._compat import BASE_AWS_CONSOLE_LINK, BaseAwsLink, EmrClusterLink

__all__ = ["EmrClusterLink", "RecoveryMetricsLink", "RecoveryPrefixLink", "RecoveryStepLogsLink"]

_S3 = BASE_AWS_CONSOLE_LINK + "/s3/buckets/{bucket}?region={region_name}&prefix={prefix}"


class RecoveryPrefixLink(BaseAwsLink):
    """The run's prefix: failed and unrecoverable rows, the index of recovered events, checkpoints, the summary."""

    name: ClassVar[str] = "Recovery files in S3"
    key: ClassVar[str] = "recovery_prefix"
    format_str: ClassVar[str] = _S3


class RecoveryStepLogsLink(BaseAwsLink):
    """The logs of the step that runs the job."""

    name: ClassVar[str] = "Recovery job logs in S3"
    key: ClassVar[str] = "recovery_step_logs"
    format_str: ClassVar[str] = _S3


class RecoveryMetricsLink(BaseAwsLink):
    """The counters of the job in CloudWatch."""

    name: ClassVar[str] = "Recovery metrics"
    key: ClassVar[str] = "recovery_metrics"
    format_str: ClassVar[str] = (
        BASE_AWS_CONSOLE_LINK + "/cloudwatch/home?region={region_name}#metricsV2?graph=~()&query={query}"
    )

    def format_link(self, **kwargs: Any) -> str:
        """Ask the console for the namespace, in the twice-quoted form it takes."""
        namespace = kwargs.pop("namespace", "")
        query = quote(f'~\'{{"{namespace}"}}'.replace("/", "*2f"), safe="~'*")
        return str(super().format_link(**kwargs, query=query)) if namespace else ""
