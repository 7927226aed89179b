"""Inputs that the job would refuse, or read wrongly, are found before a cluster is paid for."""

from __future__ import annotations

import pytest
from event_recovery_provider.checks.preflight import input_problems

pytestmark = pytest.mark.unit

PREFIX = "s3://bucket/event-recovery/runs/x"


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        (["s3://bucket/bad/", "s3://bucket/bad-too/"], []),
        (["s3://bucket/event-recovery/runs/an-earlier-one/failed"], []),
        (["s3://bucket/_bad"], ["s3://bucket/_bad/: Flink passes over names that begin with . or _"]),
        (["s3://bucket/bad/.2026/"], ["s3://bucket/bad/.2026/: Flink passes over names that begin with . or _"]),
        (
            ["s3://bucket/bad/10", "s3://bucket/bad"],
            ["s3://bucket/bad/ and s3://bucket/bad/10/: rows would be read twice"],
        ),
        (["s3://bucket/bad", "s3://bucket/bad/"], ["s3://bucket/bad/ and s3://bucket/bad/: rows would be read twice"]),
        (["s3://bucket/"], [f"s3://bucket/: holds {PREFIX}, where the run writes"]),
        (["s3://bucket/event-recovery"], [f"s3://bucket/event-recovery/: holds {PREFIX}, where the run writes"]),
    ],
)
def test_inputs_are_judged_by_their_places(inputs: list[str], problems: list[str]) -> None:
    assert input_problems(inputs, prefix=PREFIX) == [f"inputdir: {problem}" for problem in problems]
