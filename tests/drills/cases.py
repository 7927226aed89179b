"""The drills: what breaks, and when."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localaws.processes import wait_until

from drills.hostile import prepare_hostile, prepare_small_files
from drills.material import Material
from drills.site import Run, Site

#: Part of its capacity that a throttled stream has left.
THROTTLED = 0.1

_SAMPLE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Strike:
    """One drill under way: the run, how many payloads it is to send, how many seconds a fault lasts."""

    run: Run
    payloads: int
    seconds: float

    def wait_for_share(self, share: float) -> None:
        """Wait until that part of the payloads is sent and a checkpoint is complete."""
        self.run.wait_for_sent(int(self.payloads * share))
        self.run.wait_for_checkpoint()


@dataclass(frozen=True, slots=True)
class Drill:
    """What is done to a run, and how the run must end."""

    name: str
    strike: Callable[[Strike], None]
    ends: Literal["success", "failure"] = "success"
    #: What the client must say when the run is to fail.
    reason: str = ""
    #: Whether the stream is to be slow, for the fault to come in the middle of the run.
    paced: bool = True
    #: Gives the drill an input of its own.
    prepare: Callable[[Site, Path], Material] | None = None


def _nothing(strike: Strike) -> None:
    """A good day."""


def _kill_task_manager(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    strike.run.site.flink.kill_task_manager()
    strike.run.site.flink.add_task_manager()


def _kill_python_worker(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    workers = strike.run.site.flink.python_workers()
    assert workers, "no Python worker to kill"
    for worker in workers:
        os.kill(worker, signal.SIGKILL)


def _throttle_stream(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    free = _rate(strike.run, _SAMPLE_SECONDS)
    strike.run.site.kinesis.admin.throttle(THROTTLED)
    throttled = _rate(strike.run, strike.seconds)
    assert strike.run.sent() < strike.payloads, "the run ended before the stream was throttled for long enough"
    strike.run.site.kinesis.admin.throttle(1)
    assert 0 < throttled < free / 2, f"{throttled:.0f} records a second while throttled, {free:.0f} before"


def _rate(run: Run, seconds: float) -> float:
    """Records a second that the stream takes for a while from now on."""
    before, began = run.sent(), time.monotonic()
    time.sleep(seconds)
    return (run.sent() - before) / (time.monotonic() - began)


def _stream_down(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    strike.run.site.kinesis.admin.outage(strike.seconds, "refused")
    time.sleep(strike.seconds)


def _storage_down(strike: Strike) -> None:
    faults = strike.run.site.s3.faults
    assert faults is not None
    strike.wait_for_share(0.2)
    refused = faults.refused()
    faults.outage(strike.seconds / 2, 503)
    time.sleep(strike.seconds / 2)
    faults.outage(strike.seconds / 2, 500)
    time.sleep(strike.seconds / 2)
    assert faults.refused() > refused, "the job asked nothing of S3 during its outage"


def _resume(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    strike.run.resume()


def _resume_twice(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    strike.run.resume()
    strike.wait_for_share(0.5)
    strike.run.resume()


def _kill_client_early(strike: Strike) -> None:
    _lose_client(strike, 0.1, signal.SIGKILL)


def _end_client_late(strike: Strike) -> None:
    _lose_client(strike, 0.9, signal.SIGTERM)


def _lose_client(strike: Strike, share: float, number: signal.Signals) -> None:
    """End the client and start the run again, once its job was ended behind it."""
    strike.wait_for_share(share)
    run, job = strike.run, strike.run.job()
    run.lose_client(number, guarded=True)
    state = run.site.flink.rest.wait_for(job, timeout=30)
    assert state == "CANCELED", f"the job of a lost client is {state}"
    run.submit()


def _job_finishes_alone(strike: Strike) -> None:
    """Kill the client and what would end its job; the job finishes with nobody to count."""
    strike.wait_for_share(0.5)
    run, job = strike.run, strike.run.job()
    run.lose_client(signal.SIGKILL, guarded=False)
    assert run.site.flink.rest.wait_for(job, timeout=120) == "FINISHED"
    sent = run.sent()
    run.submit()
    assert run.client.wait(240) == 0, run.client.output
    assert run.sent() == sent, "a run that was complete sent something"


def _summary_interrupted(strike: Strike) -> None:
    """Have S3 fail while the summary is made, kill the client then, and start the run again in the same outage."""
    run, faults = strike.run, strike.run.site.s3.faults
    assert faults is not None
    run.site.flink.rest.wait_for(run.job(), timeout=240)
    faults.outage(600)
    refused = faults.refused()
    wait_until(lambda: faults.refused() > refused, 60, "a request that is refused", process=run.client.process)
    run.lose_client(signal.SIGKILL, guarded=True)
    run.submit()
    time.sleep(strike.seconds)
    faults.heal()


def _delete_stream(strike: Strike) -> None:
    strike.wait_for_share(0.2)
    strike.run.site.kinesis.admin.delete_stream(strike.run.id)
    began = time.monotonic()
    client = strike.run.client.process
    wait_until(lambda: not client.is_alive(), 120, "the job to give up within two minutes of losing its stream")
    assert time.monotonic() - began < 120


DRILLS = {
    drill.name: drill
    for drill in (
        Drill("plain", _nothing, paced=False),
        Drill("taskmanager-killed", _kill_task_manager),
        Drill("worker-killed", _kill_python_worker),
        Drill("stream-throttled", _throttle_stream),
        Drill("stream-down", _stream_down),
        Drill("storage-down", _storage_down),
        Drill("resumed", _resume),
        Drill("resumed-twice", _resume_twice),
        Drill("client-killed-early", _kill_client_early),
        Drill("client-ended-late", _end_client_late),
        Drill("job-finishes-alone", _job_finishes_alone),
        Drill("summary-interrupted", _summary_interrupted),
        Drill("stream-deleted", _delete_stream, ends="failure", reason="ResourceNotFoundException"),
        Drill("hostile", _nothing, paced=False, prepare=prepare_hostile),
        Drill("small-files", _nothing, paced=False, prepare=prepare_small_files),
    )
}
