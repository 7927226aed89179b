"""Whether the job's processes fit into what YARN has on the nodes, and which sizes are chosen."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.checks.room import check_room, described
from event_recovery_provider.planning import room
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.planning.settings import parse

pytestmark = pytest.mark.unit

GIVEN = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "r", "role": "x", "version": "1", "config": "{}"}
SIX_GB = {"taskmanager.memory.process.size": "6g"}


def plan(**changes: Any) -> Plan:
    return make_plan(parse({**GIVEN, **changes}), RunIdentity("dag", "run"))


def sizes(made: Plan) -> tuple[int, int]:
    need = room.need_of(made.job_flow, parallelism=1)
    assert need is not None
    return need.job_manager, need.task_manager


@pytest.mark.parametrize(
    ("kind", "memory"),
    [
        ("m5.xlarge", 12_288),
        ("m4.large", 6_144),
        ("c5.xlarge", 6_144),
        ("c5d.xlarge", 6_144),
        ("c5n.xlarge", 8_064),
        ("m6g.xlarge", 11_712),
        ("m6i.xlarge", 11_712),
        ("c5a.xlarge", 5_632),
        ("c6g.xlarge", 5_632),
        ("c4.xlarge", 5_632),
        ("m7i.24xlarge", 366_592),
    ],
)
def test_the_memory_of_a_type_is_the_one_that_aws_documents(kind: str, memory: int) -> None:
    assert room.known_memory()[kind] == memory


def test_no_type_stands_in_two_places_and_a_larger_one_has_more() -> None:
    table = room.known_memory()
    parts = room.tables()
    assert sum(len(part["memory_mb"]) for part in parts) == len(table)
    assert all(part["source"].startswith("https://docs.aws.amazon.com/emr/") and part["read"] for part in parts)
    factors = {"large": 0.5, "xlarge": 1.0}
    families: dict[str, list[tuple[float, int]]] = {}
    for kind, memory in table.items():
        family, size = kind.split(".")
        families.setdefault(family, []).append((factors.get(size) or float(size.removesuffix("xlarge")), memory))
    for known in families.values():
        assert [memory for _, memory in sorted(known)] == sorted(memory for _, memory in known)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (2048, 6144)),
        ({"core_type": "m6g.xlarge"}, (2048, 6144)),
        ({"core_type": "c5n.xlarge"}, (1536, 6144)),
        ({"core_type": "c5.xlarge"}, (1536, 4608)),
        ({"core_type": "c6g.xlarge"}, (1536, 4096)),
        ({"core_type": ["m5.xlarge", "c6g.xlarge"]}, (1536, 4096)),
        ({"parallelism": 4}, (2048, 5120)),
        ({"core_type": "c5.xlarge", "core_count": 1, "task_count": 1, "task_type": "m5.xlarge"}, (2048, 6144)),
        ({"core_type": "c5.xlarge", "task_count": 2, "parallelism": 3}, (2048, 6144)),
        ({"core_type": "x9.big"}, (2048, 6144)),
        ({"core_type": "c4.large"}, (1536, 4096)),
        ({"core_type": "c5.xlarge", "flink": SIX_GB, "parallelism": 1}, (2048, 6144)),
        ({"core_type": "c5.xlarge", "flink": {"taskmanager.memory.managed.fraction": "0.3"}}, (1536, 6144)),
        ({"core_type": "c5.xlarge", "flink": {"jobmanager.memory.process.size": "2g"}}, (2048, 4096)),
    ],
)
def test_sizes_are_chosen_that_fit(changes: dict[str, Any], expected: tuple[int, int]) -> None:
    assert sizes(plan(**changes)) == expected


def test_sizes_that_the_request_has_of_the_user_stay() -> None:
    own = {"Classification": "flink-conf", "Properties": SIX_GB}
    made = plan(core_type="c5.xlarge", cluster={"Configurations": [own]})
    assert sizes(made) == (1536, 6144)
    assert check_room(made)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"core_type": "c5.xlarge"},
        {"core_type": "c6g.xlarge"},
        {"core_type": "c4.xlarge", "core_count": 1},
        {"parallelism": 5},
        {"parallelism": 3, "core_count": 1, "task_count": 1},
        {"parallelism": 4, "flink": {"taskmanager.numberOfTaskSlots": "2"}, "core_count": 1},
        {"core_type": "x9.big", "task_count": 2, "task_type": "m5.2xlarge", "parallelism": 2},
        {"cluster": {"Instances": {"InstanceGroups": [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge"}]}}},
    ],
)
def test_what_fits_is_not_refused(changes: dict[str, Any]) -> None:
    assert check_room(plan(**changes)) == ([], [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"core_type": "c4.large"},
            (
                "parallelism: 2 needs 2 task managers of 4,096 MB beside a job manager of 1,536 MB, and YARN has "
                "room for 0: core 2 c4.large (1,792 MB each); take more nodes or larger types"
            ),
        ),
        (
            {"parallelism": 6},
            (
                "parallelism: 6 needs 6 task managers of 4,096 MB beside a job manager of 1,536 MB, and YARN has "
                "room for 5: core 2 m5.xlarge (12,288 MB each); set it to 5 at most, or take more nodes or larger types"
            ),
        ),
        (
            {"core_type": "c5.xlarge", "flink": SIX_GB},
            (
                "parallelism: 2 needs 2 task managers of 6,144 MB beside a job manager of 1,536 MB, and YARN has "
                "room for 1: core 2 c5.xlarge (6,144 MB each); set it to 1 at most, or take more nodes or larger types"
            ),
        ),
        (
            {"core_type": ["m5.xlarge", "c4.large"], "parallelism": 1},
            (
                "parallelism: 1 needs 1 task manager of 4,096 MB beside a job manager of 1,536 MB, and YARN has "
                "room for 0: core 2 m5.xlarge (12,288 MB each) or 2 c4.large (1,792 MB each); "
                "take more nodes or larger types"
            ),
        ),
        (
            {"core_type": "c4.large", "flink": {"jobmanager.memory.process.size": "2g"}, "task_count": 3},
            (
                "core_type: c4.large has 1,792 MB for YARN, and the job manager needs 2,048 MB of a core node; "
                "take a larger type"
            ),
        ),
        (
            {"parallelism": 40, "flink": {"taskmanager.numberOfTaskSlots": "4"}, "task_count": 1},
            (
                "parallelism: 40 needs 10 task managers of 4,096 MB beside a job manager of 1,536 MB, and YARN has "
                "room for 8: core 2 m5.xlarge (12,288 MB each), task 1 m5.xlarge (12,288 MB each); "
                "set it to 32 at most, or take more nodes or larger types"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(changes: dict[str, Any], message: str) -> None:
    assert check_room(plan(**changes)) == ([message], [])


def test_a_parallelism_that_the_message_offers_is_taken() -> None:
    assert check_room(plan(parallelism=5)) == ([], [])
    assert check_room(plan(core_type="c5.xlarge", flink=SIX_GB, parallelism=1)) == ([], [])


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"core_type": "x9.big"}, "x9.big"),
        ({"core_type": ["m5.xlarge", "x9.big"]}, "x9.big"),
        ({"task_type": "x9.big", "task_count": 9}, "x9.big"),
    ],
)
def test_a_type_that_is_not_known_is_told_and_not_refused(changes: dict[str, Any], kinds: str) -> None:
    warning = f"the memory that YARN has on {kinds} is not known, so it was not checked whether the job fits"
    assert check_room(plan(**changes)) == ([], [warning])


def test_memory_that_the_request_gives_yarn_is_taken_for_that_of_every_type() -> None:
    own = {"Classification": "yarn-site", "Properties": {"yarn.nodemanager.resource.memory-mb": "5632"}}
    made = plan(core_type="x9.big", cluster={"Configurations": [own]})
    assert sizes(made) == (1536, 4096)
    assert check_room(made) == ([], [])


def test_fleets_by_weight_have_fewer_nodes_of_the_larger_type() -> None:
    core = {
        "InstanceFleetType": "CORE",
        "TargetOnDemandCapacity": 3,
        "TargetSpotCapacity": 1,
        "InstanceTypeConfigs": [
            {"InstanceType": "m5.xlarge", "WeightedCapacity": 1},
            {"InstanceType": "m5.2xlarge", "WeightedCapacity": 3},
        ],
    }
    assert room.nodes_of({"InstanceFleets": [core]}) == [room.Nodes("core", {"m5.xlarge": 4, "m5.2xlarge": 2})]


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ({"MasterInstanceType": "a", "SlaveInstanceType": "b", "InstanceCount": 3}, [room.Nodes("core", {"b": 2})]),
        ({"MasterInstanceType": "a", "InstanceCount": 1}, [room.Nodes("core", {"a": 1})]),
        ({"InstanceGroups": [{"InstanceRole": "CORE"}, "x", {"InstanceType": 3}]}, []),
        ({"InstanceGroups": "x", "InstanceFleets": None}, []),
    ],
)
def test_nodes_are_read_however_the_request_names_them(instances: dict[str, Any], expected: list[room.Nodes]) -> None:
    assert room.nodes_of(instances) == expected


def test_a_request_that_emr_would_refuse_still_makes_a_plan() -> None:
    made = plan(cluster={"Instances": {"InstanceGroups": [{"Name": "x"}, 3]}, "Configurations": None})
    assert made.job.properties["parallelism.default"] == "2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6g", 6144),
        ("1536m", 1536),
        ("2 gb", 2048),
        ("512 mebibytes", 512),
        ("1TB", 2**20),
        ("1073741824", 1024),
        ("1048576 bytes", 1),
        ("6 gigs", None),
        ("", None),
        ("0", None),
    ],
)
def test_sizes_are_read_as_flink_reads_them(text: str, expected: int | None) -> None:
    assert room.size_mb(text) == expected


def test_sizes_that_cannot_be_read_are_told() -> None:
    made = plan(flink={"taskmanager.memory.process.size": "large"})
    warning = "flink: the sizes of the job's processes are not known, so it was not checked whether they fit"
    assert check_room(made) == ([], [warning])
    assert described(made) == "as the Flink settings have it"


def test_a_reader_of_the_plan_sees_the_sizes() -> None:
    assert described(plan()) == "2 task managers of 6,144 MB, a job manager of 2,048 MB"
    assert described(plan(core_count=1)) == "1 task manager of 6,144 MB, a job manager of 2,048 MB"
