"""What goes wrong on a cluster: one part of a running job is killed, and the facts are collected."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from localaws.kinesis import ShardLimits
from localaws.processes import wait_until
from localaws.testing import STEP_ENDED, shell_step, wait_for_step

from support.yarn.run import Facts, YarnRun
from support.yarn.site import YarnSite

#: Records a second that each of the two shards takes, for the fault to come in the middle of the run.
_PACE = 25
_STRIKE_AFTER = 100
_NOTICE_SECONDS = 600.0
# Until the logs of an application that ended are in HDFS.
_LOGS = """for second in $(seq 60); do
    if yarn logs -applicationId {} 2>/dev/null | grep -q LogType:jobmanager.log; then exit 0; fi
    sleep 1
done
exit 1"""


@dataclass(frozen=True, slots=True)
class Drill:
    """One thing that goes wrong. ``strike`` returns when it has been noticed; ``ends`` is the state of the step."""

    name: str
    strike: Callable[[YarnRun], None]
    ends: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a drill went: seconds from the strike to its being noticed, and to the end of the step."""

    facts: Facts
    noticed: float
    finished: float


def run_drill(site: YarnSite, drill: Drill, *, rows: int = 2_000) -> Result:
    """Run the job, let the drill strike once rows are sent and a checkpoint is complete, and wait for the end."""
    run = YarnRun(site, rows)
    site.fabric.kinesis.set_limits(ShardLimits(write_bytes=1e12, write_records=_PACE))
    try:
        run.begin()
        run.wait_for_sent(_STRIKE_AFTER)
        run.wait_for_checkpoint()
        run.note("struck")
        drill.strike(run)
        run.note("noticed")
        site.fabric.kinesis.set_limits(None)
        facts = run.end()
    finally:
        site.fabric.kinesis.set_limits(None)
        run.run.terminate(run.cluster_id)
    struck = facts.seconds["struck"]
    return Result(facts, noticed=facts.seconds["noticed"] - struck, finished=facts.seconds["step ended"] - struck)


def _wait(check: Callable[[], bool], what: str) -> None:
    wait_until(check, _NOTICE_SECONDS, what, interval=0.2)


def _kill(run: YarnRun, role: str) -> set[int]:
    found = set(run.find(role))
    assert found, f"no {role} to kill"
    os.kill(min(found), signal.SIGKILL)
    return found


def _kill_application_master(run: YarnRun) -> None:
    _kill(run, "application master")
    _wait(lambda: run.look()[0]["state"] == "FAILED", "an application that failed")


def _kill_task_manager(run: YarnRun) -> None:
    before = _kill(run, "task manager")
    wait_until(
        lambda: bool(set(run.find("task manager")) - before), _NOTICE_SECONDS, "another TaskManager", interval=0.2
    )


def _kill_python_worker(run: YarnRun) -> None:
    before = set(run.find("python worker"))
    assert before, "no Python worker to kill"
    for worker in before:  # all: nobody misses the one whose subtask has no file to read
        os.kill(worker, signal.SIGKILL)
    _wait(lambda: bool(set(run.find("python worker")) - before), "another worker")


def _lose_client(run: YarnRun) -> None:
    """Cancel the step on a cluster that stays, see all rows sent without it, then end the application."""
    emr, cluster = run.site.fabric.client("emr"), run.cluster_id
    emr.set_keep_job_flow_alive_when_no_steps(JobFlowIds=[cluster], KeepJobFlowAliveWhenNoSteps=True)
    emr.cancel_steps(ClusterId=cluster, StepIds=[run.step_id])
    _wait(lambda: run.step()["State"] in STEP_ENDED, "a cancelled step")
    run.site.fabric.kinesis.set_limits(None)
    payloads = run.expected.recovered.total()
    _wait(lambda: run.sent() >= payloads, "all rows sent without a client")
    run.note("sent without a client")
    run.note(f"application {run.look()[0]['state']}")
    (application,) = (one["id"] for one in run.look())
    for script in ("yarn application -list", f"yarn application -kill {application}", _LOGS.format(application)):
        step_id = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[shell_step(script, name=script[:24])])["StepIds"][0]
        wait_for_step(emr, cluster, step_id, "COMPLETED", seconds=_NOTICE_SECONDS)
    _wait(lambda: run.look()[0]["state"] == "KILLED", "an application that is killed")
    emr.terminate_job_flows(JobFlowIds=[cluster])


DRILLS = {
    drill.name: drill
    for drill in (
        Drill("application-master-killed", _kill_application_master, ends="FAILED"),
        Drill("task-manager-killed", _kill_task_manager, ends="COMPLETED"),
        Drill("python-worker-killed", _kill_python_worker, ends="COMPLETED"),
        Drill("client-lost", _lose_client, ends="CANCELLED"),
    )
}
