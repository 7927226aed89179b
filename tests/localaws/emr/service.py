"""The EMR service: every cluster of the fabric, and the way from a request to its action and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from localaws.emr.endings import USER_REQUEST
from localaws.emr.faults import FaultBook, FaultKind
from localaws.emr.model import ApiError, Params, check_input, invalid_request, is_action, validation_error
from localaws.emr.node.node import Site
from localaws.emr.pace import Pace
from localaws.emr.records import Cluster
from localaws.emr.supervisor import Supervisor

_CREDENTIAL_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")


@dataclass(slots=True)
class Emr:
    """All clusters, and what they share. Everything happens on one event loop, so nothing is locked."""

    site: Site
    pace: Pace = field(default_factory=Pace)
    faults: FaultBook = field(default_factory=FaultBook)
    clusters: dict[str, Supervisor] = field(default_factory=dict)
    _lives: set[asyncio.Task[None]] = field(default_factory=set)

    def launch(self, cluster: Cluster) -> None:
        """Start the life of a cluster."""
        supervisor = Supervisor(cluster=cluster, site=self.site, faults=self.faults, pace=self.pace)
        self.clusters[cluster.id] = supervisor
        life = asyncio.create_task(supervisor.run(), name=cluster.id)
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    def find(self, cluster_id: str) -> Supervisor:
        """Return the supervisor of a cluster, gone or not; ApiError if there never was one."""
        try:
            return self.clusters[cluster_id]
        except KeyError:
            raise invalid_request(f"Cluster id '{cluster_id}' is not valid.") from None

    def find_modifiable(self, cluster_id: str) -> Supervisor:
        """Return the supervisor of a cluster that is not gone or going; ApiError otherwise."""
        supervisor = self.find(cluster_id)
        if supervisor.cluster.state.is_ending:
            raise validation_error("A job flow that is shutting down, terminated, or finished may not be modified.")
        return supervisor

    async def close(self) -> None:
        """End every cluster and wait until all are gone."""
        for supervisor in self.clusters.values():
            supervisor.end(USER_REQUEST)
        await asyncio.gather(*self._lives)
        for supervisor in self.clusters.values():
            await supervisor.abandon()


#: An action: the service, the checked input and the region, to the output.
Action = Callable[[Emr, Params, str], Params]


@dataclass(frozen=True, slots=True)
class Answer:
    """The output of a call; the server is to withhold it for ``delay`` seconds when that is above 0."""

    output: Params
    delay: float = 0.0


def call(emr: Emr, actions: dict[str, Action], name: str, params: Params, region: str) -> Answer:
    """Carry out one action; ApiError for whatever EMR would refuse."""
    if not is_action(name):
        raise ApiError("UnknownOperationException", f"EMR has no action {name}.")
    action = actions.get(name)
    if action is None:
        # 501 and not 500, which every SDK would take for a passing failure and retry.
        raise ApiError("NotImplemented", f"The local EMR does not have {name}.", status=501)
    cluster = _cluster_of(emr, params)
    if emr.faults.for_call(FaultKind.THROTTLE, name, cluster):
        raise ApiError("ThrottlingException", "Rate exceeded")
    check_input(name, params)
    output = action(emr, params, region)
    late = emr.faults.for_call(FaultKind.READ_TIMEOUT, name, cluster)
    return Answer(output, late.seconds if late is not None else 0.0)


def _cluster_of(emr: Emr, params: Params) -> tuple[str, ...]:
    """Return the names of the one cluster that a call is about, none when there is no such cluster."""
    if "Instances" in params:  # RunJobFlow, whose cluster is yet to come
        return (str(params.get("Name", "")),)
    supervisor = emr.clusters.get(str(params.get("ClusterId") or params.get("JobFlowId") or ""))
    return supervisor.cluster.names if supervisor is not None else ()


def region_of(authorization: str) -> str:
    """Return the region a request was signed for."""
    found = _CREDENTIAL_REGION.search(authorization)
    return found[1] if found else "us-east-1"
