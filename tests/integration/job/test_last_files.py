"""Files that are complete at the end of the input belong to a checkpoint, whichever Flink writes them.

The Flink of these tests sees to that itself, so what 1.20.0 would say is said here. A real 1.20.0 is in the drills
``client-killed-half-ended`` and ``input-ends-in-a-checkpoint`` on YARN.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.program import last_line

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

SCRIPT = """
import json
from event_recovery.flink.java.classes import add_classes
from event_recovery.flink.sinks import file_sink
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(1)
classes = add_classes(env)
jvm = get_gateway().jvm

class Committer:
    def __init__(self):
        self.got = []

    def collect(self, record):
        message = record.getValue()
        kind = str(message.getClass().getSimpleName())
        what = message.getCommittable() if kind == "CommittableWithLineage" else message.getNumberOfCommittables()
        self.got.append([kind, message.getCheckpointId().orElse(-1), message.getSubtaskId(), what])

    class Java:
        implements = ["org.apache.flink.streaming.api.operators.Output"]

class Tidings:
    def __init__(self):
        self.left = []

    class Java:
        implements = ["org.apache.flink.api.common.operators.MailboxExecutor"]

def hear():
    committer.got.append("waited")
    tidings.left.pop(0)()

committer, tidings = Committer(), Tidings()
setattr(tidings, "yield", hear)
operator = classes.NumberedCommits.Numbers()

def give(owner, name, value):
    field = owner.getDeclaredField(name)
    field.setAccessible(True)
    field.set(operator, value)

abstract = jvm.java.lang.Class.forName("org.apache.flink.streaming.api.operators.AbstractStreamOperator")
give(abstract, "output", committer)
give(operator.getClass(), "tidings", tidings)
sink2 = jvm.org.apache.flink.streaming.api.connector.sink2

def write(file, checkpoint):
    for message in (
        sink2.CommittableSummary(1, 2, checkpoint, 1, 1, 0), sink2.CommittableWithLineage(file, checkpoint, 1)
    ):
        operator.processElement(jvm.org.apache.flink.streaming.runtime.streamrecord.StreamRecord(message))

def got():
    found, committer.got = committer.got, []
    return found

write("a", 3)
told = {"at the checkpoint": got()}
operator.prepareSnapshotPreBarrier(3)
told["after the checkpoint"] = got()
operator.notifyCheckpointComplete(3)
end = 2**63 - 1  # the number that Flink 1.20.0 has for the end of the input
write("b", end)
told["before the end"] = got()
operator.endInput()
told["at the end"] = got()
operator.prepareSnapshotPreBarrier(4)
told["at the next checkpoint"] = got()

write("c", end)
tidings.left = [lambda: operator.notifyCheckpointAborted(3), lambda: operator.notifyCheckpointComplete(4)]
operator.endInput()
told["while one is under way"] = got()
operator.prepareSnapshotPreBarrier(5)
write("d", end)
tidings.left = [lambda: operator.notifyCheckpointAborted(5)]
operator.endInput()
told["while one is given up"] = got()

files = file_sink("file:///nowhere", suffix=".jsonl", classes=classes)
env.from_collection([1]).sink_to(files).name("Failed").uid("Failed")
graph = env._j_stream_execution_environment.getStreamGraph()
told["uids"] = sorted(str(node.getTransformationUID()) for node in graph.getStreamNodes().toArray())
tasks = graph.getJobGraph().getVerticesSortedTopologicallyFromSources().toArray()
told["tasks"] = [str(task.getName()) for task in tasks]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(last_line(SCRIPT))
    return found


def files(name: str, checkpoint: int) -> list[list[Any]]:
    return [["CommittableSummary", checkpoint, 1, 1], ["CommittableWithLineage", checkpoint, 1, name]]


def test_files_of_a_checkpoint_are_committed_with_it(told: dict[str, Any]) -> None:
    assert told["at the checkpoint"] == files("a", 3)
    assert told["after the checkpoint"] == []


def test_files_of_the_end_are_committed_once_with_the_next_checkpoint(told: dict[str, Any]) -> None:
    assert told["before the end"] == []
    assert told["at the end"] == files("b", 4)
    assert told["at the next checkpoint"] == []


def test_the_end_waits_for_a_checkpoint_that_is_under_way(told: dict[str, Any]) -> None:
    """Flink 1.20.0 takes the first one that it hears of after the end for the last."""
    assert told["while one is under way"] == ["waited", "waited", *files("c", 5)]
    assert told["while one is given up"] == ["waited", *files("d", 6)]


def test_every_sink_of_files_has_it_in_the_same_task_and_keeps_its_uids(told: dict[str, Any]) -> None:
    assert told["uids"] == ["Failed", "Failed: Numbers", "None", "Sink Committer: Failed"]
    assert told["tasks"][-1] == "Failed: Writer -> Failed: Numbers -> Failed: Committer"
