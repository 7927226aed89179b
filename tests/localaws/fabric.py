"""The whole fabric as one thing: starts its servers, says where they are, and leaves nothing behind.

with Fabric(work) as fabric:
    fabric.client("emr").run_job_flow(...)
    fabric.admin.arm("step-failure", step="replay")
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from localaws.admin import FabricAdmin
from localaws.machine import NO_AWS, without
from localaws.processes import LOOPBACK, ManagedProcess, ProcessFailedError, accepts_connections, free_port, wait_until
from localaws.s3 import S3Server

if TYPE_CHECKING:
    from localaws.hadoop.software import Software
    from localaws.kinesis import KinesisAdmin

FABRIC_TAG = "LOCALAWS_FABRIC"
STATSD_PORT_VARIABLE = "LOCALAWS_STATSD_PORT"
REGION = "us-east-1"

_IMPORT_ROOT = Path(__file__).resolve().parents[1]
_READY_SECONDS = 30.0
_FRONT_DOOR_GRACE = 20.0  # seconds: it ends the clusters first


class Fabric:
    """All servers of one fabric. Use as a context manager, or call ``start()`` and ``stop()``.

    ``work`` gets the logs of the servers and the nodes of the clusters. ``port`` is that of the one endpoint (0: any
    free one), ``pace`` sets durations (see ``localaws.emr.pace``), ``statsd_interval`` is in seconds. ``s3`` is who
    plays S3: "moto" holds small objects in memory, "seaweedfs" (see ``localaws.s3``) takes any load and keeps its
    objects in ``work``. ``node_commands`` is a folder of commands that stand in, on every node, for what only an EMR
    image has. ``software`` (see ``localaws.hadoop.software``) gives each cluster a real YARN and HDFS; without it YARN
    is imitated. With ``hosts`` as well, each instance of a cluster is a host of its own (see
    ``localaws.hosts``), which only root can have.
    """

    def __init__(
        self,
        work: Path,
        *,
        port: int = 0,
        pace: Mapping[str, float] | None = None,
        s3: Literal["moto", "seaweedfs"] = "moto",
        s3_faults: bool = False,
        kinesis_limits: bool = True,
        node_commands: Path | None = None,
        software: Software | None = None,
        hosts: bool = False,
        statsd_namespace: str = "CWAgent",
        statsd_interval: float = 10.0,
    ) -> None:
        self.work = work.resolve()
        self.tag = uuid.uuid4().hex
        self.endpoint_url = f"http://{LOOPBACK}:{port or free_port()}"
        self.statsd_port = free_port()
        self.admin = FabricAdmin(self.endpoint_url)
        self._aws_port, self._kinesis_port, self._kinesis_admin_port = free_port(), free_port(), free_port()
        self._s3_port = self._aws_port if s3 == "moto" else free_port()
        self._s3_faults = s3_faults
        self._kinesis_limits = kinesis_limits
        self._node_commands = node_commands
        self._software = software
        self._hosts = hosts
        self._pace = dict(pace or {})
        self._statsd = (statsd_namespace, statsd_interval)
        self._running = ExitStack()
        self._clients: dict[str, Any] = {}
        self.processes: dict[str, ManagedProcess] = {}
        self.s3: S3Server | None = None

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that point AWS clients, of whatever language, at this fabric."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_S3": self._url(self._s3_port),
            "AWS_ENDPOINT_URL_KINESIS": self._url(self._kinesis_port),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            STATSD_PORT_VARIABLE: str(self.statsd_port),
        }

    @property
    def kinesis(self) -> KinesisAdmin:
        """Kinesis's own interface: faults, counts, records."""
        from localaws.kinesis import KinesisAdmin

        return KinesisAdmin(self._url(self._kinesis_admin_port))

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of the fabric, whatever the environment says; without options always the same one.

        Threads can share a client, but must not make one at the same time.
        """
        if options:
            return self._make_client(service, **options)
        if service not in self._clients:
            self._clients[service] = self._make_client(service)
        return self._clients[service]

    def _make_client(self, service: str, **options: Any) -> Any:
        import boto3  # type: ignore[import-untyped]
        import botocore.session

        nothing = dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, os.devnull, None))
        session = botocore.session.Session(session_vars=nothing | {"profile": (None, None, None, None)})
        variable = f"AWS_ENDPOINT_URL_{service.upper()}"
        endpoint = self.env.get(variable, self.endpoint_url)
        return boto3.Session(botocore_session=session).client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            **options,
        )

    def start(self) -> Self:
        """Start every server and return when all answer."""
        self.work.mkdir(parents=True, exist_ok=True)
        with ExitStack() as starting:
            starting.callback(self._sweep_when_done())
            self._launch(starting, "aws", "localaws.cloudwatch.server", "--port", self._aws_port)
            self._launch(starting, "kinesis", "localaws.kinesis", *self._kinesis_options())
            self._launch(starting, "frontdoor", "localaws.frontdoor", *self._front_door_options())
            if self._s3_port != self._aws_port:  # it takes longest: the others come up meanwhile
                self.s3 = S3Server.start(self.work / "s3", port=self._s3_port, with_faults=self._s3_faults)
                starting.callback(self.s3.stop)
            wait_until(self.is_ready, _READY_SECONDS, "the fabric's servers")
            if self._pace:
                self.admin.set_pace(**self._pace)
            self._running = starting.pop_all()
        return self

    def stop(self) -> None:
        """End every cluster and server; harmless when repeated."""
        self._running.close()

    def is_ready(self) -> bool:
        """Tell whether every server answers; ProcessFailedError if one of them has ended."""
        for process in self.processes.values():
            if not process.is_alive():
                raise ProcessFailedError(f"{process.describe_end()}\n{process.log_tail()}")
        return accepts_connections(self._kinesis_port) and self.admin.is_healthy()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, stack: ExitStack, name: str, module: str, *options: object) -> None:
        argv = [sys.executable, "-m", module, *map(str, options)]
        env = {**without(os.environ), **NO_AWS, **self.env, FABRIC_TAG: self.tag, "PYTHONPATH": str(_IMPORT_ROOT)}
        process = ManagedProcess.start(argv, name=name, log=self.work / f"{name}.log", env=env)
        self.processes[name] = process
        stack.callback(process.stop, _FRONT_DOOR_GRACE)

    def _sweep_when_done(self) -> Any:
        """Start the process that ends, after us, whatever still carries the tag; return what makes it do so now."""
        sweeper = subprocess.Popen(
            [sys.executable, "-S", "-m", "localaws.tags", FABRIC_TAG, self.tag],
            stdin=subprocess.PIPE,
            env={"PYTHONPATH": str(_IMPORT_ROOT)},
            start_new_session=True,
        )
        return sweeper.communicate

    def _kinesis_options(self) -> list[object]:
        folder = self.work / "streams"
        ports = ["--port", self._kinesis_port, "--admin-port", self._kinesis_admin_port]
        return [*ports, "--folder", folder, *([] if self._kinesis_limits else ["--no-limits"])]

    def _front_door_options(self) -> list[object]:
        namespace, interval = self._statsd
        return [
            *("--port", self.endpoint_url.rsplit(":", 1)[1], "--root", self.work / "clusters"),
            *("--default", self._url(self._aws_port), "--upstream", f"kinesis={self._url(self._kinesis_port)}"),
            *("--upstream", f"s3={self._url(self._s3_port)}"),
            *("--statsd-port", self.statsd_port, "--statsd-namespace", namespace, "--statsd-interval", interval),
            *(("--node-commands", self._node_commands.resolve()) if self._node_commands is not None else ()),
            *(("--yarn", self._software.jars.resolve(), self._software.flink.resolve()) if self._software else ()),
            *(("--hosts",) if self._hosts else ()),
        ]

    @staticmethod
    def _url(port: int) -> str:
        return f"http://{LOOPBACK}:{port}"
