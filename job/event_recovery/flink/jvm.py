"""How Java is started for a run: one that is soon over ends before well-compiled code pays for its compiling."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from typing import Final

from event_recovery.contract.flink import cluster_settings

#: Rows of usual size for each subtask up to which a run is short. What Java's second compiler costs comes back from
#: some 250,000 on, in processor time; the bound is lower, since time counts as well.
SHORT_ROWS: Final = 100_000
#: Leaves Java's second compiler out.
ONE_COMPILER: Final = "-XX:TieredStopAtLevel=1"
#: The garbage collector that needs no threads of its own.
SERIAL: Final = "-XX:+UseSerialGC"

#: Two of them keep Java from starting.
_COLLECTOR: Final = re.compile(r"-XX:\+Use\w+GC\b")
#: Settings with the options of the processes that YARN starts for the job.
_KEYS: Final = ("env.java.opts.jobmanager", "env.java.opts.taskmanager")


def started_by_flink() -> bool:
    """Tell whether this process is a child of ``flink run``, whose JVM it then works with."""
    return "PYFLINK_GATEWAY_PORT" in os.environ


def prepare_own_java(environment: MutableMapping[str, str], *, rows: int) -> None:
    """Set how the JVM starts that PyFlink starts where there is no ``flink run``: client and cluster in one.

    :param environment: of this process, from which PyFlink takes it
    :param rows: about how many rows of usual size the run reads
    """
    if rows <= SHORT_ROWS:
        environment["JVM_ARGS"] = _before(environment.get("JVM_ARGS"), ONE_COMPILER)


def java_settings(cluster: Mapping[str, str], *, rows: int, parallelism: int) -> dict[str, str]:
    """Return the Flink settings of how JobManager and TaskManagers of this run start, with the cluster's own options.

    They count where a run has processes of its own, as on YARN; a Flink that runs already takes no notice of them.

    :param rows: about how many rows of usual size the run reads
    """
    if rows > SHORT_ROWS * parallelism:
        return {}
    # What the cluster's settings have for runs of any size is not for a short one.
    usual = cluster_settings()
    given = {key: value for key, value in cluster.items() if key not in _KEYS or value != usual.get(key)}
    options = [ONE_COMPILER] if any(map(_COLLECTOR.search, given.values())) else [ONE_COMPILER, SERIAL]
    return {key: _before(given.get(key), *options) for key in _KEYS}


def _before(given: str | None, *options: str) -> str:
    """Of options that exclude each other the last one counts, so that what is given stands behind."""
    return " ".join([*options, *([given] if given else [])])
