"""A DAG run under a real Airflow, with the real job on a real YARN, and what a person or a lost part does to it."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from event_recovery.contract import RunPaths
from localaws.kinesis import ShardLimits
from localaws.processes import wait_until

from support.airflow.day import DagRun
from support.airflow.service import RUN_ENDED, Airflow, example_dags
from support.yarn import processes
from support.yarn.outputs import Outputs
from support.yarn.site import BUCKET, YarnSite, yarn_site

ROWS: Final = 12_000
#: Records a second that each of the two shards takes until something strikes.
_PACE: Final = 25
#: The share of the rows that is sent when something strikes. Flink 1.20.0 has a fault that strikes near the end.
_EARLY: Final = 0.05
#: Cluster, node set-up and job, until the first rows are sent.
_BEGIN_SECONDS: Final = 600.0
#: The same once more, and all rows at full speed.
_AGAIN_SECONDS: Final = 600.0


class YarnDay(DagRun):
    """One run, on a stream of its own that is slow until ``full_speed``."""

    #: A cluster that ends by itself delivers the logs of all containers first.
    gone_within = 120.0

    def __init__(self, airflow: Airflow, site: YarnSite, dag_id: str, **settings: Any) -> None:
        super().__init__(airflow, site.fabric, dag_id, f"yarn-{uuid.uuid4().hex[:12]}")
        self.site = site
        source, expected = site.material(ROWS)
        stream = site.new_stream()
        paths = RunPaths.of(base=f"s3://{BUCKET}/event-recovery", run_id=self.identity.run_id)
        self.outputs = Outputs(site, paths, stream, expected)
        site.fabric.kinesis.set_limits(ShardLimits(write_bytes=1e12, write_records=_PACE))
        # Nobody is asked, and no registry, for what is tried elsewhere.
        given = site.settings(inputdir=source, output=stream, approval=False, trial_rows=0, **settings)
        airflow.trigger(dag_id, run_id=self.run_id, **given)

    def is_under_way(self) -> None:
        """Wait until rows are sent, a checkpoint is complete, and Airflow waits for no more than the end."""
        enough = self.outputs.expected.recovered.total() * _EARLY
        self.wait_for(lambda: self.outputs.sent() >= enough and self.outputs.has_checkpoint(), "rows and a checkpoint")
        self.waits(self.last_wait)

    @property
    def last_wait(self) -> str:
        """The task that waits for the end of the job."""
        return "recover" if self.dag_id.endswith("single_task") else "balance"

    def fails(self, *, within: float) -> float:
        """Assert that the run fails, and return after how many seconds it had and its cluster was gone."""
        began = time.monotonic()
        self.full_speed()
        self.ends("failed", seconds=within)
        assert self.left() == []
        return time.monotonic() - began

    def is_finished(self, *, within: float = _AGAIN_SECONDS) -> float:
        """Assert that the run ends well, with every row where it must be; return after how many seconds it had."""
        began = time.monotonic()
        self.full_speed()
        self.ends("success", seconds=within)
        took = time.monotonic() - began
        summary = self.outputs.summary()
        assert summary is not None
        assert summary.balanced
        assert self.outputs.is_complete()
        assert self.outputs.faults() == []
        assert self.left() == []
        return took

    def wait_for(self, check: Callable[[], bool], what: str, *, seconds: float = _BEGIN_SECONDS) -> None:
        """Wait until something is so; AssertionError when the run ends before."""

        def look() -> bool:
            if check():
                return True
            state = self.airflow.run_state(self.dag_id, self.run_id)
            assert state not in RUN_ENDED, f"{self.run_id} is {state} before {what}: {self.states()}\n{self.errors()}"
            return False

        wait_until(look, seconds, f"{what} in {self.run_id}", interval=0.5)

    def full_speed(self) -> None:
        """Let the stream take all that comes."""
        self.site.fabric.kinesis.set_limits(None)

    def cluster(self) -> str:
        """Return the id of the one cluster that is alive."""
        (job_flow_id,) = self.alive()
        return job_flow_id

    def find(self, role: str) -> list[int]:
        """Return the ids of the living processes of a role, see ``processes.find``."""
        return processes.find(self.cluster(), role)

    def kill(self, role: str) -> None:
        """Kill all processes of a role outright."""
        found = self.find(role)
        assert found, f"no {role} to kill"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def started(self, job_flow_id: str) -> datetime:
        """Return when a cluster was asked for."""
        timeline = self.emr.describe_cluster(ClusterId=job_flow_id)["Cluster"]["Status"]["Timeline"]
        created: datetime = timeline["CreationDateTime"]
        return created

    def left(self) -> list[str]:
        """List what still runs of any cluster of the run, applications of YARN among it."""
        return [line for one in self.clusters() for line in processes.below(self._folder(one))]

    def _folder(self, job_flow_id: str) -> Path:
        return self.site.fabric.work / "clusters" / job_flow_id


@dataclass(frozen=True)
class YarnWorld:
    """Where such runs happen, one after another: the speed of all streams is one, and so are the two processors."""

    airflow: Airflow
    site: YarnSite

    @contextmanager
    def day(self, dag_id: str, **settings: Any) -> Iterator[YarnDay]:
        """Start a run, and see to it that it is over in the end."""
        day = YarnDay(self.airflow, self.site, dag_id, **settings)
        try:
            yield day
        finally:
            day.full_speed()
            if self.airflow.run_state(dag_id, day.run_id) not in RUN_ENDED:
                day.mark_run("failed")
                day.over()


@contextmanager
def yarn_world(work: Path, *, cache: Path, database: str, hosts: bool = False) -> Iterator[YarnWorld]:
    """Start a site whose clusters have a real YARN, and an Airflow with the example DAGs beside it.

    :param database: Airflow's, by its URL
    :param hosts: each instance of a cluster is a host of its own
    """
    with (
        yarn_site(work / "aws", cache=cache, hosts=hosts) as site,
        Airflow(work / "airflow", env=site.fabric.env, dags={"examples": example_dags()}, database=database) as airflow,
    ):
        for service in ("emr", "s3", "kinesis"):
            site.fabric.client(service)
        yield YarnWorld(airflow, site)
