"""The job as Flink sees it: files -> ``Process`` -> stream and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import Sink

from event_recovery.contract import OUTCOMES, PROCESS_OPERATOR
from event_recovery.contract.rate import Rate
from event_recovery.flink.operators import at_rate, chosen, counted, in_python
from event_recovery.flink.rawbytes import read_lines
from event_recovery.flink.worker.process import BODY, INDEX, OUTPUT, process_function
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
    lines = read_lines(env, splits, name="Source", classes=classes).uid("source")
    # One subtask, as the sum of all has.
    counts = counted(lines, name="SubmittedCount", total="SubmittedAll", classes=classes)
    counts.sink_to(sinks.submitted).name("Submitted").uid("Submitted").set_parallelism(1)
    output = in_python(lines, process_function(writer, agent), OUTPUT, name=PROCESS_OPERATOR, classes=classes)

    def attach(sink: Sink, column: str, *codes: int, name: str, rate: Rate | None = None) -> None:
        rows = chosen(output, OUTPUT, codes, column, name=f"{name}Rows", classes=classes)
        if rate is None:
            rows.sink_to(sink).name(name).uid(name)
        else:
            # One subtask sends for all: no other division of the rate is right whatever each of them has to read.
            limited = at_rate(rows, rate, name="Limit", classes=classes)
            limited.sink_to(sink).name(name).uid(name).set_parallelism(1)

    for outcome in OUTCOMES:
        rate = sinks.rate if outcome == "recovered" else None
        attach(getattr(sinks, outcome), BODY, CODES[outcome], name=outcome.capitalize(), rate=rate)
    attach(sinks.recovered_index, INDEX, CODES["recovered"], name="RecoveredIndex")
    attach(sinks.rejected_index, INDEX, CODES["failed"], CODES["unrecoverable"], name="RejectedIndex")
    if sinks.skipped_index is not None:
        attach(sinks.skipped_index, INDEX, SKIPPED_CODE, name="SkippedIndex")
