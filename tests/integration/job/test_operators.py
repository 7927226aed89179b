"""The operators that count lines and choose among what becomes of them, alone in a JVM."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.program import last_line

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

SCRIPT = """
import json
import sys
from event_recovery.flink.graph import build_graph
from event_recovery.flink.java.classes import add_classes
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import to_jarray

# Before an environment is made: where there is no cluster, that loads what workers need.
told = {"loaded": sorted({"numpy", "pandas", "pyarrow"} & {*sys.modules})}

classes = add_classes(StreamExecutionEnvironment.get_execution_environment())
jvm = get_gateway().jvm
Rows = jvm.org.apache.flink.table.data.GenericRowData

class Output:
    def __init__(self):
        self.got = []

    def collect(self, record):
        self.got.append(bytes(record.getValue().getBinary(0)).decode())

    class Java:
        implements = ["org.apache.flink.streaming.api.operators.Output"]

class Kept:
    def __init__(self, *values):
        self.values = list(values)

    def get(self):
        guava = jvm.org.apache.flink.shaded.guava31.com.google.common
        return guava.primitives.Longs.asList(to_jarray(jvm.long, self.values))

    def update(self, values):
        self.values = [int(one) for one in values.toArray()]

    def getListState(self, descriptor):
        return self

    def getOperatorStateStore(self):
        return self

    class Java:
        implements = [
            "org.apache.flink.api.common.state.ListState",
            "org.apache.flink.api.common.state.OperatorStateStore",
            "org.apache.flink.runtime.state.StateInitializationContext",
        ]

def row(*values):
    made = Rows(len(values))
    for place, value in enumerate(values):
        made.setField(place, value)
    return made

def give(operator, *rows):
    for one in rows:
        operator.processElement(jvm.org.apache.flink.streaming.runtime.streamrecord.StreamRecord(one))

def begin(operator, kept=None):
    output = Output()
    abstract = jvm.java.lang.Class.forName("org.apache.flink.streaming.api.operators.AbstractStreamOperator")
    field = abstract.getDeclaredField("output")
    field.setAccessible(True)
    field.set(operator, output)
    if kept is not None:
        operator.initializeState(kept)
    return output

kept = Kept()
count = classes.RowCount(False)
output = begin(count, kept)
give(count, row(b"a"), row(b""), row(b"c"))
count.snapshotState(None)
told["rows: kept"] = list(kept.values)
give(count, row(b"d"))
told["rows: before the end"] = list(output.got)
count.endInput()
told["rows: at the end"] = list(output.got)
count.snapshotState(None)
told["rows: kept after the end"] = list(kept.values)

again = classes.RowCount(False)
output = begin(again, kept)
again.endInput()
told["rows: at the end a second time"] = output.got

wider = classes.RowCount(False)
output = begin(wider, Kept(3, 4_000_000_000, 0))
give(wider, row(b"e"))
wider.endInput()
told["rows: of three subtasks"] = output.got

total = classes.RowCount(True)
output = begin(total, Kept(20))
give(total, row(b"4"), row(b"4000000000"))
total.endInput()
told["counts"] = output.got

def becomes(code, body, index):
    made = jvm.org.apache.flink.table.data.binary.BinaryRowData(3)
    writer = jvm.org.apache.flink.table.data.writer.BinaryRowWriter(made)
    writer.writeByte(0, code)
    writer.writeBinary(1, body)
    writer.writeBinary(2, index)
    writer.complete()
    return row(made)

for column in (1, 2):
    chosen = classes.ChosenRows(3, column, to_jarray(jvm.int, [2, 0]))
    output = begin(chosen)
    give(chosen, *(becomes(code, b"body %d" % code, b"index %d" % code) for code in range(4)))
    told[f"column {column}"] = output.got
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(last_line(SCRIPT))
    return found


def test_rows_are_counted_and_their_number_is_told_at_the_end(told: dict[str, Any]) -> None:
    assert told["rows: before the end"] == []
    assert told["rows: at the end"] == ["4"]
    assert told["counts"] == ["4000000024"]


def test_the_number_is_kept_in_checkpoints_whatever_the_number_of_subtasks(told: dict[str, Any]) -> None:
    assert told["rows: kept"] == [3]
    assert told["rows: of three subtasks"] == ["4000000004"]


def test_a_number_that_was_told_is_not_told_again_from_a_checkpoint_after_the_end(told: dict[str, Any]) -> None:
    assert told["rows: kept after the end"] == [0]
    assert told["rows: at the end a second time"] == []


def test_the_client_loads_nothing_that_only_workers_need(told: dict[str, Any]) -> None:
    assert told["loaded"] == []


def test_of_what_becomes_of_lines_those_with_a_code_are_chosen_in_their_order(told: dict[str, Any]) -> None:
    assert told["column 1"] == ["body 0", "body 2"]
    assert told["column 2"] == ["index 0", "index 2"]
