"""What goes wrong on a cluster: a part of a running job is lost, and the job is tried again where it has to be."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from localaws.kinesis import ShardLimits
from localaws.processes import wait_until
from localaws.testing import STEP_ENDED

from support.yarn import processes
from support.yarn.run import Facts, YarnRun
from support.yarn.site import YarnSite

ROWS: Final = 20_000
#: Records a second that each of the two shards takes, for the fault to come in the middle of the run.
_PACE: Final = 25
#: The share of the rows that is sent when something strikes, unless a drill says another.
_EARLY, _LATE = 0.01, 0.9
_NOTICE_SECONDS = 900.0
#: Long enough for the job to have begun.
_SHORT_HOURS: Final = 240 / 3600
#: Restarts follow at once, and a slot is waited for no longer than that, so that a drill does not take ten minutes.
_HASTY: Final = {"restart-strategy.failure-rate.delay": "1 s", "slot.request.timeout": "10 s"}
#: A TaskManager that takes all that it may for its heap at once, and leaves its Python worker no room.
_TIGHT: Final = {
    "taskmanager.memory.process.size": "1600m",
    "taskmanager.memory.managed.size": "16m",
    "taskmanager.memory.network.max": "64m",
    "taskmanager.memory.jvm-metaspace.size": "192m",
    "taskmanager.memory.task.off-heap.size": "0",
    "env.java.opts.taskmanager": "-XX:+AlwaysPreTouch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One thing that goes wrong.

    :param strike: returns when it has been noticed
    :param afterwards: what happens then
    :param ends: the state of the step that is struck
    :param again: where the run is then tried again, if it is
    :param after: the share of the rows that is sent by then; 0 before the first
    """

    name: str
    strike: Callable[[YarnRun], None]
    ends: str
    again: Literal["no", "same cluster", "new cluster"] = "no"
    after: float = _EARLY
    settings: Mapping[str, Any] = field(default_factory=dict)
    afterwards: Callable[[YarnRun], None] = lambda run: None


@dataclass(frozen=True, slots=True)
class Result:
    """How a drill went: seconds from the strike to its being noticed, and to the end of the last step.

    :param state: of the step that was struck
    :param told: what that step printed
    """

    facts: Facts
    state: str
    told: str
    noticed: float
    finished: float


def run_drill(site: YarnSite, drill: Drill, *, rows: int = ROWS) -> Result:
    """Run the job, let the drill strike once rows are sent and a checkpoint is complete, and wait for the end."""
    run = YarnRun(site, rows)
    kinesis = site.fabric.kinesis
    payloads = run.expected.recovered.total()
    try:
        kinesis.set_limits(ShardLimits(write_bytes=1e12, write_records=_PACE if drill.after <= _EARLY else 500))
        run.begin(**drill.settings)
        if drill.again != "no":
            run.keep_cluster()
        if drill.after:
            run.wait_for_sent(int(payloads * drill.after))
            kinesis.set_limits(ShardLimits(write_bytes=1e12, write_records=_PACE))
            run.wait_for_checkpoint()
        run.note("struck")
        drill.strike(run)
        run.note("noticed")
        drill.afterwards(run)
        kinesis.set_limits(None)
        if drill.again != "no":
            state, logs = run.end_of_try()
            run.try_again(new_cluster=drill.again == "new cluster")
        facts = run.end()
    finally:
        kinesis.set_limits(None)
        run.run.terminate()
    struck = facts.seconds["struck"]
    told = facts.stdout + facts.stderr
    return Result(
        facts,
        *((facts.step_state, told) if drill.again == "no" else (state, run.printed(logs))),
        noticed=facts.seconds["noticed"] - struck,
        finished=facts.seconds["step ended"] - struck,
    )


def _wait(check: Callable[[], bool], what: str) -> None:
    wait_until(check, _NOTICE_SECONDS, what, interval=0.2)


def _kill(run: YarnRun, role: str) -> set[int]:
    found = set(run.find(role))
    assert found, f"no {role} to kill"
    with suppress(ProcessLookupError):  # it may have ended with the one killed before
        os.kill(min(found), signal.SIGKILL)
    return found


def _application_ended(run: YarnRun) -> bool:
    found = run.look()
    return bool(found) and all(one["finalStatus"] != "UNDEFINED" for one in found)


def _step_ended(run: YarnRun) -> bool:
    return run.step()["State"] in STEP_ENDED


def _wait_for_the_end(run: YarnRun) -> None:
    _wait(lambda: _step_ended(run), "the end of the step")


