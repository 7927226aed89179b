"""The states and reason codes of Amazon EMR, grouped by what they mean for a recovery run."""

from __future__ import annotations

from typing import Final

#: States of a cluster that costs money and may still do work, in the order a cluster passes them.
CLUSTER_ACTIVE: Final = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
#: States in which a cluster takes steps and runs them.
CLUSTER_READY: Final = ("RUNNING", "WAITING")
#: States from which no instance is left.
CLUSTER_GONE: Final = ("TERMINATED", "TERMINATED_WITH_ERRORS")
#: States of a cluster that will never run another step.
CLUSTER_ENDED: Final = ("TERMINATING", *CLUSTER_GONE)
#: States with instances still running: what a sweep looks at.
CLUSTER_ALIVE: Final = (*CLUSTER_ACTIVE, "TERMINATING")

STEP_ACTIVE: Final = ("PENDING", "RUNNING")
STEP_FAILED: Final = ("FAILED", "CANCELLED", "INTERRUPTED")

#: Why a cluster ended, where a new cluster may well succeed although nothing was changed.
RETRIABLE_REASONS: Final = frozenset(
    {"INTERNAL_ERROR", "INSTANCE_FAILURE", "INSTANCE_FLEET_TIMEOUT", "BOOTSTRAP_FAILURE"}
)
