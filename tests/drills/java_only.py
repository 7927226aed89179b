"""The yardstick: the same files to the same kind of stream in Java alone; takes the job's options."""

from __future__ import annotations

import sys

from event_recovery.flink.kinesis import StreamOutput
from event_recovery.flink.options import parse_command
from event_recovery.flink.rawbytes import read_lines
from event_recovery.flink.settings import flink_settings
from event_recovery.flink.sinks import stream_sink
from event_recovery.options.values import region_of
from event_recovery.storage.locations import Stream, parse_location, parse_output
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

_MAX_RECORD = 1024 * 1024 - 36


def main() -> None:
    """Put every line on the stream as it is."""
    options, _ = parse_command(sys.argv[1:])
    output = parse_output(options.output)
    region = region_of(options)
    assert isinstance(output, Stream)
    assert region
    configuration = Configuration()
    for key, value in flink_settings(options).items():
        configuration.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment()
    env.configure(configuration)
    lines = read_lines(env, [parse_location(text).uri for text in options.inputs], name="Source")
    sink = stream_sink(StreamOutput(output, region, max_payload=_MAX_RECORD), options)
    lines.sink_to(sink).name("Lines").uid("Lines")
    env.execute("java-only")


if __name__ == "__main__":
    main()
