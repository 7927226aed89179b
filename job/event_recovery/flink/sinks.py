"""The job's sinks: the stream, and files that are whole once their checkpoint is."""

from __future__ import annotations

from pyflink.datastream.connectors.base import Sink
from pyflink.datastream.connectors.file_system import BucketAssigner, FileSink, OutputFileConfig, RollingPolicy
from pyflink.datastream.connectors.kinesis import KinesisStreamsSink, PartitionKeyGenerator

from event_recovery.contract import JobOptions
from event_recovery.flink.kinesis import request_payloads
from event_recovery.flink.rawbytes import bytes_schema, line_encoder
from event_recovery.storage.locations import Stream


def file_sink(uri: str, *, suffix: str) -> Sink:
    """Lines in part files directly under the directory; a part file appears when a checkpoint commits it."""
    return (
        FileSink.for_row_format(uri, line_encoder())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .with_output_file_config(OutputFileConfig.builder().with_part_suffix(suffix).build())
        .build()
    )


def stream_sink(stream: Stream, options: JobOptions, *, max_payload: int) -> Sink:
    """Records to the Kinesis stream, under random partition keys so that all shards share the load.

    Records the stream refuses for want of capacity are sent again; nothing is dropped.
    """
    builder = (
        KinesisStreamsSink.builder()
        .set_serialization_schema(bytes_schema())
        .set_partition_key_generator(PartitionKeyGenerator.random())
        .set_fail_on_error(False)
        .set_max_batch_size(options.batch_size)
        .set_max_buffered_requests(options.max_buffered)
        .set_max_record_size_in_bytes(max_payload)
        .set_max_batch_size_in_bytes(request_payloads(max_payload))
        .set_kinesis_client_properties(client_properties(stream, options))
        .set_stream_name(stream.name)
    )
    if stream.arn is not None:
        builder._j_kinesis_sink_builder.setStreamArn(stream.arn)
    return builder.build()


def client_properties(stream: Stream, options: JobOptions) -> dict[str, str]:
    """Settings of the sink's AWS client; credentials come from the machine's own chain."""
    region = options.region or stream.region
    assert region is not None
    endpoint = options.endpoint_urls.get("kinesis")
    if endpoint is None:
        return {"aws.region": region}
    # Servers that stand in for Kinesis speak no HTTP/2.
    return {"aws.region": region, "aws.endpoint": endpoint, "aws.http.protocol.version": "HTTP1_1"}
