"""The configuration of a local cluster, as Flink's flat keys and string values."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from localaws.processes import LOOPBACK
from localaws.s3 import ACCESS_KEY, SECRET_KEY


def cluster_config(*, work: Path, rest_port: int, rpc_port: int, slots: int, java_options: str) -> dict[str, str]:
    """Return what every local cluster needs.

    * Addresses: each endpoint has one key for the address it tells others and one for the interface it binds
      (``*.bind-host``, ``rest.bind-address``); all are loopback. Only the REST and the JobManager's RPC port must be
      known beforehand; Flink chooses the others itself (0).
    * ``env.java.opts.all``: the distribution's own list, without which Flink does not start on Java 17. It is one key,
    so
      setting it anew means repeating the list. Temporary files go to the cluster's folder.
    * Memory: whole process sizes. Managed memory (0.4 of a TaskManager) is what Python workers take theirs from.
    * ``python.executable`` runs the workers and ``python.client.executable`` the job's main program; the default is the
      ``python`` on the PATH, which need not be this one.
    * ``heartbeat.timeout``: a TaskManager that was killed is noticed by its broken connection at once and by this
    timeout
      at the latest; Flink's own 50 s would only make tests slow.
    """
    return {
        "jobmanager.rpc.address": LOOPBACK,
        "jobmanager.rpc.port": str(rpc_port),
        "jobmanager.bind-host": LOOPBACK,
        "jobmanager.memory.process.size": "1024m",
        "taskmanager.host": LOOPBACK,
        "taskmanager.bind-host": LOOPBACK,
        "taskmanager.memory.process.size": "1728m",
        "taskmanager.numberOfTaskSlots": str(slots),
        "rest.address": LOOPBACK,
        "rest.bind-address": LOOPBACK,
        "rest.port": str(rest_port),
        "heartbeat.interval": "2000",
        "heartbeat.timeout": "10000",
        "io.tmp.dirs": str(work / "tmp"),
        "env.java.opts.all": f"{java_options} -Djava.io.tmpdir={work / 'tmp'}",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
    }


def s3_config(endpoint_url: str, *, buffer: Path) -> dict[str, str]:
    """Return what the S3 plugin needs for a local server: every ``s3.*`` key becomes Hadoop's ``fs.s3a.*``.

    ``buffer`` is a folder for what is being uploaded, which would else lie in one of the machine's.
    Keys are given so that it does not search for credentials; path style, since a bucket is no host name here.
    """
    return {
        "s3.endpoint": endpoint_url,
        "s3.endpoint.region": "us-east-1",
        "s3.buffer.dir": str(buffer),
        "s3.path.style.access": "true",
        "s3.access-key": ACCESS_KEY,
        "s3.secret-key": SECRET_KEY,
    }


def statsd_config(port: int, *, interval: str = "1 SECONDS") -> dict[str, str]:
    """Return what sends every metric to StatsD on this UDP port; the reporter is a plugin in ``plugins/``."""
    prefix = "metrics.reporter.statsd"
    return {
        f"{prefix}.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
        f"{prefix}.host": LOOPBACK,
        f"{prefix}.port": str(port),
        f"{prefix}.interval": interval,
    }


def render(config: Mapping[str, str]) -> str:
    """Return ``config.yaml``: one quoted string a line, which no value can break out of."""
    lines = []
    for key, value in config.items():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{key}: "{escaped}"\n')
    return "".join(lines)
