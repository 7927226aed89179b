"""What a run keeps in S3."""

from __future__ import annotations

from typing import Any

from event_recovery.contract import RunSummary

from event_recovery_provider import conversations, report
from event_recovery_provider._compat import AwsBaseHook
from event_recovery_provider.aws import PATIENT, Aws, AwsAccess
from event_recovery_provider.checkpoints import Checkpoint


class RecoveryStorageHook(AwsBaseHook):
    """Reads the checkpoints and the account of a run.

    Takes ``aws_conn_id``, ``region_name``, ``verify`` and ``config`` as every hook of the Amazon provider.
    """

    def __init__(self, *, config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(client_type="s3", config={**PATIENT, **(config or {})}, **kwargs)
        self._aws = Aws(AwsAccess(self.aws_conn_id, kwargs.get("region_name"), kwargs.get("verify"), config))

    def checkpoints(self, checkpoint_dir: str) -> list[Checkpoint]:
        """Return the complete checkpoints below an S3 URI, oldest first."""
        return self._aws.run(conversations.newest_checkpoints(checkpoint_dir))

    def summary(self, summary_uri: str) -> RunSummary:
        """Return the account of a run; raises RowsMissingError when there is none."""
        return self._aws.run(report.read_summary(summary_uri))

    def exists(self, uri: str) -> bool:
        """Tell whether there is an object at an S3 URI."""
        return self._aws.run(conversations.object_exists(uri))
