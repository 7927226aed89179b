"""The garbage collector of TaskManagers, as Java takes the flags of a cluster."""

from __future__ import annotations

import subprocess

import pytest
from event_recovery.contract.flink import cluster_settings

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("earlier", [[], ["-XX:+UseG1GC"]], ids=["none", "another"])
def test_a_task_manager_has_the_parallel_collector_whatever_was_chosen_before(earlier: list[str]) -> None:
    own = cluster_settings()["env.java.opts.taskmanager"].split()
    command = ["java", *earlier, *own, "-XX:+PrintFlagsFinal", "-version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    flags = {line.split()[1]: line.split()[3] for line in done.stdout.splitlines() if " bool Use" in line}
    assert {name: flags[name] for name in ("UseParallelGC", "UseG1GC", "UseSerialGC")} == {
        "UseParallelGC": "true",
        "UseG1GC": "false",
        "UseSerialGC": "false",
    }
