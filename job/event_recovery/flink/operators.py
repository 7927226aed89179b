"""The job's operators between source and sinks, made as Flink's own Java objects.

Flink's SQL planner makes the same operator of a Python function, and others around it. To load the planner is a third
of what the job's client does, and each of its operators is a step more for every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyflink.datastream import DataStream
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes
from pyflink.table.types import DataType, RowType, _to_java_data_type
from pyflink.table.udf import UserDefinedScalarFunctionWrapper
from pyflink.util.java_utils import to_jarray

from event_recovery.contract.rate import KEY_BYTES, Rate

#: The column of a line, and of what is written as a line or sent.
LINE = "line"
#: Rows of one column of bytes, as they come and as they go.
LINES = DataTypes.ROW([DataTypes.FIELD(LINE, DataTypes.BYTES())])


def in_python(
    lines: DataStream, function: UserDefinedScalarFunctionWrapper, made: RowType, *, name: str, classes: Any
) -> DataStream:
    """Return what a vectorised Python function makes of lines: rows of one column, which is a row of type ``made``.

    :param classes: ours in Java, see ``add_classes``
    """
    jvm = get_gateway().jvm
    python_function = jvm.org.apache.flink.table.functions.python.PythonFunctionInfo
    of_first_column = python_function(function._java_user_defined_function(), to_jarray(jvm.Object, [0]))
    output = DataTypes.ROW([DataTypes.FIELD("row", made)])
    operator = jvm.org.apache.flink.table.runtime.operators.python.scalar.arrow.ArrowPythonScalarFunctionOperator(
        # The settings of Python, and its share of memory, come when the job is submitted.
        jvm.org.apache.flink.configuration.Configuration(),
        to_jarray(python_function, [of_first_column]),
        logical_type(LINES),
        logical_type(LINES),
        logical_type(output),
        classes.AsItIs(True),
        classes.AsItIs(False),
    )
    return _transform(lines, name, output, operator)


def chosen(
    rows: DataStream, made: RowType, codes: Sequence[int], column: str, *, name: str, classes: Any
) -> DataStream:
    """Return one column of those rows whose first column, the code, is one of ``codes``, as rows of that column alone.

    :param rows: from ``in_python``
    :param classes: ours in Java, see ``add_classes``
    """
    names = made.field_names()
    chooser = classes.ChosenRows(len(names), names.index(column), to_jarray(get_gateway().jvm.int, codes))
    return _transform(rows, name, LINES, chooser)


def counted(rows: DataStream, *, name: str, total: str, classes: Any) -> DataStream:
    """Return a stream of one row, when the rows have ended: their number as text. It is kept in checkpoints.

    Each subtask counts its own, so that only numbers travel, to one subtask that adds them up.

    :param name: of the operator that counts
    :param total: the name of the one that adds up
    :param classes: ours in Java, see ``add_classes``
    """
    counts = _transform(rows, name, LINES, classes.RowCount(False))
    return _transform(counts.rebalance(), total, LINES, classes.RowCount(True)).set_parallelism(1)


def at_rate(rows: DataStream, rate: Rate, *, name: str, classes: Any) -> DataStream:
    """Return rows of one BYTES column, all in one subtask, as records of a stream come that is sent no more than that.

    :param classes: ours in Java, see ``add_classes``
    """
    limit = classes.LimitedRate(float(rate.records or 0), float(rate.size or 0), KEY_BYTES)
    # Also from one subtask to one: in its chain rows would come batch by batch, and none while Python has the next.
    return _transform(rows.rebalance(), name, LINES, limit).set_parallelism(1)


def type_information(of: RowType) -> Any:
    """Return Flink's type of rows in its internal form, which costs no conversion."""
    return get_gateway().jvm.org.apache.flink.table.runtime.typeutils.InternalTypeInfo.of(logical_type(of))


def logical_type(of: DataType) -> Any:
    """Return a type as Flink's operators have it."""
    return _to_java_data_type(of).getLogicalType()


def _transform(stream: DataStream, name: str, made: RowType, operator: Any) -> DataStream:
    return DataStream(stream._j_data_stream.transform(name, type_information(made), operator)).uid(name)
