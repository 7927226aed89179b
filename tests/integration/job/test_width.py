"""A run that begins on a cluster of one width and goes on, on another: its checkpoints must fit both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from event_recovery.contract.rate import Rate
from support.graph import job_to_stream

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def vertices(*, parallelism: int, rate: Rate | None) -> Iterator[Any]:
    env = job_to_stream(parallelism=parallelism, rate=rate)._j_stream_execution_environment
    return iter(env.getStreamGraph(False).getJobGraph().getVerticesSortedTopologicallyFromSources())


def bounds(*, parallelism: int, rate: Rate | None) -> dict[str, int]:
    """How many subtasks each operator's checkpoint says that it may be given; -1 for as many as Flink can have."""
    return {
        operator.getGeneratedOperatorID().toString(): vertex.getMaxParallelism()
        for vertex in vertices(parallelism=parallelism, rate=rate)
        for operator in vertex.getOperatorIDs()
    }


@pytest.mark.parametrize("rate", [None, Rate(50)])
def test_a_checkpoint_says_the_same_of_every_operator_whatever_the_width(rate: Rate | None) -> None:
    narrow = bounds(parallelism=1, rate=rate)
    assert len(narrow) == (25 if rate is None else 26)
    assert set(narrow.values()) == {-1}
    assert bounds(parallelism=3, rate=rate) == narrow
    assert bounds(parallelism=40, rate=rate) == narrow


@pytest.mark.parametrize("parallelism", [1, 3])
def test_all_lines_are_added_up_by_one_subtask_in_a_task_of_its_own(parallelism: int) -> None:
    found = {vertex.getName(): vertex.getParallelism() for vertex in vertices(parallelism=parallelism, rate=None)}
    source, total = found
    assert source.startswith("Source: Source -> (SubmittedCount, Process -> (")
    assert total == "SubmittedAll -> Submitted: Writer -> Submitted: Numbers -> Submitted: Committer"
    assert found == {source: parallelism, total: 1}
