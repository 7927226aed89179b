"""What tests against the fabric's EMR share: requests in short form, and waiting for a state."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")
STEP_ENDED = ("COMPLETED", "FAILED", "CANCELLED", "INTERRUPTED")


def job_flow(name: str = "test", *, keep_alive: bool = True, protected: bool = False, **members: Any) -> dict[str, Any]:
    """Return a RunJobFlow input; ``members`` add to it or replace its members."""
    return {
        "Name": name,
        "ReleaseLabel": "emr-7.13.0",
        "ServiceRole": "EMR_DefaultRole_V2",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "Instances": {
            "InstanceCount": 2,
            "MasterInstanceType": "m5.xlarge",
            "KeepJobFlowAliveWhenNoSteps": keep_alive,
            "TerminationProtected": protected,
        },
        **members,
    }


def shell_step(script: str, *, name: str = "step", on_failure: str = "CONTINUE") -> dict[str, Any]:
    """Return a StepConfig that runs a shell script."""
    jar = {"Jar": "command-runner.jar", "Args": ["bash", "-c", script]}
    return {"Name": name, "ActionOnFailure": on_failure, "HadoopJarStep": jar}


def wait_for_cluster(emr: Any, cluster_id: str, *states: str, seconds: float = 15.0) -> dict[str, Any]:
    """Wait until the cluster is in one of the states, and return it; AssertionError when it ends in another."""
    deadline = time.monotonic() + seconds
    while True:
        cluster: dict[str, Any] = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
        if cluster["Status"]["State"] in states:
            return cluster
        assert cluster["Status"]["State"] not in ENDED, cluster["Status"]
        assert time.monotonic() < deadline, f"{cluster_id} is not {states} after {seconds} s: {cluster['Status']}"
        time.sleep(0.02)


def wait_for_step(emr: Any, cluster_id: str, step_id: str, *states: str, seconds: float = 15.0) -> dict[str, Any]:
    """Wait until the step is in one of the states (any final one if none is named), and return it."""
    states = states or STEP_ENDED
    deadline = time.monotonic() + seconds
    while True:
        step: dict[str, Any] = emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]
        if step["Status"]["State"] in states:
            return step
        assert step["Status"]["State"] not in STEP_ENDED, step["Status"]
        assert time.monotonic() < deadline, f"{step_id} is not {states} after {seconds} s: {step['Status']}"
        time.sleep(0.02)


def upload_folder(s3: Any, folder: Path, uri: str) -> None:
    """Upload every file below ``folder`` to the S3 URI, as a bundle for a cluster is; the bucket is made if need be."""
    parts = urlsplit(uri)
    s3.create_bucket(Bucket=parts.netloc)
    for file in (path for path in folder.rglob("*") if path.is_file()):
        key = "/".join(filter(None, (parts.path.strip("/"), file.relative_to(folder).as_posix())))
        s3.upload_file(str(file), parts.netloc, key)


def read_log(s3: Any, uri: str) -> str:
    """Return the text of a gzipped log in S3."""
    parts = urlsplit(uri)
    body = s3.get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))["Body"].read()
    return gzip.decompress(body).decode()
