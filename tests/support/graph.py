"""The job as it is given to Flink, without running it."""

from __future__ import annotations

from event_recovery import Recovery
from event_recovery.contract import JobOptions
from event_recovery.contract.rate import Rate
from event_recovery.flink.job import _add_graph
from event_recovery.inputs.choice import Choice
from event_recovery.inputs.manifest import Manifest, Settled
from event_recovery.run.locations import RunLocations
from event_recovery.run.preflight import Checked
from event_recovery.run.stream import StreamOutput
from event_recovery.run.survey import Input
from event_recovery.storage.locations import Stream
from pyflink.datastream import StreamExecutionEnvironment

from support.engine.rows import config, flow

_OPTIONS = JobOptions(inputs=("i",), output="good", failed="/f", unrecoverable="/u", config="{}", region="eu-west-1")
_FOUND = Settled(Manifest({}, ()), Choice((), {}, {}, ()), {})


def job_to_stream(*, parallelism: int, rate: Rate | None = None) -> StreamExecutionEnvironment:
    """Return an environment with the job that sends to a stream, with so many subtasks."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(parallelism)
    output = StreamOutput(Stream("good", None, None), "eu-west-1", max_payload=100_000, rate=rate)
    checked = Checked(Recovery.from_config(config(flow())), output, Input(_FOUND, (), rows=1, bytes=1), ())
    _add_graph(env, _OPTIONS, RunLocations.of(_OPTIONS), checked)
    return env
