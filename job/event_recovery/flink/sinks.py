"""The job's sinks: the stream, and files that are complete once their checkpoint is."""

from __future__ import annotations

from typing import Any

from pyflink.datastream.connectors.base import Sink
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink, OutputFileConfig, RollingPolicy
from pyflink.datastream.connectors.kinesis import KinesisStreamsSink, PartitionKeyGenerator

from event_recovery.contract import JobOptions
from event_recovery.flink.rawbytes import bytes_schema, line_encoder
from event_recovery.run.stream import Requests, StreamOutput, request_payloads, requests_at


def file_sink(uri: str, *, suffix: str, classes: Any) -> Sink:
    """Return a sink of lines in part files right under the directory; each appears when a checkpoint commits it.

    :param classes: ours in Java, see ``add_classes``
    """
    files = (
        FileSink.for_row_format(uri, line_encoder())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .with_output_file_config(OutputFileConfig.builder().with_part_suffix(suffix).build())
        .build()
    )
    return Sink(classes.NumberedCommits(files.get_java_function()))


def stream_sink(output: StreamOutput, options: JobOptions) -> Sink:
    """Return a sink of records in the Kinesis stream, under random partition keys so that all shards share the load.

    Records that the stream refuses because it has no capacity are sent again; nothing is dropped.
    """
    asked = Requests(options.batch_size, options.max_buffered)
    requests = asked if output.rate is None else requests_at(output.rate, most=asked)
    builder = (
        KinesisStreamsSink.builder()
        .set_serialization_schema(bytes_schema())
        .set_partition_key_generator(PartitionKeyGenerator.random())
        .set_fail_on_error(False)
        .set_max_batch_size(requests.records)
        .set_max_buffered_requests(requests.buffered)
        .set_max_record_size_in_bytes(output.max_payload)
        .set_max_batch_size_in_bytes(request_payloads(output.max_payload))
        .set_kinesis_client_properties(client_properties(output.region, options))
        .set_stream_name(output.stream.name)
    )
    if requests.at_once is not None and requests.millis is not None:
        builder.set_max_in_flight_requests(requests.at_once).set_max_time_in_buffer_ms(requests.millis)
    if output.stream.arn is not None:
        builder._j_kinesis_sink_builder.setStreamArn(output.stream.arn)
    return builder.build()


def client_properties(region: str, options: JobOptions) -> dict[str, str]:
    """Return the settings of the sink's AWS client; credentials come from the machine's own chain."""
    endpoint = options.endpoint_urls.get("kinesis")
    if endpoint is None:
        return {"aws.region": region}
    # Servers that stand in for Kinesis speak no HTTP/2.
    return {"aws.region": region, "aws.endpoint": endpoint, "aws.http.protocol.version": "HTTP1_1"}
