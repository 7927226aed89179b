"""The evidence of a failure: EMR's reason, the state of each step, how the job ended, and the lines that tell why.

Evidence never hides the failure it explains: what cannot be read is named in the text, and nothing is raised.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.aws.emr_states import STEP_FAILED
from event_recovery_provider.emr import queries
from event_recovery_provider.emr.models import Cluster, Step
from event_recovery_provider.emr.telling import last_lines, reasons, telling_lines

#: Logs worth a look, the most telling first, by where they lie below the cluster's log prefix.
_STEP_LOGS: Final = ("stderr", "stdout", "controller")
_FLINK_LOG = re.compile(
    r"/containers/application_\d+_\d+/container_\w+/(?:jobmanager|taskmanager)\.(?:log|err)(?:\.gz)?$"
)
_BOOTSTRAP_LOG = re.compile(r"/node/[^/]+/bootstrap-actions/\d+/(?:stderr|stdout)(?:\.gz)?$")
#: Of containers: so many are shown, and so many are looked into.
_MOST_SHOWN = 4
_MOST_READ = 12
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The evidence of a failure.

    :param text: what EMR says and the lines of the logs, for a person
    :param reasons: how the job ended by its own account, and what it lost, in plain lines
    :param logs_to_come: whether a later look may find more
    """

    text: str
    reasons: tuple[str, ...] = ()
    logs_to_come: bool = False


def diagnose(job_flow_id: str, step_id: str | None = None, *, lines: int = 30) -> Conversation[Diagnosis]:
    """Collect the evidence about a cluster, and about one of its steps if one is named.

    :param lines: how many lines of each log, at most
    """
    try:
        cluster = yield from queries.describe_cluster(job_flow_id)
        steps = yield from queries.list_steps(job_flow_id)
    except (ClientError, BotoCoreError) as error:
        return Diagnosis(f"cluster {job_flow_id} cannot be described: {error}")
    head = [cluster.summary, *(f"  {step.summary}" for step in reversed(steps))]
    if not cluster.log_uri:
        return Diagnosis("\n".join([*head, "the cluster has no LogUri: there are no logs"]))
    step = _culprit(steps, step_id)
    try:
        told, shown, complete = yield from _logs(cluster, step, lines)
    except (ClientError, BotoCoreError) as error:
        return Diagnosis("\n".join([*head, f"the logs cannot be read: {error}"]))
    if not complete:
        head.append(f"not all logs are below {cluster.log_uri} yet; EMR delivers them some minutes after the fact")
    return Diagnosis("\n".join([*head, *shown]), tuple(told), logs_to_come=not complete)


def text_of(blob: bytes) -> str:
    """Return the text of a log, gzipped or not; of a gzip that breaks off, what is there of it."""
    if blob[:2] == b"\x1f\x8b":
        unzip = zlib.decompressobj(wbits=31)
        try:
            blob = unzip.decompress(blob, _MOST_BYTES)
        except zlib.error as error:
            return f"(not readable as gzip: {error})"
    return blob.decode("utf-8", "replace")


def _culprit(steps: Iterable[Step], step_id: str | None) -> Step | None:
    """Return the step that explains the failure: the first that failed of its own, else the one asked for."""
    oldest_first = sorted(steps, key=lambda step: (step.started is None, step.started and step.started.timestamp()))
    own = [step for step in oldest_first if step.state == "FAILED"]
    taken_down = [step for step in oldest_first if step.state in STEP_FAILED]
    asked = [step for step in oldest_first if step.id == step_id]
    return next(iter([*own, *asked, *taken_down]), None)


def _logs(cluster: Cluster, step: Step | None, lines: int) -> Conversation[tuple[list[str], list[str], bool]]:
    """Read the logs of the step, of failed bootstrap actions and of Flink, and say what they tell.

    A cluster that ended before any step was submitted, and not by a bootstrap action, ran nothing that could have
    written a log.

    :return: the reasons, the lines that are worth showing, and whether the logs of what failed were there
    """
    root = f"{cluster.log_uri.rstrip('/')}/{cluster.id}"
    bucket, _ = s3.split_uri(root)
    listed = yield from s3.list_objects(root)
    keys = [key for key, _, _ in sorted(listed, key=lambda one: one[1], reverse=True)]
    wanted: list[str] = []
    if step:
        found = {key.rsplit("/", 1)[-1].removesuffix(".gz"): key for key in keys if f"/steps/{step.id}/" in key}
        wanted += [found[name] for name in _STEP_LOGS if name in found]
    if cluster.code == "BOOTSTRAP_FAILURE":
        wanted += [key for key in keys if _BOOTSTRAP_LOG.search(key)]
    complete = bool(wanted) or (step is None and cluster.code != "BOOTSTRAP_FAILURE")
    texts: list[str] = []
    shown: list[str] = []
    for key in wanted:
        texts.append(text_of((yield from s3.read_object(f"s3://{bucket}/{key}")) or b""))
        if last := last_lines(texts[-1], lines):
            shown += [f"--- the last {len(last)} lines of s3://{bucket}/{key}", *last]
    left = _MOST_SHOWN
    # The JobManager's log has the reasons, those of TaskManagers what is behind them.
    for key in sorted(filter(_FLINK_LOG.search, keys), key=lambda key: "/jobmanager.log" not in key)[:_MOST_READ]:
        if not left:
            break
        texts.append(text_of((yield from s3.read_object(f"s3://{bucket}/{key}")) or b""))
        if telling := telling_lines(texts[-1], lines):
            shown += [f"--- {len(telling)} telling lines of s3://{bucket}/{key}", *telling]
            left -= 1
    return reasons(texts), shown, complete
