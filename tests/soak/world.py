"""Where the soak happens: the fabric, the scheduled DAG, what arrives, an Enrich, and somebody who clears red runs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.config import Config
from demo.iglu import write_registry
from drills.outcome import Hashes
from event_recovery.contract import NAMESPACE, RunSummary
from generator.configs import demo as demo_config
from localaws.fabric import Fabric
from localaws.kinesis import record_hash
from support.airflow.hours import DAG, LOADED, Bucket, StreamEnrich, recovered_runs, runs_of, scheduled_dag
from support.airflow.postgres import open_postgres
from support.airflow.service import RUN_ENDED, Airflow
from support.engine.rows import bad_row, enrichment_payload, line_of, pairs
from support.provider.site import Site, alive, open_site
from support.verify.payloads import REQUIRED

from soak.count import Found

JOB = Path(__file__).with_name("job.py")
CONFIG = json.dumps(demo_config())
HOUR = timedelta(minutes=1)
#: A row that the config sends as it is, and that Enrich takes: an hour of nothing but rows that came back fails.
SOUND = line_of(
    bad_row("enrichment_failures", enrichment_payload(parameters=pairs(*REQUIRED.items()), contentType=None))
)
_PACE = {"provision": 1.0, "step": 1.0, "terminate": 1.0}
#: How often somebody clears a red run.
_CLEARS = 4


@dataclass
class World:
    """All of it, running; ``cleared`` counts how often each red run was cleared."""

    fabric: Fabric
    airflow: Airflow
    site: Site
    bucket: Bucket
    enrich: StreamEnrich
    first: datetime
    cleared: Counter[str] = field(default_factory=Counter)
    dag_id: str = DAG

    def pass_on(self) -> int:
        """Let what Enrich has refused arrive; returns how many rows that are."""
        refused = self.enrich.refused()
        if refused:
            self.bucket.put([*refused, SOUND])
        return len(refused)

    def clear_red_runs(self) -> Iterator[tuple[str, str]]:
        """Clear every run that failed, as its error says, and yield it with the error.

        :raises AssertionError: when it was cleared often enough
        """
        for run in runs_of(self.airflow):
            run_id = run["dag_run_id"]
            if run["state"] == "failed":
                why = self.airflow.errors(DAG, run_id)
                assert self.cleared[run_id] < _CLEARS, f"{run_id} was cleared {_CLEARS} times: {why}"
                self.cleared[run_id] += 1
                self.airflow.clear_run(DAG, run_id, only_failed=False)
                yield run_id, why

    def unread(self) -> set[str]:
        """Return the files that no run has recovered yet."""
        runs = recovered_runs(self.bucket.s3, self.bucket.name).values()
        return self.bucket.lines.keys() - {key for one in runs for key in self.bucket.keys_of(one)}

    def going(self) -> list[str]:
        """Return the runs that have not ended."""
        return [run["dag_run_id"] for run in runs_of(self.airflow) if run["state"] not in RUN_ENDED]

    def pause(self) -> bool:
        """Begin no more hours; returns False, and goes on, when one has just begun."""
        self.airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": True})
        if not self.going():
            return True
        self.airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": False})
        return False

    def run_that_waits(self, *tasks: str) -> str:
        """Return a run of which one of these tasks waits, an empty text when there is none."""
        return next((run for run in self.going() if self.waiting_task(run, *tasks)), "")

    def waiting_task(self, run_id: str, *tasks: str) -> str:
        """Return the one of these tasks that waits in the triggerer, an empty text when there is none."""
        states = self.airflow.states(DAG, run_id)
        wanted = [f"recovery.{task}" for task in tasks]
        return next((task for task in wanted if states.get(task) == "deferred"), "")

    def running_task(self) -> dict[str, Any] | None:
        """Return a task that a worker runs, None when there is none."""
        for run in self.going():
            listed = self.airflow.api("GET", f"/dags/{DAG}/dagRuns/{run}/taskInstances")["task_instances"]
            for task in listed:
                if task["state"] == "running":
                    found: dict[str, Any] = task
                    return found
        return None

    def found(self) -> dict[str, Found]:
        """Return what each run has left, by its id."""
        s3, bucket = self.bucket.s3, self.bucket.name

        def lines(prefix: str, name: str) -> list[bytes]:
            listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/{name}/").get("Contents", ())
            bodies = (s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed)
            return [line for body in bodies for line in body.splitlines()]

        runs: dict[str, Found] = {}
        for prefix, manifest in recovered_runs(self.bucket.s3, self.bucket.name).items():
            account = RunSummary.from_json(json.dumps(self.site.read(f"{prefix}/summary.json")))
            runs[account.run_id] = Found(
                account=account,
                keys=self.bucket.keys_of(manifest),
                lines=list(self.bucket.lines_of(manifest)),
                failed=lines(prefix, "failed"),
                unrecoverable=lines(prefix, "unrecoverable"),
                recovered_index=lines(prefix, "recovered-index"),
                rejected_index=lines(prefix, "rejected-index"),
            )
        return runs

    def stream(self) -> Hashes:
        """Return the records of the stream."""
        return Counter(record_hash(record.data) for record in self.fabric.kinesis.records(self.site.stream))

    def alive(self) -> list[str]:
        """Return the clusters that still have instances."""
        return alive(self.fabric)


@contextmanager
def world(folder: Path, *, options: Mapping[str, str]) -> Iterator[World]:
    """Have everything running, and the DAG's first hour begin within two minutes.

    :param options: further settings of Airflow
    """
    with Fabric(
        folder / "aws",
        pace=_PACE,
        statsd_namespace=NAMESPACE,
        statsd_interval=1.0,
        s3="seaweedfs",
        s3_faults=True,
    ) as fabric:
        site = open_site(fabric, JOB)
        resolver = write_registry(folder / "iglu")
        patient = fabric.client("s3", config=Config(retries={"total_max_attempts": 30, "mode": "standard"}))
        fabric.client("emr")  # before there are threads, which must not make it
        first = datetime.now(UTC).replace(second=0, microsecond=0) + 2 * HOUR
        dags = scheduled_dag(folder / "dags", first, lag=timedelta())
        with (
            open_postgres(folder / "postgres") as postgres,
            Airflow(
                folder / "airflow",
                env=fabric.env,
                dags={"soak": dags},
                database=postgres.airflow_database(),
                **options,
            ) as airflow,
        ):
            settings = site.settings(inputdir=LOADED, config=demo_config(), resolver=resolver)
            airflow.api("POST", "/variables", {"key": DAG, "value": json.dumps(settings)})
            airflow.api("PATCH", f"/dags/{DAG}", {"is_paused": False})
            time.sleep(max(0.0, (first - datetime.now(UTC)).total_seconds()))
            yield World(
                fabric, airflow, site, Bucket(patient, site.bucket), StreamEnrich(fabric, site.stream, resolver), first
            )
