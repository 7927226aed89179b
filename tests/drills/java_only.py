"""The yardstick: the same files to the same kind of stream in Java alone; takes the job's options."""

from __future__ import annotations

import sys

from event_recovery.flink.java.classes import add_classes
from event_recovery.flink.rawbytes import read_lines
from event_recovery.flink.settings import flink_settings
from event_recovery.flink.sinks import stream_sink
from event_recovery.options.values import region_of
from event_recovery.run.locations import RunLocations
from event_recovery.run.options import parse_command
from event_recovery.run.splits import split_lines
from event_recovery.run.stream import StreamOutput
from event_recovery.storage.files import Storage
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
    storage, locations = Storage(s3_endpoint_url=options.endpoint_urls.get("s3")), RunLocations.of(options)
    files = [file for text in options.inputs for file in storage.files(parse_location(text))]
    storage.write_pieces(locations.splits, split_lines(files))
    lines = read_lines(env, locations.splits.uri, name="Source", classes=add_classes(env))
    sink = stream_sink(StreamOutput(output, region, max_payload=_MAX_RECORD), options)
    lines.sink_to(sink).name("Lines").uid("Lines")
    env.execute("java-only")


if __name__ == "__main__":
    main()
