"""A fabric whose clusters have a real YARN, with rows, a stream and the whole bundle in it."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drills.outcome import Outcome, expected_outcome
from event_recovery import Recovery
from event_recovery.contract import NAMESPACE
from event_recovery.version import __version__
from generator import rows, write_tree
from generator.configs import demo
from localaws.fabric import REGION, Fabric
from localaws.hadoop.software import fetch
from localaws.testing import upload_folder

from support.bundle.node import FAKE_DNF, write_program
from support.yarn.bundle import whole_bundle

BUCKET = "recovery"
SEED = 11


@dataclass(frozen=True)
class YarnSite:
    """What all runs on one fabric share: the bucket with the bundle, and inputs by their names."""

    fabric: Fabric
    folder: Path
    inputs: dict[str, Outcome] = field(default_factory=dict)

    def material(self, count: int, *, uneven: bool = False) -> tuple[str, Outcome]:
        """Put generated rows into the bucket, once; return their URI and what must become of them.

        :param uneven: in a small file and a large one, which is packed and so read as a whole; else in four alike
        """
        name = f"{'uneven' if uneven else 'bad'}-{count}"
        if name not in self.inputs:
            folder = self.folder / name
            if uneven:
                _write_uneven(folder, list(rows(count, seed=SEED)))
            else:
                write_tree(folder, count, seed=SEED, nested=False, files=4)
            for file in folder.iterdir():
                self.fabric.client("s3").upload_file(str(file), BUCKET, f"{name}/{file.name}")
            self.inputs[name] = expected_outcome(Recovery.from_config(json.dumps(demo())), rows(count, seed=SEED))
        return f"s3://{BUCKET}/{name}", self.inputs[name]

    def new_stream(self) -> str:
        """Make a stream of its own for a run."""
        name = f"good-{uuid.uuid4().hex[:12]}"
        self.fabric.client("kinesis").create_stream(StreamName=name, ShardCount=2)
        return name

    def settings(self, *stand_in: str, **changes: Any) -> dict[str, Any]:
        """Return the settings of a run as a user gives them; only the two servers are not AWS's.

        :param stand_in: nothing: the job is the real one
        """
        assert not stand_in
        env = self.fabric.env
        return {
            "bucket": BUCKET,
            "config": demo(),
            "region": REGION,
            "subnet": "subnet-1",
            "role": "EMR_EC2_DefaultRole",
            "client": "acme",
            "version": __version__,
            "interval": 2,
            "drain_seconds": 2,
            "job_arguments": [
                *("--endpoint-url", f"kinesis={env['AWS_ENDPOINT_URL_KINESIS']}"),
                *("--endpoint-url", f"s3={env['AWS_ENDPOINT_URL_S3']}"),
            ],
            **changes,
        }


def _write_uneven(folder: Path, lines: list[bytes]) -> None:
    folder.mkdir()
    few = len(lines) // 20
    (folder / "part-00000").write_bytes(b"\n".join(lines[:few]))
    (folder / "part-00001.gz").write_bytes(gzip.compress(b"\n".join(lines[few:]), compresslevel=1))


@contextmanager
def yarn_site(work: Path, *, cache: Path, hosts: bool = False) -> Iterator[YarnSite]:
    """Start a fabric with a real YARN for each cluster, and put the whole bundle into its S3.

    :param hosts: each instance of a cluster is a host of its own
    """
    write_program(work / "commands/dnf", FAKE_DNF)
    bundle = whole_bundle(work / "bundle", cache=cache)
    with Fabric(
        work / "fabric",
        s3="seaweedfs",
        s3_faults=True,
        kinesis_limits=False,
        node_commands=work / "commands",
        software=fetch(cache),
        hosts=hosts,
        statsd_namespace=NAMESPACE,
        statsd_interval=1.0,
        pace={"provision": 0.1, "bootstrap": 0.1, "terminate": 0.1, "grace": 5.0},
    ) as fabric:
        upload_folder(fabric.client("s3"), bundle, f"s3://{BUCKET}/event-recovery/bundles/{__version__}")
        yield YarnSite(fabric, work)
