"""A job that gets no slots ends with that reason, within the time that its settings come to."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import event_recovery.flink
import pytest
from event_recovery.contract import JobOptions
from event_recovery.run.attempts import recorded
from event_recovery.run.locations import RunLocations, storage_of
from localaws.flink import FlinkCluster

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

JOB = Path(event_recovery.flink.__file__).with_name("job.py")
BAD_ROWS = "iglu:com.snowplowanalytics.snowplow.badrows/adapter_failures/jsonschema/1-0-*"
CONFIG = {
    "schema": "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0",
    "data": {BAD_ROWS: [{"name": "all", "conditions": [], "steps": []}]},
}
#: In milliseconds what a cluster has in tens of them.
SLOT, DELAY = 2_000, 500


def test_a_job_without_room_ends_with_that_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "rows").write_text("{}\n")
    options = JobOptions(
        inputs=(str(folder),),
        output=str(tmp_path / "recovered"),
        failed=str(tmp_path / "failed"),
        unrecoverable=str(tmp_path / "unrecoverable"),
        config=json.dumps(CONFIG),
        checkpoint_dir=str(tmp_path / "checkpoints"),
    )
    settings = {
        "python.pythonpath": str(JOB.parents[2]),
        "parallelism.default": "2",
        "slot.request.timeout": f"{SLOT} ms",
        "restart-strategy.failure-rate.delay": f"{DELAY} ms",
        # YARN never says that there will be no more slots, as a Flink without a resource manager soon does.
        "resourcemanager.standalone.start-up-time": "3600000",
    }
    with FlinkCluster.start(tmp_path / "flink", config=settings) as flink:
        exit_code, output = flink.run("-py", str(JOB), *options.to_argv(), timeout=300)
        assert flink.rest.jobs(), output
        (job,) = flink.rest.jobs()
        history = flink.rest.get(f"/jobs/{job}/exceptions?maxExceptions=20")["exceptionHistory"]["entries"]
        state, began = flink.rest.state(job), flink.rest.get(f"/jobs/{job}")["start-time"]
    assert exit_code != 0
    assert state == "FAILED"
    (told,) = [line for line in output.splitlines() if line.startswith("error: ")]
    assert "the job failed: there was no room: no TaskManager offered a slot (NoResourceAvailableException: " in told
    assert "TimeoutException" not in told
    # Five failures are survived, and each comes when the time for a slot is over, counted from the restart.
    times = sorted(entry["timestamp"] for entry in history)
    assert len(times) == 6
    for before, after in pairwise([began - DELAY, *times]):
        assert after - before >= SLOT + DELAY
    # The last of these restarts comes two seconds before the end, after the client's last look but one.
    (attempt,) = recorded(RunLocations.of(options).attempts, storage_of(options))
    assert attempt.restarts == 5
