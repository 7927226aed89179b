"""Bytes through Flink unchanged, in Java alone: lines of files as rows of one BYTES column, and such rows out again.

PyFlink wraps none of these classes; as text, every row would be decoded and encoded on both sides. They are Flink's
own ``raw`` format, as the SQL file system connector uses it. It ends a line at LF or CR LF and nowhere else (a CR
inside a line stays), gives an empty line as an empty row, and reads .gz and other compressed files by their names.
"""

from __future__ import annotations

from typing import Any

from pyflink.common import Encoder
from pyflink.common.serialization import SerializationSchema
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes
from pyflink.util.java_utils import to_jarray

from event_recovery.flink.operators import LINES, logical_type, type_information


def read_lines(env: StreamExecutionEnvironment, splits: str, *, name: str, classes: Any) -> DataStream:
    """Read every line of the files that a list names, as rows of one column.

    :param splits: URI of lines as ``run.splits`` makes them
    :param classes: ours in Java, see ``add_classes``
    """
    jvm = get_gateway().jvm
    raw = jvm.org.apache.flink.formats.raw.RawFormatDeserializationSchema(
        logical_type(DataTypes.BYTES()), type_information(LINES), "UTF-8", True
    )
    lines = jvm.org.apache.flink.connector.file.table.DeserializationSchemaAdapter(raw)
    path = jvm.org.apache.flink.core.fs.Path
    paths = to_jarray(path, [path(splits)])
    builder = jvm.org.apache.flink.connector.file.src.FileSource.forBulkFileFormat(classes.CountedLines(lines), paths)
    source = builder.setFileEnumerator(classes.ListedSplits()).build()
    no_watermarks = jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks()
    return DataStream(env._j_stream_execution_environment.fromSource(source, no_watermarks, name))


def bytes_schema() -> SerializationSchema:
    """Return what serialises a row of one BYTES column as just these bytes."""
    return SerializationSchema(_raw_serializer())


def line_encoder() -> Encoder:
    """Return what writes a row of one BYTES column as a line."""
    adapter = get_gateway().jvm.org.apache.flink.connector.file.table.SerializationSchemaAdapter
    return Encoder(adapter(_raw_serializer()))


def _raw_serializer() -> Any:
    raw = get_gateway().jvm.org.apache.flink.formats.raw.RawFormatSerializationSchema
    return raw(logical_type(DataTypes.BYTES()), "UTF-8", True)
