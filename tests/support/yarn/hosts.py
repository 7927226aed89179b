"""What goes wrong between hosts: one of them is lost, cut off or taken while the job runs."""

from __future__ import annotations

import time
from typing import Any, Final

from localaws.processes import wait_until
from localaws.testing import STEP_ENDED

from support.yarn.drills import DRILLS, Drill
from support.yarn.run import YarnRun

_NOTICE_SECONDS = 900.0
#: What is lost with its node must be given up in this time.
_GIVEN_UP_SECONDS = 1500.0
_CUT_SECONDS: Final = 90.0
#: What EC2 gives a Spot instance.
_SPOT_NOTICE_SECONDS: Final = 120
#: EMR begins to replace a node so long after it was lost; it then takes as long to boot as here.
_REPLACED_AFTER_SECONDS: Final = 45.0


def worker_without_master(run: YarnRun) -> str:
    """Return the name of a host that has a TaskManager, and not the ApplicationMaster."""
    (master,) = (run.host_of(pid) for pid in run.find("application master"))
    return next(host for pid in run.find("task manager") if (host := run.host_of(pid)) != master)


def _change(run: YarnRun, **change: Any) -> None:
    run.site.fabric.admin.change_hosts(run.cluster_id, **change)


def _wait_for_restart(run: YarnRun) -> None:
    """Wait until the client told of one."""
    wait_until(lambda: "\nrestart 1: " in run.told(), _NOTICE_SECONDS, "a restart", interval=0.5)


def _wait_since_strike(run: YarnRun, seconds: float) -> None:
    time.sleep(max(0.0, run.seconds["struck"] + seconds - run.now()))


def _lose_worker(run: YarnRun) -> None:
    _change(run, lose=worker_without_master(run))
    _wait_for_restart(run)


def _replace_core(run: YarnRun) -> None:
    _wait_since_strike(run, _REPLACED_AFTER_SECONDS)
    _replace(run, "CORE")


def _replace(run: YarnRun, role: str) -> None:
    run.note("another node is asked for")
    before = set(run.find("task manager"))
    _change(run, add=role)
    run.wait_for(lambda: all(host["joined"] for host in run.hosts() if host["role"] != "MASTER"), "a node in its place")
    run.wait_for(lambda: bool(set(run.find("task manager")) - before), "a TaskManager on it")


def _take_task_node(run: YarnRun) -> None:
    """Give a Spot node its notice, and take it when that is over."""
    (name,) = (host["name"] for host in run.hosts() if host["role"] == "TASK")
    assert name in {run.host_of(pid) for pid in run.find("task manager")}, "the task node has no TaskManager"
    assert name not in {run.host_of(pid) for pid in run.find("application master")}
    _change(run, decommission=name, seconds=_SPOT_NOTICE_SECONDS)
    _wait_since_strike(run, _SPOT_NOTICE_SECONDS)
    _change(run, lose=name)
    run.note("the node is gone")
    _wait_for_restart(run)


def _replace_task(run: YarnRun) -> None:
    _wait_since_strike(run, _SPOT_NOTICE_SECONDS + _REPLACED_AFTER_SECONDS)
    _replace(run, "TASK")


def _lose_master(run: YarnRun) -> None:
    (name,) = (run.host_of(pid) for pid in run.find("application master"))
    _change(run, lose=name)
    wait_until(lambda: run.step()["State"] in STEP_ENDED, _GIVEN_UP_SECONDS, "the end of the step", interval=0.5)


def _cut_worker(run: YarnRun) -> None:
    _change(run, cut=worker_without_master(run))
    _wait_for_restart(run)


def _mend(run: YarnRun) -> None:
    _wait_since_strike(run, _CUT_SECONDS)
    for host in run.hosts():
        _change(run, mend=host["name"])
    run.note("mended")


HOST_DRILLS = {
    drill.name: drill
    for drill in (
        DRILLS["plain"],
        Drill(name="core-node-replaced", strike=_lose_worker, afterwards=_replace_core, ends="COMPLETED"),
        Drill(name="core-node-cut-off", strike=_cut_worker, afterwards=_mend, ends="COMPLETED"),
        Drill(
            name="spot-node-taken",
            strike=_take_task_node,
            ends="COMPLETED",
            settings={"core_count": 2, "task_count": 1},
        ),
        Drill(
            name="spot-node-replaced",
            strike=_take_task_node,
            afterwards=_replace_task,
            ends="COMPLETED",
            settings={"core_count": 1, "task_count": 1, "parallelism": 2},
        ),
        Drill(name="master-node-lost", strike=_lose_master, ends="FAILED", again="new cluster"),
        DRILLS["everything-killed"],
    )
}
