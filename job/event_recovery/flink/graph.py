"""The job as Flink sees it: files -> ``Process`` -> stream and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors.base import Sink
from pyflink.table import Schema, StreamTableEnvironment
from pyflink.table.expressions import col

from event_recovery.contract import OUTCOMES, PROCESS_OPERATOR
from event_recovery.contract.rate import Rate
from event_recovery.flink.rawbytes import LINE, at_rate, read_lines, to_rows
from event_recovery.flink.worker.process import BODY, CODE, INDEX, process_function
from event_recovery.options.agent import Agent
from event_recovery.run.rows import CODES, SKIPPED_CODE, RowWriter


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where rows go by outcome, the index of each, and how many rows the source gave.

    :param skipped_index: None when no rows are selected, so that none is skipped
    :param rate: at which recovered events are sent at most, None for no limit
    """

    recovered: Sink
    failed: Sink
    unrecoverable: Sink
    recovered_index: Sink
    rejected_index: Sink
    submitted: Sink
    skipped_index: Sink | None = None
    rate: Rate | None = None


def build_graph(
    env: StreamExecutionEnvironment, *, classes: Any, splits: str, writer: RowWriter, agent: Agent | None, sinks: Sinks
) -> None:
    """Add the whole job to the environment. Every operator gets a short name and a uid that later versions keep.

    :param classes: ours in Java, see ``add_classes``
    :param splits: URI of the list of what is read, see ``run.splits``
    :param agent: what the workers send their counts to, if there is one
    """
    tables = StreamTableEnvironment.create(env)
    lines = read_lines(env, splits, name="Source", classes=classes).uid("source")
    # One subtask, as the count has, but not in its vertex, which nothing can widen: a checkpoint holds how wide each
    # vertex may become, and must be the same whether the job had one subtask or more, so that the other can go on.
    submitted = _count(tables, lines).rebalance().sink_to(sinks.submitted)
    submitted.name("Submitted").uid("Submitted").set_parallelism(1)
    row = process_function(writer, agent)(col(LINE)).alias("row")
    columns = [col("row").get(name).alias(name) for name in (CODE, BODY, INDEX)]
    output = to_rows(tables, tables.from_data_stream(lines).select(row).select(*columns))
    _label(
        output,
        ("TableToData", "OutputRow"),
        ("Calc", "Columns"),
        ("PythonCalc", PROCESS_OPERATOR),
        ("*anonymous", "Lines"),
    )

    def attach(sink: Sink, column: str, *codes: int, name: str, rate: Rate | None = None) -> None:
        chosen = tables.from_data_stream(output).where(col(CODE).in_(*codes)).select(col(column))
        rows = to_rows(tables, chosen)
        _label(rows, ("TableToData", f"{name}Rows"), ("Calc", f"{name}Filter"), ("*anonymous", f"{name}Input"))
        if rate is None:
            rows.sink_to(sink).name(name).uid(name)
        else:
            # One subtask sends for all: no other division of the rate is right whatever each of them has to read.
            limited = at_rate(rows, rate, name="Limit", classes=classes).uid("Limit")
            limited.sink_to(sink).name(name).uid(name).set_parallelism(1)

    for outcome in OUTCOMES:
        rate = sinks.rate if outcome == "recovered" else None
        attach(getattr(sinks, outcome), BODY, CODES[outcome], name=outcome.capitalize(), rate=rate)
    attach(sinks.recovered_index, INDEX, CODES["recovered"], name="RecoveredIndex")
    attach(sinks.rejected_index, INDEX, CODES["failed"], CODES["unrecoverable"], name="RejectedIndex")
    if sinks.skipped_index is not None:
        attach(sinks.skipped_index, INDEX, SKIPPED_CODE, name="SkippedIndex")


def _count(tables: StreamTableEnvironment, lines: DataStream) -> DataStream:
    """Return a stream of one row, when the source has ended: the number of its lines.

    They are counted by Java alone, and the count is kept in checkpoints.

    All lines get one time, and so fall into one window, which closes with the stream. Each source task adds up its own
    lines, so that only sums travel. The count does not depend on what ``Process`` makes of the lines.
    """
    one_time = (
        Schema.new_builder()
        .column_by_expression("counted_at", "TO_TIMESTAMP_LTZ(0, 3)")
        .watermark("counted_at", "SOURCE_WATERMARK()")
        .build()
    )
    timed = tables.from_data_stream(lines, one_time)
    counted = to_rows(
        tables,
        tables.sql_query(
            "SELECT CAST(CAST(COUNT(*) AS STRING) AS BYTES) AS submitted "  # noqa: S608 - no outside text in it
            f"FROM TABLE(TUMBLE(TABLE {timed}, DESCRIPTOR(counted_at), INTERVAL '1' DAY)) "
            "GROUP BY window_start, window_end"
        ),
    )
    _label(
        counted,
        ("TableToData", "SubmittedRows"),
        ("ConstraintEnforcer", "SubmittedCheck"),
        ("Calc", "SubmittedText"),
        ("GlobalWindowAggregate", "SubmittedTotal"),
        ("Exchange", "SubmittedSums"),
        ("LocalWindowAggregate", "SubmittedSum"),
        ("Calc", "SubmittedTime"),
        ("*anonymous", "SubmittedLines"),
    )
    return counted


def _label(stream: DataStream, *labels: tuple[str, str]) -> None:
    """Name the operators that the planner made.

    The planner names its operators by their text and gives no uids; without uids a checkpoint could not be resumed
    by another build of the same job, and the metrics' names would not be ours.

    :param labels: ``(beginning of the planner's name, ours)``, the last operator first
    :raises RuntimeError: when the planner made something else
    """
    transformation = stream._j_data_stream.getTransformation()
    for planned, name in labels:
        if not transformation.getName().startswith(planned):
            raise RuntimeError(f"expected the planner to make {planned}, found {transformation.getName()}")
        transformation.setName(name)
        transformation.setUid(name)
        transformation = transformation.getInputs().get(0)