def _kill_application_master(run: YarnRun) -> None:
    _kill(run, "application master")
    _wait(lambda: run.look()[0]["state"] == "FAILED", "an application that failed")


def _kill_task_manager(run: YarnRun) -> None:
    before = _kill(run, "task manager")
    _wait(lambda: bool(set(run.find("task manager")) - before), "another TaskManager")


def _kill_python_worker(run: YarnRun) -> None:
    before = set(run.find("python worker"))
    assert before, "no Python worker to kill"
    for worker in before:  # all: nobody misses the one whose subtask has no file to read
        os.kill(worker, signal.SIGKILL)
    _wait(lambda: bool(set(run.find("python worker")) - before), "another worker")


def _kill_client(run: YarnRun) -> None:
    _kill(run, "client")
    _wait_for_the_end(run)


def _kill_the_step(run: YarnRun) -> None:
    """Cancel the step as EMR does that kills all processes of it, and let the job finish alone."""
    emr = run.site.fabric.client("emr")
    emr.cancel_steps(ClusterId=run.cluster_id, StepIds=[run.step_id], StepCancellationOption="TERMINATE_PROCESS")
    _wait_for_the_end(run)
    run.site.fabric.kinesis.set_limits(None)
    _wait(run.is_counted, "a job that finished without its client")
    (state,) = {one["state"] for one in run.look()}
    run.note(f"the application is {state}")


def _kill_client_before_it_counts(run: YarnRun) -> None:
    """Stop the client, let the job finish, and kill the client before it makes the summary."""
    stopped = [pid for role in ("job", "guard") for pid in run.find(role)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    run.site.fabric.kinesis.set_limits(None)
    _wait(run.is_counted, "a job that finished")
    for pid in (*run.find("client"), *stopped):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait_for_the_end(run)


def _cancel(run: YarnRun) -> None:
    emr = run.site.fabric.client("emr")
    emr.cancel_steps(ClusterId=run.cluster_id, StepIds=[run.step_id])
    _wait(lambda: _application_ended(run) and _step_ended(run), "a cancelled step without an application")


def _cancel_twice(run: YarnRun) -> None:
    _cancel(run)
    run.try_again(new_cluster=False)
    run.keep_cluster()
    run.wait_for_sent(run.sent() + 100)
    run.wait_for_checkpoint()
    _cancel(run)


def _kill_everything(run: YarnRun) -> None:
    for pid in processes.of_cluster(run.cluster_id):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait_for_the_end(run)


def _run_out_of_time(run: YarnRun) -> None:
    _wait_for_the_end(run)
    run.run.plan["job"]["max_seconds"] = 3600  # as the user would, before another try


DRILLS = {
    drill.name: drill
    for drill in (
        Drill(name="plain", strike=lambda run: None, ends="COMPLETED"),
        Drill(name="task-manager-killed", strike=_kill_task_manager, ends="COMPLETED"),
        Drill(name="python-worker-killed", strike=_kill_python_worker, ends="COMPLETED"),
        Drill(name="application-master-killed", strike=_kill_application_master, ends="FAILED", again="new cluster"),
        # A step that fails ends its cluster; one that is cancelled does not.
        Drill(name="client-killed-early", strike=_kill_client, ends="FAILED", again="new cluster"),
        Drill(name="client-killed-late", strike=_kill_client, ends="FAILED", again="new cluster", after=_LATE),
        Drill(
            name="client-killed-at-the-end", strike=_kill_client_before_it_counts, ends="FAILED", again="new cluster"
        ),
        Drill(name="job-finishes-alone", strike=_kill_the_step, ends="CANCELLED", again="same cluster"),
        Drill(name="step-cancelled", strike=_cancel, ends="CANCELLED", again="same cluster"),
        Drill(name="cancelled-twice", strike=_cancel_twice, ends="CANCELLED", again="same cluster"),
        Drill(
            name="max-hours-over",
            strike=_run_out_of_time,
            ends="FAILED",
            again="new cluster",
            settings={"max_hours": _SHORT_HOURS},
        ),
        Drill(name="everything-killed", strike=_kill_everything, ends="FAILED", again="new cluster"),
        Drill(
            name="no-room",
            strike=_wait_for_the_end,
            ends="FAILED",
            after=0,
            # A type whose memory nobody knows, so that the preflight cannot refuse what has no room.
            settings={"core_count": 1, "core_type": "x9.xlarge", "parallelism": 4, "flink": _HASTY},
        ),
        Drill(
            name="container-over-its-memory",
            strike=_wait_for_the_end,
            ends="FAILED",
            after=0,
            settings={"flink": {**_HASTY, **_TIGHT}},
        ),
    )
}
