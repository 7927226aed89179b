"""A site on the local AWS fabric: a bucket with bad rows, a stream, a bundle, and the settings that fit them.

The bundle is a stand-in: its ``flink`` plays the job without a Flink. It keeps what the provider watches: checkpoints,
metrics, the summary and the exit code. What a real job does with rows is tested where the real job is.
"""

from __future__ import annotations

import json
import platform
import shlex
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from event_recovery.bundle.build import Recipe, write_manifest
from event_recovery.bundle.manifest import NEEDED
from localaws.fabric import Fabric
from localaws.testing import upload_folder

from support.leaks import CONNECTION
from support.provider.rows import ROW

CONFIG = {
    "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
    "data": {
        "iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/*-*-*": [
            {
                "name": "again",
                "conditions": [],
                "steps": [{"op": "Replace", "path": "$.raw.refererUri", "match": "juliet", "value": "Juliet"}],
            }
        ]
    },
}
#: The resolver config, in which the API key of a registry is that of an Airflow connection.
RESOLVER = {
    "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
    "data": {
        "cacheSize": 100,
        "repositories": [
            {
                "name": "Acme",
                "priority": 0,
                "vendorPrefixes": ["com.acme"],
                "connection": {"http": {"uri": "http://127.0.0.1:9", "apikey": CONNECTION}},
            }
        ],
    },
}
STAND_IN = Path(__file__).with_name("stand_in.py")
TESTS = Path(__file__).parents[2]


__all__ = ["RESOLVER", "ROW", "Site", "alive", "open_site", "started"]


@dataclass(frozen=True)
class Site:
    """What a run needs, on one fabric."""

    fabric: Fabric
    bucket: str
    stream: str

    def settings(self, *stand_in: str, **changes: Any) -> dict[str, Any]:
        """Return the settings of a run; ``stand_in`` are options of the stand-in job."""
        return {
            "bucket": self.bucket,
            "inputdir": "bad",
            "output": self.stream,
            "config": CONFIG,
            "resolver": RESOLVER,
            "region": "us-east-1",
            "subnet": "subnet-1",
            "role": "EMR_EC2_DefaultRole",
            "client": "acme",
            "version": "0.1.0",
            "interval": 5,
            "approval": False,
            "drain_seconds": 0,
            "cluster": {"Applications": [{"Name": "Hadoop"}]},
            "entry": shlex.join(["/opt/event-recovery/job.py", *stand_in]),
            **changes,
        }

    def put(self, key: str, body: bytes) -> None:
        """Write an object to the bucket."""
        self.fabric.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def keys(self, prefix: str = "") -> list[str]:
        """List the bucket."""
        listed = self.fabric.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for one in listed.get("Contents", ())]

    def read(self, key: str) -> Any:
        """Read an object as JSON."""
        return json.loads(self.fabric.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())


def open_site(fabric: Fabric, job: Path = STAND_IN) -> Site:
    """Make a site with three bad rows in it, where this script plays the job."""
    site = Site(fabric, bucket=f"site-{uuid.uuid4().hex[:12]}", stream=f"good-{uuid.uuid4().hex[:12]}")
    _upload_bundle(site, job)
    fabric.client("kinesis").create_stream(StreamName=site.stream, ShardCount=1)
    site.put("bad/2026/rows.jsonl", b"\n".join([ROW] * 3))
    return site


def _upload_bundle(site: Site, job: Path) -> None:
    """Make the bucket, and put the stand-in's bundle where runs look for it."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        for name in NEEDED:
            (folder / name).write_text("# the stand-in does without\n")
        (folder / "bootstrap.sh").write_text(_bootstrap(job))
        write_manifest(folder, Recipe(architectures=(platform.machine(),), jars=()), flink="1.20.0")
        upload_folder(site.fabric.client("s3"), folder, f"s3://{site.bucket}/event-recovery/bundles/0.1.0")


def _bootstrap(job: Path) -> str:
    return f"""#!/bin/bash
set -euo pipefail
mkdir -p /opt/event-recovery/venv/bin
printf 'exit 0\\n' > /opt/event-recovery/node-setup.sh
printf '#!/bin/sh\\nPYTHONPATH="{TESTS}" exec "{sys.executable}" "{job}" "$@"\\n' > /usr/bin/flink
chmod +x /usr/bin/flink
"""


def alive(fabric: Fabric, prefix: str = "event-recovery-") -> list[str]:
    """List the recovery clusters that still have instances."""
    states = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
    pages = fabric.client("emr").get_paginator("list_clusters").paginate(ClusterStates=states)
    return [one["Id"] for page in pages for one in page["Clusters"] if one["Name"].startswith(prefix)]


def started(fabric: Fabric, name: str) -> list[str]:
    """List every cluster of a name that was ever started."""
    pages = fabric.client("emr").get_paginator("list_clusters").paginate()
    return [one["Id"] for page in pages for one in page["Clusters"] if one["Name"] == name]
