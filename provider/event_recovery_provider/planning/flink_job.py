"""Builders for what runs on the cluster: the Flink configuration and the steps of a recovery.

The job runs in a step that stays attached: ``flink run`` returns when the job has ended, with its exit code, so that
the state of the step is the state of the job. ``timeout`` around it is the part of the lease that no one can forget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from event_recovery.contract.flink import HOME, cluster_settings

#: Where the bundle puts what starts the job on the primary node, and the interpreter on every node.
DEFAULT_ENTRY: Final = f"{HOME}/job.py"
DEFAULT_PYTHON: Final = f"{HOME}/venv/bin/python"
#: The job is ended after this long.
DEFAULT_MAX_SECONDS: Final = 24 * 3600
#: The cluster stays this long after the job, so that the last metrics leave it.
DEFAULT_DRAIN_SECONDS: Final = 75

#: It stays attached and is gone with the job; application mode would return at once.
_TARGET: Final = "yarn-per-job"
#: A step has no locale of its own; Java would then take a letter beyond ASCII in a path for two question marks.
_LOCALE: Final = ("env", "LC_ALL=C.UTF-8")
#: Keeps the ApplicationMaster, which is the JobManager, on core nodes. The first name of the label is EMR's own, the
#: second that of Apache Hadoop; which of them a release reads is not documented.
_LABELS: Final = {
    "yarn.node-labels.enabled": "true",
    "yarn.node-labels.am.default-node-label-expression": "CORE",
    "yarn.resourcemanager.node-labels.am.default-node-label-expression": "CORE",
}
#: The set-up copies a few files; nothing but this ends it when it hangs, as a cluster with a running step never idles.
_SETUP_SECONDS: Final = 900


class FlinkJob(msgspec.Struct, frozen=True, kw_only=True):
    """One submission of the job, as JSON wherever it travels.

    :param arguments: the command line of the job itself
    :param checkpoint_dir: S3 URI below which this run, and no other, keeps its checkpoints
    :param entry: the Python file that starts the job, on the primary node
    :param python: the interpreter, on every node
    :param properties: Flink properties for this submission (``-D``)
    :param max_seconds: the job is ended after this long
    :param setup: a command that prepares the primary node before the job, none if empty
    :param drain_seconds: how long the cluster stays up after the job, so that the last metrics leave it
    """

    arguments: list[str]
    checkpoint_dir: str
    entry: str = DEFAULT_ENTRY
    python: str = DEFAULT_PYTHON
    properties: dict[str, str] = {}
    max_seconds: int = DEFAULT_MAX_SECONDS
    setup: list[str] = []
    drain_seconds: int = DEFAULT_DRAIN_SECONDS


def flink_command(job: FlinkJob, *, resume_from: str | None = None) -> list[str]:
    """Return the command line that runs the job to its end, from a checkpoint if one is given.

    Before it begins, the job ends what an earlier try left running on the cluster, and takes the newest checkpoint that
    there is then. ``timeout`` ends the client, and with it the job: a process beside the client cancels it.
    ``NO_CLAIM`` leaves the checkpoint alone: a second resume from it is possible if this one comes to nothing. ``-sae``
    must not be given: with it Flink cancels a job whose client sends no heartbeat for three minutes, and a client that
    submits asynchronously, as the job does, sends none (FLINK-29640).
    """
    resume = ["-s", resume_from, "-claimMode", "NO_CLAIM"] if resume_from else []
    properties = [f"-D{name}={value}" for name, value in job.properties.items()]
    limit = ["timeout", "--signal=TERM", "--kill-after=60", str(job.max_seconds)]
    return [
        *limit,
        *_LOCALE,
        *("flink", "run", "-t", _TARGET),
        *properties,
        *resume,
        *("-pyclientexec", job.python, "-pyexec", job.python, "-py", job.entry),
        *job.arguments,
    ]


def steps(job: FlinkJob, *, name: str, resume_from: str | None = None) -> list[dict[str, Any]]:
    """Return the steps of a submission, the one that runs the job named ``name``.

    A failure of the set-up or of the job ends the cluster at once. The last step holds the cluster until the CloudWatch
    agent has sent what it has.
    """
    limited = ["timeout", "--kill-after=60", str(_SETUP_SECONDS), *job.setup]
    setup = [command_step(f"{name}-setup", limited, on_failure="TERMINATE_CLUSTER")] if job.setup else []
    run = command_step(name, flink_command(job, resume_from=resume_from), on_failure="TERMINATE_CLUSTER")
    drain = command_step(f"{name}-drain", ["sleep", str(job.drain_seconds)], on_failure="CONTINUE")
    return [*setup, run, *([drain] if job.drain_seconds else [])]


def longest_checkpoint(checkpoint_dir: str) -> str:
    """Return a path as long as that of any checkpoint below a directory: Flink adds a job's id and a number."""
    return f"{checkpoint_dir}/{'0' * 32}/chk-{'0' * 10}"


def command_step(name: str, command: Sequence[str], *, on_failure: str) -> dict[str, Any]:
    """Return a step that runs a command on the primary node."""
    return {
        "Name": name,
        "ActionOnFailure": on_failure,
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(command)},
    }


def configurations(
    *,
    region: str | None = None,
    spot: bool = False,
    kms_key: str = "",
    extra: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the EMR classifications of a recovery cluster: the settings of the contract, and what the run adds.

    :param region: of the run; without it the S3 file system asks in us-east-1 where a bucket is
    :param spot: whether there are Spot nodes, which YARN then keeps the job manager off
    :param kms_key: ARN of the KMS key that Flink's writes to S3 name; empty for none
    :param extra: further Flink properties, which win
    """
    own = {"s3.endpoint.region": region} if region else {}
    if kms_key:
        # Hadoop's fs.s3a.encryption.*, as the plugin of Flink has them.
        own |= {"s3.encryption.algorithm": "SSE-KMS", "s3.encryption.key": kms_key}
    properties = {**cluster_settings(), **own, **(extra or {})}
    classifications = [{"Classification": "flink-conf", "Properties": properties}]
    if spot:
        classifications.append({"Classification": "yarn-site", "Properties": dict(_LABELS)})
    return classifications
