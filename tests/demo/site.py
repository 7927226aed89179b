"""What a recovery finds at its site: a bucket with generated bad rows, a stream, and a bundle for the cluster."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from event_recovery.bundle.build import Recipe, own_file, write_manifest
from event_recovery.bundle.jars import copy_jars
from event_recovery.version import __version__
from generator import Manifest, write_tree
from generator.configs import demo as demo_config
from localaws.fabric import REGION, Fabric
from localaws.testing import upload_folder

from demo.iglu import write_registry

REPOSITORY = Path(__file__).resolve().parents[2]
_JARS = REPOSITORY / "job/jars/lib"
_SHARDS = 2

# The bundle's own bootstrap action installs 300 MB of wheels. Here the nodes use the Python of this checkout, which has
# the same packages; all that follows on the cluster is what the bundle ships.
_BOOTSTRAP = f"""#!/bin/bash
set -euo pipefail
home=/opt/event-recovery
mkdir -p "$home/venv/bin"
aws s3 sync "$1/" "$home/bundle/" --only-show-errors
cp "$home/bundle/job.py" "$home/bundle/node-setup.sh" "$home/"
printf '#!/bin/sh\\nexec "{sys.executable}" "$@"\\n' > "$home/venv/bin/python"
chmod +x "$home/venv/bin/python"
printf 'VENV_DIR=%s\\nFLINK_HOME=%s\\n' "$home/venv" /usr/lib/flink > "$home/node.env"
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The site on one fabric; ``folder`` is where its rows and its bundle lie before they are uploaded."""

    fabric: Fabric
    folder: Path
    bucket: str = "acme-snowplow"
    stream: str = "acme-good-events"
    config: dict[str, Any] = field(default_factory=demo_config)

    @property
    def rows(self) -> Path:
        """The folder with the generated rows."""
        return self.folder / "input"

    def settings(self) -> dict[str, Any]:
        """The settings of the site: what an Airflow Variable holds, so that the form needs the input alone."""
        env = self.fabric.env
        return {
            "bucket": self.bucket,
            "output": self.stream,
            "config": self.config,
            "resolver": write_registry(self.folder / "iglu"),
            "region": REGION,
            "subnet": "subnet-0123456789abcdef0",
            "role": "EMR_EC2_DefaultRole",
            "client": "acme",
            "version": __version__,
            "interval": 10,
            "core_count": 1,
            "parallelism": 1,
            # A laptop's share of a cluster.
            "flink": {"jobmanager.memory.process.size": "1g", "taskmanager.memory.process.size": "3g"},
            "drain_seconds": 4,
            "job_arguments": [
                *("--endpoint-url", f"kinesis={env['AWS_ENDPOINT_URL_KINESIS']}"),
                *("--endpoint-url", f"s3={env['AWS_ENDPOINT_URL_S3']}"),
            ],
        }

    def prepare(self) -> None:
        """Make the stream and the bucket, and put the bundle into it."""
        self.fabric.client("kinesis").create_stream(StreamName=self.stream, ShardCount=_SHARDS)
        bundle = self.folder / "work/bundle"
        bundle.mkdir(parents=True)
        for name in ("node-setup.sh", "job.py", "cloudwatch-agent.json", "flink-conf.json"):
            (bundle / name).write_bytes(own_file(name))
        (bundle / "bootstrap.sh").write_text(_BOOTSTRAP)
        recipe = Recipe(architectures=(platform.machine(),), jars_from=_JARS)
        copy_jars(recipe.jars, source=_JARS, folder=bundle / "jars")
        write_manifest(bundle, recipe, flink="1.20.0")
        upload_folder(self.fabric.client("s3"), bundle, f"s3://{self.bucket}/event-recovery/bundles/{__version__}")

    def add_rows(self, count: int, *, seed: int, below: str = "bad") -> Manifest:
        """Generate bad rows and put them into the bucket, below a path."""
        manifest = write_tree(self.rows, count, seed=seed, nested=True)
        s3 = self.fabric.client("s3")
        for file in sorted(path for path in self.rows.rglob("*") if path.is_file()):
            s3.upload_file(str(file), self.bucket, f"{below}/{file.relative_to(self.rows)}")
        return manifest

    def clusters(self) -> dict[str, str]:
        """The state of every cluster there ever was, by its id."""
        pages = self.fabric.client("emr").get_paginator("list_clusters").paginate()
        return {one["Id"]: one["Status"]["State"] for page in pages for one in page["Clusters"]}

    def read(self, uri: str) -> bytes | None:
        """An object of the bucket, None when there is none."""
        s3 = self.fabric.client("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.bucket, Key=uri.removeprefix(f"s3://{self.bucket}/"))["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return body

    def config_text(self) -> str:
        """The recovery config as JSON."""
        return json.dumps(self.config, indent=2)
