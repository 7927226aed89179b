"""One run of the job on a cluster with a real YARN, by the provider's own tasks, and the facts of it."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from event_recovery.contract import NAMESPACE, PROCESS_OPERATOR, MetricName, RunPaths, RunSummary
from localaws.flink.rest import FlinkRest
from localaws.hadoop.home import Home
from localaws.hadoop.masters import Masters
from localaws.processes import wait_until
from localaws.testing import ENDED, STEP_ENDED, read_log, wait_for_cluster

from support.provider.run import Run
from support.yarn import processes
from support.yarn.outputs import Outputs
from support.yarn.site import BUCKET, YarnSite

_READY_SECONDS, _JOB_SECONDS, _END_SECONDS = 600.0, 1200.0, 600.0
_EXIT_CODE = re.compile(r"ended with exit code (-?\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a run once its cluster is gone."""

    step_state: str
    step_message: str
    exit_code: int | None
    #: YARN's last report of each application, before the cluster ended.
    applications: list[dict[str, Any]]
    #: What differs from an independent count by the engine; empty when the account is exact.
    faults: list[str]
    #: Records that the stream holds beyond one for each payload.
    duplicates: int
    summary: RunSummary | None
    success: bool
    #: Metrics of the job in CloudWatch, by the names that parse.
    metrics: list[MetricName]
    #: Keys of the cluster's logs in S3, below the cluster's id.
    logs: list[str]
    stdout: str
    stderr: str
    #: The JobManager's log, of all applications.
    job_manager: str
    #: What the environment of each part of the job was, by role, while it ran.
    environments: dict[str, dict[str, str]]
    #: The words of the command line of each part, likewise.
    command_lines: dict[str, list[str]]
    #: Processes that knew the cluster's folder after its end.
    left: list[str]
    seconds: dict[str, float] = field(default_factory=dict)


