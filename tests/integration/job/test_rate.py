"""A job at a rate, beside live traffic on a stream with the limits of Kinesis. At length: `make drill-job`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drills.live import LiveWriter
from drills.rates import ahead, arrivals
from drills.site import Run, Site
from localaws.kinesis import ShardLimits
from localaws.processes import wait_until
from support.engine.rows import bad_row, collector_payload, config, flow, line_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

RATE, ROWS = 500, 9_000


def row(number: int) -> bytes:
    payload = collector_payload(hostname=f"{number}.example.com")
    return line_of(bad_row("adapter_failures", payload)) + b"\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("rate")
    with Site(folder, with_faults=False, slots=2) as site:
        rows = folder / "rows"
        rows.mkdir()
        # One file for one of two subtasks, so that an equal part of the rate for each would be too slow.
        (rows / "all").write_bytes(b"".join(row(number) for number in range(ROWS)))
        site.upload(rows, "in")
        yield site


def job(site: Site, **options: Any) -> Run:
    return Run(site, (f"s3://{site.bucket}/in",), config=json.dumps(config(flow())), buffered=None, shards=1, **options)


def run_beside(site: Site, run: Run) -> tuple[LiveWriter, str]:
    """Run the job to its end, and a live writer that needs half of the stream's shard."""
    site.kinesis.admin.set_limits(ShardLimits())
    try:
        with LiveWriter(site.streams, run.id, pace=RATE) as live:
            run.submit(parallelism=2)
            assert run.client.wait(300) == 0, run.client.output
        return live, run.client.output
    finally:
        for attempt in run.attempts:
            attempt.process.stop(grace=1)


def operators(site: Site, run: Run) -> set[str]:
    vertices = site.flink.rest.get(f"/jobs/{run.job()}")["vertices"]
    return {name.split(":")[0].strip() for vertex in vertices for name in vertex["name"].split(" -> ")}


@pytest.mark.slow
def test_half_of_the_stream_is_left_to_live_traffic(site: Site) -> None:
    run = job(site, stream_share=0.5)
    live, output = run_beside(site, run)
    sent = [record for record in site.kinesis.admin.records(run.id) if not record.data.startswith(b"live")]
    assert len(sent) == ROWS
    assert live.sent > 3 * ROWS / RATE
    assert live.refused == 0
    assert "at most 500 records and 0.5 MB a second are sent: if all of about " in output
    came = arrivals(site.kinesis.admin, run.id, passed_over=b"live").records
    # The job begins slowly, and makes up for a second of that.
    inner = came[6:-2]
    assert len(inner) > 8
    assert sum(inner) / len(inner) == pytest.approx(RATE, rel=0.05)
    assert ahead(came, RATE) < 1.2
    assert run.checkpoints()
    assert {"Limit"} & operators(site, run)


@pytest.mark.slow
def test_without_a_rate_live_traffic_is_refused(site: Site) -> None:
    run = job(site)
    live, _ = run_beside(site, run)
    assert live.refused > 0
    assert not {"Limit"} & operators(site, run)


@pytest.mark.slow
def test_a_run_that_is_tried_again_may_have_another_rate_or_none_and_another_width(site: Site) -> None:
    run = job(site, max_records_per_second=20)
    run.submit(parallelism=2)
    try:
        for rate, parallelism in ((100, 1), (None, 2)):
            run.wait_for_sent(run.sent() + 100)
            run.wait_for_checkpoint()
            run.options = replace(run.options, max_records_per_second=rate)
            run.resume(parallelism=parallelism)
        assert run.client.wait(300) == 0, run.client.output
    finally:
        for attempt in run.attempts:
            attempt.process.stop(grace=1)
    assert len({record.data for record in site.kinesis.admin.records(run.id)}) == ROWS
    summary = run.summary()
    assert summary is not None
    assert (summary.recovered.rows, summary.balanced) == (ROWS, True)


def test_a_stream_in_on_demand_mode_is_refused_before_anything_runs(site: Site, tmp_path: Path) -> None:
    run = job(site, stream_share=0.5)
    site.streams.delete_stream(StreamName=run.id)
    site.streams.create_stream(StreamName=run.id, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    run.submit()
    wait_until(lambda: not run.client.process.is_alive(), 120, "the job to refuse")
    assert f"error: --stream-share: stream {run.id} is in on-demand mode, " in run.client.output
    assert "give max_records_per_second or max_mb_per_second instead" in run.client.output
