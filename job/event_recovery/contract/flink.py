"""How Flink is set up on a cluster: the one place that says so, read by the provider and packed into the bundle.

``flink-conf.json`` beside this module has the form of EMR's configurations, for clusters that are started otherwise. It
holds what the cluster must have before the job is there; what the job sets for itself is in ``flink.settings``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

#: EMR's classification with the settings of a cluster, as a file.
FLINK_CONF: Final = Path(__file__).with_name("flink-conf.json")
#: Where the bundle's bootstrap action installs the job and its Python on every node.
HOME: Final = "/opt/event-recovery"
#: The port, by UDP, at which the CloudWatch agent of each node listens.
STATSD_PORT: Final = 8125


def cluster_settings() -> dict[str, str]:
    """Return the Flink settings of a cluster, by key.

    The keys are flat: EMR writes them to ``flink-conf.yaml``. ``env.java.opts.all`` is left out, because setting it
    drops the module flags that Java 17 needs. Memory, one slot and the rest have their reasons in ``docs/decisions``.

    * ``env.java.opts.client``: Flink adds it to those of all processes. ``flink run`` is busy for some seconds, in
      which Java's second compiler only costs.
    * ``env.java.opts.jobmanager``: it sees no row, so that this compiler never pays there, however long a run is. For
      the TaskManagers of a short run the job sees to that.
    * ``yarn.file-replication``: on fewer than four core nodes EMR keeps one copy of a file in HDFS; a job whose jars
      were on a node that is lost gets no container any more. On one core node a second copy has no place; the file is
      written all the same, as HDFS waits for no more copies than ``dfs.namenode.replication.min``, which is 1.
    * ``yarn.application-attempts``: a second ApplicationMaster would begin at the first row, in the same folders.
    * ``env.java.opts.taskmanager``: the collector that gives the job its rows for the least memory, see
      ``docs/performance.md``. What chose another before it is taken back, since Java does not start with two. The
      thresholds are ten times Java's own: its second compiler is for what each row passes, not for the start.
    * ``containerized.*.env.LC_ALL``: YARN hands no locale on to a container, and Java would write and read a letter
      beyond ASCII in a path as a question mark.
    """
    ((classification),) = json.loads(FLINK_CONF.read_text())
    settings: dict[str, str] = classification["Properties"]
    return settings
