"""What goes wrong between hosts: one of them is lost, cut off or taken while the job runs."""

from __future__ import annotations

import time
from typing import Any, Final

from localaws.admin import FabricAdmin
from localaws.hosts.namespaces import network_of
from localaws.processes import wait_until
from localaws.testing import STEP_ENDED

from support.yarn import processes
from support.yarn.drills import DRILLS, Drill
from support.yarn.run import YarnRun

_NOTICE_SECONDS = 900.0
#: What is lost with its node must be given up in this time.
_GIVEN_UP_SECONDS = 1500.0
_CUT_SECONDS: Final = 90.0
#: What EC2 gives a Spot instance.
_SPOT_NOTICE_SECONDS: Final = 120
#: EMR begins to replace a node so long after it was lost; it then takes as long to boot as here.
REPLACED_AFTER_SECONDS: Final = 45.0


def hosts_with(admin: FabricAdmin, cluster_id: str, role: str) -> list[str]:
    """Return the names of the hosts that a cluster's living processes of a role run on, one for each process."""
    names = {network_of(host["pid"]): host["name"] for host in admin.hosts(cluster_id)}
    return [names[network_of(pid)] for pid in processes.find(cluster_id, role)]


def worker_without_master(admin: FabricAdmin, cluster_id: str) -> str:
    """Return the name of a host that has a TaskManager, and not the ApplicationMaster."""
    (master,) = hosts_with(admin, cluster_id, "application master")
    return next(host for host in hosts_with(admin, cluster_id, "task manager") if host != master)


def has_joined(admin: FabricAdmin, cluster_id: str) -> bool:
    """Tell whether YARN knows every host of a cluster that may run containers."""
    return all(host["joined"] for host in admin.hosts(cluster_id) if host["role"] != "MASTER")


def _admin(run: YarnRun) -> FabricAdmin:
    return run.site.fabric.admin


def _change(run: YarnRun, **change: Any) -> None:
    _admin(run).change_hosts(run.cluster_id, **change)


def _wait_for_restart(run: YarnRun) -> None:
    """Wait until the client told of one."""
    wait_until(lambda: "\nrestart 1: " in run.told(), _NOTICE_SECONDS, "a restart", interval=0.5)


def _wait_since_strike(run: YarnRun, seconds: float) -> None:
    time.sleep(max(0.0, run.seconds["struck"] + seconds - run.now()))


def _lose_worker(run: YarnRun) -> None:
    _change(run, lose=worker_without_master(_admin(run), run.cluster_id))
    _wait_for_restart(run)


def _replace_core(run: YarnRun) -> None:
    _wait_since_strike(run, REPLACED_AFTER_SECONDS)
    _replace(run, "CORE")


def _replace(run: YarnRun, role: str) -> None:
    run.note("another node is asked for")
    before = set(run.find("task manager"))
    _change(run, add=role)
    run.wait_for(lambda: has_joined(_admin(run), run.cluster_id), "a node in its place")
    run.wait_for(lambda: bool(set(run.find("task manager")) - before), "a TaskManager on it")


def _take_task_node(run: YarnRun) -> None:
    """Give a Spot node its notice, and take it when that is over."""
    (name,) = (host["name"] for host in run.hosts() if host["role"] == "TASK")
    assert name in hosts_with(_admin(run), run.cluster_id, "task manager"), "the task node has no TaskManager"
    assert name not in hosts_with(_admin(run), run.cluster_id, "application master")
    _change(run, decommission=name, seconds=_SPOT_NOTICE_SECONDS)
    _wait_since_strike(run, _SPOT_NOTICE_SECONDS)
    _change(run, lose=name)
    run.note("the node is gone")
    _wait_for_restart(run)


def _replace_task(run: YarnRun) -> None:
    _wait_since_strike(run, _SPOT_NOTICE_SECONDS + REPLACED_AFTER_SECONDS)
    _replace(run, "TASK")


def _lose_master(run: YarnRun) -> None:
    (name,) = hosts_with(_admin(run), run.cluster_id, "application master")
    _change(run, lose=name)
    wait_until(lambda: run.step()["State"] in STEP_ENDED, _GIVEN_UP_SECONDS, "the end of the step", interval=0.5)


def _cut_worker(run: YarnRun) -> None:
    _change(run, cut=worker_without_master(_admin(run), run.cluster_id))
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
