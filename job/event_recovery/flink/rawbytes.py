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
from pyflink.table import DataTypes, StreamTableEnvironment, Table
from pyflink.table.types import _to_java_data_type

from event_recovery.contract.rate import KEY_BYTES, Rate

#: The column of a line.
LINE = "line"


def read_lines(env: StreamExecutionEnvironment, splits: str, *, name: str, classes: Any) -> DataStream:
    """Read every line of the files that a list names, as rows of one column, ``LINE``.

    :param splits: URI of lines as ``run.splits`` makes them
    :param classes: ours in Java, see ``add_classes``
    """
    jvm = get_gateway().jvm
    row_type = _to_java_data_type(DataTypes.ROW([DataTypes.FIELD(LINE, DataTypes.BYTES())])).getLogicalType()
    type_information = jvm.org.apache.flink.table.runtime.typeutils.InternalTypeInfo.of(row_type)
    raw = jvm.org.apache.flink.formats.raw.RawFormatDeserializationSchema(
        row_type.getTypeAt(0), type_information, "UTF-8", True
    )
    lines = jvm.org.apache.flink.connector.file.table.DeserializationSchemaAdapter(raw)
    paths = get_gateway().new_array(jvm.org.apache.flink.core.fs.Path, 1)
    paths[0] = jvm.org.apache.flink.core.fs.Path(splits)
    builder = jvm.org.apache.flink.connector.file.src.FileSource.forBulkFileFormat(classes.CountedLines(lines), paths)
    source = builder.setFileEnumerator(classes.ListedSplits()).build()
    no_watermarks = jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks()
    return DataStream(env._j_stream_execution_environment.fromSource(source, no_watermarks, name))


def to_rows(tables: StreamTableEnvironment, table: Table) -> DataStream:
    """Return the table's rows in Flink's internal form, which costs no conversion."""
    row_data = get_gateway().jvm.java.lang.Class.forName("org.apache.flink.table.data.RowData")
    row_type = table._j_table.getResolvedSchema().toSinkRowDataType().bridgedTo(row_data)
    return DataStream(tables._j_tenv.toDataStream(table._j_table, row_type))


def at_rate(rows: DataStream, rate: Rate, *, name: str, classes: Any) -> DataStream:
    """Return rows of one BYTES column, all in one subtask, as records of a stream come that is sent no more than that.

    :param classes: ours in Java, see ``add_classes``
    """
    limit = classes.LimitedRate(float(rate.records or 0), float(rate.size or 0), KEY_BYTES)
    stream = rows._j_data_stream
    # Also from one subtask to one: in its chain rows would come batch by batch, and none while Python has the next.
    return DataStream(stream.rebalance().transform(name, stream.getType(), limit).setParallelism(1))


def bytes_schema() -> SerializationSchema:
    """Return what serialises a row of one BYTES column as just these bytes."""
    return SerializationSchema(_raw_serializer())


def line_encoder() -> Encoder:
    """Return what writes a row of one BYTES column as a line."""
    adapter = get_gateway().jvm.org.apache.flink.connector.file.table.SerializationSchemaAdapter
    return Encoder(adapter(_raw_serializer()))


def _raw_serializer() -> Any:
    raw = get_gateway().jvm.org.apache.flink.formats.raw.RawFormatSerializationSchema
    return raw(_to_java_data_type(DataTypes.BYTES()).getLogicalType(), "UTF-8", True)
