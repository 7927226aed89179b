"""Faults on purpose: the whole job on local S3, Kinesis and Flink, broken mid-run, and every row accounted for after.

``python -m drills`` runs the drills, the metrics' totals and the load test, and prints tables; ``run_drill`` is what
the tests call.
"""

from __future__ import annotations

from drills.cases import DRILLS, Drill
from drills.harness import Result, run_drill
from drills.material import Material, prepare
from drills.site import Site

__all__ = ["DRILLS", "Drill", "Material", "Result", "Site", "prepare", "run_drill"]
