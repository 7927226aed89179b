"""A run without a cluster under a real scheduler: the DAG as it is, with the setting alone."""

from __future__ import annotations

import json
import os
import signal
import uuid
from collections.abc import Callable

import pytest
from localaws.processes import wait_until
from support.airflow.day import Day, World
from support.engine.rows import bad_row, collector_payload, config, flow, line_of
from support.provider.site import open_site

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

ROWS = 120


@pytest.fixture(autouse=True)
def _quiet(world: World) -> None:
    world.quiet_down()


def day_in_place(world: World, **changes: object) -> Day:
    """Start a run of the DAG over rows of its own."""
    site = open_site(world.fabric)
    lines = [line_of(bad_row("adapter_failures", collector_payload(hostname=f"{number}"))) for number in range(ROWS)]
    site.put("small/rows.jsonl", b"\n".join(lines))
    day = Day(world, site, "event_recovery", f"day-{uuid.uuid4().hex[:12]}")
    asked = {"inputdir": "small", "config": json.dumps(config(flow())), "runner": "auto", "trial_rows": 0, **changes}
    world.airflow.trigger(day.dag_id, run_id=day.run_id, **site.settings(**asked))
    world.days.append(day)
    return day


def sent(world: World, day: Day) -> list[bytes]:
    kinesis = world.fabric.client("kinesis")
    shard = kinesis.list_shards(StreamName=day.site.stream)["Shards"][0]["ShardId"]
    begin = kinesis.get_shard_iterator(StreamName=day.site.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    return [record["Data"] for record in kinesis.get_records(ShardIterator=begin)["Records"]]


def test_a_small_run_starts_no_cluster(world: World, tell: Callable[[str], None]) -> None:
    day = day_in_place(world)
    day.ends("success")
    assert day.clusters() == []
    states = day.states()
    assert states["recovery.create"] == "skipped"
    assert states["report"] == "success"
    assert len(sent(world, day)) == len(set(sent(world, day))) == ROWS
    summary = day.site.read(next(key for key in day.site.keys("event-recovery/runs/") if key.endswith("summary.json")))
    assert (summary["recovered"]["rows"], summary["balanced"]) == (ROWS, True)
    tell(day.seen())


def test_a_worker_that_is_killed_is_followed_by_one_that_ends_the_run(
    world: World, tell: Callable[[str], None]
) -> None:
    day = day_in_place(world, max_records_per_second=2)
    wait_until(lambda: len(sent(world, day)) > 5, 300, "events to be sent", interval=0.5)
    os.kill(day.process("create"), signal.SIGKILL)
    day.ends("success")
    assert day.tries("create") == 2
    assert day.clusters() == []
    assert len(set(sent(world, day))) == ROWS
    tell(day.seen(f"{len(sent(world, day)) - ROWS} events were sent again"))
