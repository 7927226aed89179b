"""What goes wrong on a cluster: a part of a running job is lost, and the job is tried again where it has to be."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from localaws.kinesis import ShardLimits
from localaws.processes import wait_until
from localaws.testing import STEP_ENDED

from support.yarn import processes
from support.yarn.report import line
from support.yarn.run import Facts, YarnRun
from support.yarn.site import YarnSite

ROWS: Final = 20_000
#: Records a second that each of the two shards takes, for the fault to come in the middle of the run.
_PACE: Final = 25
#: The share of the rows that is sent when something strikes, unless a drill says another.
_EARLY, _LATE = 0.01, 0.9
#: Seconds between checkpoints that are long enough for a client to be killed before the next one.
_SELDOM: Final = 20
_NOTICE_SECONDS = 900.0
#: A checkpoint is several calls of S3 one after another.
_SLOW_MILLISECONDS = 800.0
#: Long enough for the job to have begun.
_SHORT_HOURS: Final = 240 / 3600
#: Restarts follow at once, and a slot is waited for no longer than that, so that a drill does not take ten minutes.
_HASTY: Final = {"restart-strategy.failure-rate.delay": "1 s", "slot.request.timeout": "10 s"}
#: A TaskManager that takes more for its heap alone, and at once, than its container may have.
_TIGHT: Final = {
    "taskmanager.memory.process.size": "1600m",
    "taskmanager.memory.managed.size": "16m",
    "env.java.opts.taskmanager": "-Xms2g -Xmx2g -XX:+AlwaysPreTouch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One thing that goes wrong.

    :param strike: returns when it has been noticed
    :param afterwards: what happens then
    :param ends: the state of the step that is struck
    :param again: where the run is then tried again, if it is
    :param after: the share of the rows that is sent by then; 0 before the first
    :param uneven: whether one subtask has far less to read than the other
    """

    name: str
    strike: Callable[[YarnRun], None]
    ends: str
    again: Literal["no", "same cluster", "new cluster"] = "no"
    after: float = _EARLY
    uneven: bool = False
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


def runner(site: YarnSite, drills: Mapping[str, Drill], table: list[str]) -> Callable[[str], Result]:
    """Return what runs a drill by its name, holds its step to the end it must have, and adds its line to a table."""

    def run(name: str) -> Result:
        result = run_drill(site, drills[name])
        assert result.state == drills[name].ends, result.told
        assert result.facts.left == []
        table.append(line(name, result))
        return result

    return run


def run_drill(site: YarnSite, drill: Drill, *, rows: int = ROWS) -> Result:
    """Run the job, let the drill strike once rows are sent and a checkpoint is complete, and wait for the end."""
    run = YarnRun(site, rows, uneven=drill.uneven)
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
    _signal([min(found)], signal.SIGKILL)
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
    _signal(before, signal.SIGKILL)  # all: nobody misses the one whose subtask has no file to read
    _wait(lambda: bool(set(run.find("python worker")) - before), "another worker")


def _kill_client(run: YarnRun) -> None:
    _kill(run, "client")
    _wait_for_the_end(run)


def _kill_client_once_a_subtask_ended(run: YarnRun) -> None:
    """Leave as the newest checkpoint the one with which one of two subtasks ended."""
    run.wait_for(run.a_subtask_has_ended, "a subtask that ended")
    _kill_client(run)


def _end_while_checkpoints_are_under_way(run: YarnRun) -> None:
    """Have S3 take so long that a checkpoint is always under way, and the input end meanwhile."""
    s3 = run.site.fabric.s3
    assert s3 is not None
    assert s3.faults is not None
    s3.faults.latency(_SLOW_MILLISECONDS)
    try:
        run.site.fabric.kinesis.set_limits(None)
        _wait(run.is_counted, "a job that finished")
    finally:
        s3.faults.heal()


def _kill_the_step(run: YarnRun) -> None:
    """Cancel the step as EMR does that kills all processes of it, and let the job finish alone."""
    emr = run.site.fabric.client("emr")
    emr.cancel_steps(ClusterId=run.cluster_id, StepIds=[run.step_id], StepCancellationOption="TERMINATE_PROCESS")
    _wait_for_the_end(run)
    run.site.fabric.kinesis.set_limits(None)
    _wait(run.is_counted, "a job that finished without its client")
    (state,) = {one["state"] for one in run.look()}
    run.note(f"the application is {state}")


def _hold_client_until_the_job_finished(run: YarnRun) -> list[int]:
    """Stop the client, let the job finish, and return the processes that are to be killed with the client."""
    held = [pid for role in ("job", "guard") for pid in run.find(role)]
    _signal(held, signal.SIGSTOP)
    run.site.fabric.kinesis.set_limits(None)
    _wait(run.is_counted, "a job that finished")
    return [*run.find("client"), *held]


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # one may end with another
            os.kill(pid, number)


def _kill_client_before_it_counts(run: YarnRun) -> None:
    _signal(_hold_client_until_the_job_finished(run), signal.SIGKILL)
    _wait_for_the_end(run)


def _kill_client_while_it_counts(run: YarnRun) -> None:
    """Have S3 fail while the client makes the summary, and kill it then."""
    s3 = run.site.fabric.s3
    assert s3 is not None
    assert s3.faults is not None
    faults = s3.faults
    client = _hold_client_until_the_job_finished(run)
    faults.outage(_NOTICE_SECONDS)
    refused = faults.refused()
    _signal(client, signal.SIGCONT)
    _wait(lambda: faults.refused() > refused, "a request of the client that is refused")
    _signal(client, signal.SIGKILL)
    faults.heal()
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
    _signal(processes.of_cluster(run.cluster_id), signal.SIGKILL)
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
            name="client-killed-half-ended",
            strike=_kill_client_once_a_subtask_ended,
            ends="FAILED",
            again="new cluster",
            uneven=True,
            settings={"interval": _SELDOM},
        ),
        Drill(
            name="client-killed-at-the-end", strike=_kill_client_before_it_counts, ends="FAILED", again="new cluster"
        ),
        Drill(name="client-killed-counting", strike=_kill_client_while_it_counts, ends="FAILED", again="new cluster"),
        Drill(
            name="input-ends-in-a-checkpoint",
            strike=_end_while_checkpoints_are_under_way,
            ends="COMPLETED",
            uneven=True,
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
            # A type that is not in the table of YARN's memory, so that the preflight cannot refuse what has no room.
            settings={"core_count": 1, "core_type": "r6g.xlarge", "parallelism": 4, "flink": _HASTY},
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