class YarnRun:
    """A run under way. ``begin`` returns when its step is submitted, ``end`` when the cluster is gone."""

    def __init__(self, site: YarnSite, rows: int, *, uneven: bool = False) -> None:
        self.site = site
        self.source, self.expected = site.material(rows, uneven=uneven)
        self.stream = site.new_stream()
        self.run = Run(site)
        self.cluster_id, self.step_id = "", ""
        self.environments: dict[str, dict[str, str]] = {}
        self.command_lines: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        self._applications: list[dict[str, Any]] = []
        self._began = time.monotonic()

    @property
    def root(self) -> Path:
        """The cluster's folder."""
        return self.site.fabric.work / "clusters" / self.cluster_id

    @property
    def outputs(self) -> Outputs:
        """What the run writes."""
        base, _, run_id = self.run.plan["prefix"].rstrip("/").rpartition("/runs/")
        return Outputs(self.site, RunPaths.of(base=base, run_id=run_id), self.stream, self.expected)

    def begin(self, **settings: Any) -> None:
        """Check, create the cluster, wait until it is ready, submit."""
        self.run.preflight(inputdir=self.source, output=self.stream, **settings)
        self._submit(new_cluster=True)

    def try_again(self, *, new_cluster: bool) -> None:
        """Submit the job anew, as a retry in Airflow does."""
        if new_cluster:
            self.run.terminate()
        self.run.stores.clear()
        self._submit(new_cluster=new_cluster)

    def keep_cluster(self) -> None:
        """Let the cluster outlive its steps, until a step is submitted anew."""
        self.site.fabric.client("emr").set_keep_job_flow_alive_when_no_steps(
            JobFlowIds=[self.cluster_id], KeepJobFlowAliveWhenNoSteps=True
        )

    def end_of_try(self) -> tuple[str, str]:
        """Wait until the step has ended; return its state and where its logs go."""
        wait_until(self._step_has_ended, _JOB_SECONDS, "the end of the step", interval=0.2)
        self.note("first step ended")
        return self.step()["State"], self._logs_of_step()

    def printed(self, logs: str) -> str:
        """Return what a step printed, once its cluster is gone."""
        s3 = self.site.fabric.client("s3")
        return "".join(read_log(s3, f"{logs}/{name}.gz") for name in ("stdout", "stderr"))

    def _submit(self, *, new_cluster: bool) -> None:
        if new_cluster:
            self.cluster_id = self.run.create()
            emr = self.site.fabric.client("emr")
            wait_for_cluster(emr, self.cluster_id, "WAITING", "RUNNING", seconds=_READY_SECONDS)
            self.note("cluster ready")
        self.step_id = self.run.submit(self.cluster_id)

    def look(self) -> list[dict[str, Any]]:
        """YARN's report of every application there was, which is also kept as the last one.

        :raises OSError: when YARN does not answer
        """
        primary = [host["pid"] for host in self.hosts() if host["role"] == "MASTER"]
        self._applications = Masters(Home.find(self.root), *primary).applications("")
        return self._applications

    def hosts(self) -> list[dict[str, Any]]:
        """The hosts of the cluster, none where all of it is on the machine itself."""
        return self.site.fabric.admin.hosts(self.cluster_id)

    def told(self) -> str:
        """What the step printed so far."""
        return (self.root / f"mnt/var/log/hadoop/steps/{self.step_id}/stdout").read_text()

    def find(self, role: str) -> list[int]:
        """The ids of the living processes of a role."""
        return processes.find(self.cluster_id, role)

    def wait_for(self, check: Callable[[], bool], what: str, *, seconds: float = _JOB_SECONDS) -> None:
        """Wait until something is so, unless the step ends before."""

        def look() -> bool:
            if check():
                return True
            assert self.step()["State"] not in STEP_ENDED, f"the step ended before {what}: {self.step()}"
            return False

        wait_until(look, seconds, what, interval=0.3)
        self.note(what)

    def wait_for_sent(self, count: int) -> None:
        """Wait until the stream has so many records, and note how what runs was started."""
        self.wait_for(lambda: self.sent() >= count, f"{count} records sent")
        for role in ("client", "application master", "task manager", "python worker"):
            if found := self.find(role):
                self.environments[role] = processes.environment(found[0])
                self.command_lines[role] = processes.command_line(found[0])

    def wait_for_checkpoint(self) -> None:
        """Wait until one is complete."""
        self.wait_for(self.outputs.has_checkpoint, "a checkpoint")

    def is_counted(self) -> bool:
        """Tell whether the job has committed how many rows it read, which it does last."""
        return self.outputs.is_counted()

    def a_subtask_has_ended(self) -> bool:
        """Tell whether a subtask that processes rows has ended while others go on."""
        (application,) = self.look()
        flink = FlinkRest(application["trackingUrl"].rstrip("/"))
        (job,) = flink.jobs()
        vertices = flink.get(f"/jobs/{job}")["vertices"]
        tasks: dict[str, int]
        (tasks,) = (vertex["tasks"] for vertex in vertices if PROCESS_OPERATOR in vertex["name"])
        return 0 < tasks["FINISHED"] < sum(tasks.values())

    def sent(self) -> int:
        """Records in the stream."""
        return self.outputs.sent()

    def step(self) -> dict[str, Any]:
        """Status of the step that runs the job."""
        emr = self.site.fabric.client("emr")
        status: dict[str, Any] = emr.describe_step(ClusterId=self.cluster_id, StepId=self.step_id)["Step"]["Status"]
        return status

    def end(self, *, seconds: float = _JOB_SECONDS) -> Facts:
        """Wait for the end of the step, end the cluster, and collect what became of the run."""
        wait_until(self._step_has_ended, seconds, "the end of the step", interval=0.2)
        self.note("step ended")
        emr = self.site.fabric.client("emr")
        root = self.root
        wait_for_cluster(emr, self.cluster_id, *ENDED, seconds=_END_SECONDS)
        self.note("cluster gone")
        status = self.step()
        outputs = self.outputs
        logs = outputs.keys(f"{outputs.paths.logs}/{self.cluster_id}/")
        folder = self._logs_of_step()
        s3 = self.site.fabric.client("s3")
        code = _EXIT_CODE.search(read_log(s3, f"{folder}/controller.gz"))
        return Facts(
            step_state=status["State"],
            step_message=status.get("FailureDetails", {}).get("Message", ""),
            exit_code=int(code[1]) if code else None,
            applications=self._applications,
            faults=outputs.faults(),
            duplicates=outputs.duplicates(),
            summary=outputs.summary(),
            success=outputs.is_complete(),
            metrics=self._metrics(),
            logs=[key.partition(f"{self.cluster_id}/")[2] for key in logs],
            stdout=read_log(s3, f"{folder}/stdout.gz"),
            stderr=read_log(s3, f"{folder}/stderr.gz"),
            job_manager="".join(
                read_log(s3, f"s3://{BUCKET}/{key}") for key in logs if key.endswith("/jobmanager.log.gz")
            ),
            environments=self.environments,
            command_lines=self.command_lines,
            left=processes.below(root),
            seconds=self.seconds,
        )

    def _logs_of_step(self) -> str:
        return f"{self.outputs.paths.logs}/{self.cluster_id}/steps/{self.step_id}"

    def _step_has_ended(self) -> bool:
        """Look at the applications, as long as there is a YARN to be asked, and at the step."""
        with contextlib.suppress(OSError):  # a cluster may go with its step
            self.look()
        return self.step()["State"] in STEP_ENDED

    def _metrics(self) -> list[MetricName]:
        cloudwatch = self.site.fabric.client("cloudwatch")
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE)
        names = {metric["MetricName"] for page in pages for metric in page["Metrics"]}
        return [name for name in map(MetricName.parse, sorted(names)) if name is not None]

    def note(self, what: str) -> None:
        """Note when something was so, in seconds since the run began."""
        self.seconds[what] = self.now()

    def now(self) -> float:
        """Seconds since the run began."""
        return round(time.monotonic() - self._began, 1)
