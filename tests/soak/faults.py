"""What goes wrong during the soak: a table of faults, each with what it does and when it can strike."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from botocore.exceptions import ClientError
from localaws.processes import wait_until
from support.provider.site import alive

from soak.world import World

#: Tasks that wait for a cluster or its job.
WAITING = ("ready", "checkpoint", "balance")
#: How long a run is waited for that can be struck, in seconds.
_PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for an hour to go wrong.

    :param strike: what it does to the world, and to the run that is under way; returns what is worth telling
    :param waits: it strikes when one of these tasks waits; at any time if there is none
    :param until: the share of the hours in which it can strike
    """

    name: str
    strike: Callable[[World, Random, str], str]
    waits: tuple[str, ...] = ()
    until: float = 1.0


def strike(world: World, fault: Fault, draw: Random) -> str:
    """Let a fault strike once its time has come; returns what it did, or that no run came to where it strikes."""
    run_id = ""
    if fault.waits:
        deadline = time.monotonic() + _PATIENCE
        while not run_id:
            if time.monotonic() > deadline:
                return "no run came to where it strikes"
            time.sleep(2)
            run_id = world.run_that_waits(*fault.waits)
    return fault.strike(world, draw, run_id)


def _stream_throttled(world: World, draw: Random, _: str) -> str:
    return _for_a_while(lambda: world.fabric.kinesis.throttle(0.005), world.fabric.kinesis.heal, draw.uniform(8, 15))


def _stream_down(world: World, draw: Random, _: str) -> str:
    seconds = draw.uniform(5, 12)
    world.fabric.kinesis.outage(seconds, "503" if draw.random() < 0.5 else "refused")
    time.sleep(seconds)
    return f"{seconds:.0f} s"


def _storage_down(world: World, draw: Random, _: str) -> str:
    assert world.fabric.s3 is not None
    faults = world.fabric.s3.faults
    assert faults is not None
    before, seconds = faults.refused(), draw.uniform(4, 10)
    faults.outage(seconds, draw.choice((500, 503)))
    time.sleep(seconds)
    return f"{seconds:.0f} s, {faults.refused() - before} requests refused"


def _emr_throttled(world: World, draw: Random, _: str) -> str:
    return _armed(world, draw.uniform(20, 30), "throttle", action="*", fraction=0.5)


def _launch_throttled(world: World, _: Random, __: str) -> str:
    return _armed(world, _PATIENCE, "throttle", action="RunJobFlow", fraction=1.0, times=3)


def _no_capacity(world: World, _: Random, __: str) -> str:
    return _armed(world, _PATIENCE, "lost-capacity")


def _bootstrap_fails(world: World, _: Random, __: str) -> str:
    return _armed(world, _PATIENCE, "bootstrap-failure")


def _instance_lost(world: World, draw: Random, _: str) -> str:
    return _armed(world, _PATIENCE, "instance-failure", seconds=draw.uniform(0, 4))


def _job_fails(world: World, _: Random, __: str) -> str:
    return _armed(world, _PATIENCE, "step-failure", step="*-job")


def _cluster_terminated(world: World, _: Random, run_id: str) -> str:
    clusters = alive(world.fabric)
    with suppress(ClientError):  # it may end by itself meanwhile
        world.fabric.client("emr").terminate_job_flows(JobFlowIds=clusters)
    return f"{', '.join(clusters) or 'none'} of {run_id}"


def _worker_killed(world: World, _: Random, __: str) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        task = world.running_task()
        with suppress(OSError, IndexError):
            pid = int(task["pid"] or 0) if task else 0
            if task and pid:
                parent = int(re.findall(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])
                for process in (parent, pid):
                    os.kill(process, signal.SIGKILL)
                return f"{task['task_id']} of {task['dag_run_id']}"
        time.sleep(0.5)
    return "no task was running"


def _user_clears(world: World, _: Random, run_id: str) -> str:
    task = world.waiting_task(run_id, *WAITING)
    if not task:
        return "it waits no more"
    world.airflow.clear(world.dag_id, run_id, task)
    return f"{task} of {run_id}"


def _metrics_late(world: World, draw: Random, _: str) -> str:
    def late() -> None:
        world.fabric.admin.set_cloudwatch(delay=20, partial=3)

    return _for_a_while(late, lambda: world.fabric.admin.set_cloudwatch(delay=0, partial=0), draw.uniform(30, 50))


def _restarted(component: str) -> Callable[[World, Random, str], str]:
    def restart(world: World, draw: Random, _: str) -> str:
        world.airflow.kill(component)
        seconds = draw.uniform(0, 10)
        time.sleep(seconds)
        world.airflow.start(component, "--skip-serve-logs")
        return f"down for {seconds:.0f} s"

    return restart


def _armed(world: World, at_most: float, kind: str, **fields: Any) -> str:
    """Arm a fault of EMR until it has struck or its time is over."""
    fault = world.fabric.admin.arm(kind, **fields)

    def spent() -> bool:
        (armed,) = (one for one in world.fabric.admin.faults() if one["id"] == fault)
        return armed["times"] is not None and armed["fired"] >= armed["times"]

    with suppress(TimeoutError):
        wait_until(spent, at_most, kind, interval=1)
    (armed,) = (one for one in world.fabric.admin.faults() if one["id"] == fault)
    world.fabric.admin.disarm(fault)
    return f"struck {armed['fired']} times"


def _for_a_while(begin: Callable[[], None], end: Callable[[], None], seconds: float) -> str:
    begin()
    time.sleep(seconds)
    end()
    return f"{seconds:.0f} s"


# A component that is killed begins anew with little memory. So that its growth can be told, it is killed early.
FAULTS = (
    Fault("the stream is throttled", _stream_throttled, waits=("checkpoint", "balance")),
    Fault("the stream is down", _stream_down, waits=("checkpoint", "balance")),
    Fault("S3 answers 5xx", _storage_down),
    Fault("EMR throttles every other call", _emr_throttled),
    Fault("RunJobFlow is throttled", _launch_throttled),
    Fault("there is no capacity", _no_capacity),
    Fault("bootstrap fails", _bootstrap_fails),
    Fault("an instance is lost", _instance_lost),
    Fault("the job fails", _job_fails),
    Fault("the cluster is terminated", _cluster_terminated, waits=("checkpoint", "balance")),
    Fault("a worker is killed", _worker_killed),
    Fault("a user clears a task that waits", _user_clears, waits=WAITING),
    Fault("metrics are late", _metrics_late),
    Fault("the scheduler is restarted", _restarted("scheduler"), until=0.25),
    Fault("the triggerer is restarted", _restarted("triggerer"), waits=WAITING, until=0.25),
)
