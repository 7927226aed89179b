"""The fabric's own interface, from outside: health, faults, pace and CloudWatch's weather."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class AdminError(Exception):
    """The fabric refused a request; the message says why."""


class FabricAdmin:
    """Talks to a running fabric by HTTP."""

    def __init__(self, endpoint_url: str) -> None:
        self._base = f"{endpoint_url}/_localaws"

    def is_healthy(self) -> bool:
        """Tell whether the front door and CloudWatch answer."""
        try:
            return self._call("GET", "health")["status"] == "ok" and "delay" in self._call("GET", "cloudwatch")
        except (OSError, AdminError):
            return False

    def arm(self, kind: str, **fields: Any) -> str:
        """Arm a fault (see ``localaws.emr.faults``) and return its id; AdminError names what is wrong with it."""
        fault_id: str = self._call("POST", "faults", {"kind": kind, **fields})["id"]
        return fault_id

    def faults(self) -> list[dict[str, Any]]:
        """Return the armed faults, each with how often it ``fired``."""
        faults: list[dict[str, Any]] = self._call("GET", "faults")
        return faults

    def disarm(self, fault_id: str | None = None) -> None:
        """Remove one fault, or all."""
        self._call("DELETE", "faults" if fault_id is None else f"faults/{fault_id}")

    def hosts(self, cluster_id: str) -> list[dict[str, Any]]:
        """Return the hosts of a cluster: ``name``, ``role``, ``pid`` (of a process on it) and whether it ``joined``."""
        hosts: list[dict[str, Any]] = self._call("GET", f"hosts/{cluster_id}")
        return hosts

    def change_hosts(self, cluster_id: str, **change: str | int) -> None:
        """Change the hosts of a cluster.

        ``add`` a role: another host boots and joins. ``lose``, ``cut`` or ``mend`` a name: it goes with its disk, or
        nothing gets through to it and from it, or everything does again. ``decommission`` a name, with ``seconds``:
        YARN begins nothing new there, and gives what runs so long.
        """
        self._call("POST", f"hosts/{cluster_id}", change)

    def calls(self) -> dict[str, int]:
        """Return how many calls came to the one endpoint, by the service's signing name; nodes go past it for S3."""
        calls: dict[str, int] = self._call("GET", "calls")
        return calls

    def set_pace(self, **seconds: float) -> dict[str, float]:
        """Change how long things take (see ``localaws.emr.pace``) and return all durations."""
        pace: dict[str, float] = self._call("PATCH", "pace", seconds)
        return pace

    def set_cloudwatch(self, **weather: float) -> None:
        """Make metrics readable only ``delay`` seconds after they came, or the next ``partial`` reads incomplete."""
        self._call("PATCH", "cloudwatch", weather)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._base}/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AdminError(error.read().decode(errors="replace")) from None
