"""What the package tells Airflow, its form, its links, its report: what a user sees of it."""

from __future__ import annotations

import ast
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import croniter  # noqa: F401 - with its first DAG Airflow loads it, and it asks the command `file` about Python
import pytest
from airflow.sdk import BaseOperator, XComArg
from airflow.sdk.exceptions import ParamValidationError
from event_recovery.contract import DamagedFile, RunSummary, Tally
from event_recovery_provider import get_provider_info as info
from event_recovery_provider import policies
from event_recovery_provider.exceptions import DamagedInputError, LaunchError, RowsMissingError, TooManyFailedRowsError
from event_recovery_provider.links import RecoveryMetricsLink, RecoveryPrefixLink
from event_recovery_provider.params import recovery_params
from event_recovery_provider.planning.settings import Settings, parse
from event_recovery_provider.results import account
from event_recovery_provider.sensors.base import HOW_TO_GO_ON
from event_recovery_provider.sensors.job import RecoveryJobSensor
from event_recovery_provider.task_groups import recovery_cluster, recovery_report
from jinja2 import Environment
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

PACKAGE = Path(info.__file__).parent


def test_nothing_in_the_provider_imports_pyflink() -> None:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "pyflink" for name in names), file


def test_the_form_has_every_setting_and_no_other() -> None:
    params = recovery_params()
    assert set(params) == set(Settings.__struct_fields__)
    assert "null" not in params["inputdir"].schema["type"]
    assert all("null" in param.schema["type"] for name, param in params.items() if name != "inputdir")


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("interval", {"minimum": 1, "maximum": 86_400}),
        ("core_count", {"minimum": 1}),
        ("task_count", {"minimum": 0}),
        ("disk_gb", {"minimum": 10}),
        ("parallelism", {"minimum": 0}),
        ("max_hours", {"exclusiveMinimum": 0, "maximum": 336}),
        ("minimum_rows", {"minimum": 1}),
        ("max_failed_ratio", {"minimum": 0, "maximum": 1}),
        ("drain_seconds", {"minimum": 0, "maximum": 3600}),
    ],
)
def test_the_form_has_the_bounds_of_the_settings(name: str, bounds: dict[str, float]) -> None:
    schema = recovery_params()[name].schema
    assert {key: value for key, value in schema.items() if "imum" in key.lower()} == bounds


#: For each kind of field of the form, what can be entered, and what cannot.
ENTERED: dict[str, tuple[list[Any], list[Any]]] = {
    "inputdir": (["a\nb"], [None, "", 5, ["a"]]),
    "subnet": ([None, "", "subnet-1\nsubnet-2"], [5, ["subnet-1"]]),
    "config": ([None, "", "s3://b/c", {"schema": "x"}], [5]),
    "bucket": ([None, "", "b"], [5]),
    "interval": ([None, 1, 86_400], [0, 86_401, 1.5, "soon"]),
    "max_hours": ([None, 0.01, 336], [0, 337]),
    "fail_on_damaged": ([None, True, False], ["true", 1]),
    "approval": ([None, True, False], ["true", 1]),
    "trial_rows": ([None, 0, 10_000], [-1, 10_001, 1.5]),
    "minimum_pass_ratio": ([None, 0, 0.5, 1], [-0.1, 1.1]),
    "flink": ([None, {}, {"a": "b"}], [{"a": 1}, "a"]),
    "job_arguments": ([None, [], ["--batch-size", "1"]], [[1], "a"]),
}


@pytest.mark.parametrize("name", ENTERED)
def test_the_form_takes_what_the_settings_take(name: str) -> None:
    param = recovery_params()[name]
    taken, refused = ENTERED[name]
    for value in taken:
        assert param.resolve(value) == value
    for value in refused:
        with pytest.raises(ParamValidationError):
            param.resolve(value)


def test_the_form_comes_in_sections() -> None:
    params = recovery_params()
    assert list(dict.fromkeys(param.schema["section"] for param in params.values())) == [
        "What to recover",
        "Where it runs",
        "Before the cluster",
        "The cluster",
        "Limits",
        "More",
    ]
    assert all(param.schema["title"] and param.description for param in params.values())
    assert [name for name, param in params.items() if param.schema.get("format") == "multiline"] == [
        "inputdir",
        "subnet",
    ]
    assert [name for name, param in params.items() if "examples" in param.schema] == [
        *("types", "core_type", "task_type", "keep"),
    ]


def test_the_form_tells_what_a_setting_means_and_what_holds_without_it() -> None:
    params = recovery_params()
    assert params["interval"].description == "Seconds between checkpoints. By default 600."
    assert params["log_uri"].description == "S3 URI below which EMR puts the logs. By default logs/ of the run."
    assert params["keypair"].description == "EC2 key pair for SSH to the primary node."


def test_a_form_may_have_defaults_but_only_for_settings() -> None:
    assert recovery_params(core_count=4)["core_count"].value == 4
    with pytest.raises(ValueError, match="regoin: no setting"):
        recovery_params(regoin="x")


def test_links_lead_to_the_console_of_the_partition() -> None:
    prefix = RecoveryPrefixLink().format_link(
        aws_domain="amazonaws.cn", region_name="cn-north-1", bucket="b", prefix="runs/x/"
    )
    assert prefix == "https://console.amazonaws.cn/s3/buckets/b?region=cn-north-1&prefix=runs/x/"
    metrics = RecoveryMetricsLink().format_link(
        aws_domain="aws.amazon.com", region_name="eu-west-1", namespace="snowplow/event-recovery"
    )
    assert metrics.startswith(
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#metricsV2?graph=~()&query="
    )
    assert "snowplow*2fevent-recovery" in metrics
    assert RecoveryMetricsLink().format_link(region_name="x") == ""


def summary(submitted: int, recovered: int, failed: int = 0) -> RunSummary:
    labels = {"error": {"CastFailure": failed}} if failed else {}
    return RunSummary(
        "x", submitted, Tally(recovered, 10), Tally(failed, 5, labels), Tally(), "a", "b", 0, {"flink": "1"}
    )


def test_an_account_is_read_or_its_absence_is_told() -> None:
    given = summary(3, 2, 1)
    assert talk(account.read_summary("s3://b/x"), [{"Body": given.to_json().encode()}])[0] == given
    with pytest.raises(RowsMissingError, match="does not exist"):
        talk(account.read_summary("s3://b/x"), [refused("NoSuchKey", status=404)])
    with pytest.raises(RowsMissingError, match="cannot be read"):
        talk(account.read_summary("s3://b/x"), [{"Body": b"{}"}])


def test_an_account_must_add_up_and_be_plausible() -> None:
    account.check_summary(summary(3, 2, 1), minimum_rows=3, max_failed_ratio=0.34)
    with pytest.raises(RowsMissingError, match="1 of 3 rows are not accounted for"):
        account.check_summary(summary(3, 2))
    with pytest.raises(RowsMissingError, match="3 rows were submitted, at least 4 expected"):
        account.check_summary(summary(3, 3), minimum_rows=4)
    with pytest.raises(TooManyFailedRowsError, match=r"33\.3% of the rows could not be recovered, at most 33\.0% may"):
        account.check_summary(summary(3, 2, 1), max_failed_ratio=0.33)


def test_files_that_were_not_read_to_their_end_are_named_with_reason_and_rows() -> None:
    whole = summary(3, 2, 1)
    account.check_damage(whole)
    assert account.damage(whole) == []
    cut = replace(whole, damaged_files={"s3://b/x.gz": DamagedFile("it is not a gzip file", 0)})
    account.check_summary(cut)
    with pytest.raises(DamagedInputError) as caught:
        account.check_damage(cut)
    assert str(caught.value) == (
        "DAMAGED_INPUT: files of the input could not be read to their end: 1; "
        "what could be read of them is recovered and sent\n"
        "  - s3://b/x.gz: it is not a gzip file; rows read of it: 0"
    )
    assert account.to_xcom(cut)["damaged_files"] == {"s3://b/x.gz": {"reason": "it is not a gzip file", "rows": 0}}


def test_a_message_and_an_xcom_do_not_grow_with_the_damaged_files() -> None:
    files = {f"s3://b/{number:03}.gz": DamagedFile("it is empty", 0) for number in range(account.MOST_NAMED + 5)}
    many = replace(summary(3, 2, 1), damaged_files=files)
    lines = account.damage(many)
    assert lines[-2:] == ["s3://b/099.gz: it is empty; rows read of it: 0", "and 5 more, which summary.json names"]
    numbers = account.to_xcom(many)
    assert (numbers["damaged"], len(numbers["damaged_files"])) == (105, 100)


def test_a_report_is_drawn_compared_and_returned() -> None:
    drawn = account.draw(summary(1000, 990, 10))
    assert "run x: 1,000 rows" in drawn
    assert "error CastFailure" in drawn
    counts = {"submitted": 1000, "recovered": 900, "failed": 10, "unrecoverable": 0}
    assert "recovered: 990 committed, 900 in the metrics" in account.against_metrics(summary(1000, 990, 10), counts)
    assert account.against_metrics(summary(1000, 990, 10), {**counts, "recovered": 990}) == (
        "the metrics agree with the account"
    )
    numbers = account.to_xcom(summary(1000, 990, 10))
    assert json.loads(json.dumps(numbers)) == numbers
    assert (numbers["recovered"], numbers["bytes"]["failed"], numbers["balanced"]) == (990, 5, True)


def test_a_launch_is_retried_unless_the_dag_says_otherwise() -> None:
    assert policies.retries_for_launch({})["retries"] == 3
    assert policies.retries_for_launch({"retries": 0})["retries"] == 0
    assert "retries" not in policies.retries_for_launch({"default_args": {"retries": 1}})
    policy = policies.relaunch_policy()
    assert policy is not None
    assert policy.evaluate(LaunchError("x"), 1, 3).action.value == "retry"
    assert policy.evaluate(ValueError("x"), 1, 3).action.value == "default"


def test_the_group_is_setup_work_and_teardown() -> None:
    from airflow.sdk import DAG
    from event_recovery_provider.operators.preflight import RecoveryPreflightOperator

    with DAG(dag_id="d", schedule=None) as dag:
        preflight: Any = RecoveryPreflightOperator(task_id="preflight", scope="second")
        made = recovery_cluster(
            preflight, group_id="second", deferrable=True, relaunches=2, aws_conn_id="mine", verify=False
        )
        recovery_report(preflight, made, scope="second", aws_conn_id="mine", verify=False)
    tasks: dict[str, BaseOperator] = {task.task_id.rpartition(".")[2]: task for task in dag.tasks}  # type: ignore[misc]
    assert [name for name, task in tasks.items() if task.is_setup] == ["create", "ready", "submit"]
    setups = {task.task_id for task in tasks["balance"].get_upstreams_only_setups()}
    assert setups == {"second.create", "second.ready", "second.submit"}, "they are cleared with it"
    assert not [*tasks["report"].get_upstreams_only_setups()], "it also runs when they are skipped"
    assert made.balance.advice("JobFailedError") == made.ready.advice("ClusterFailedError") == [HOW_TO_GO_ON]
    assert made.balance.advice("UnbalancedError") == []
    alone = RecoveryJobSensor(task_id="alone", job_flow_id="j-1", step_id="s-1")
    assert alone.advice("JobFailedError") == [], "clearing it would make nothing again"
    assert tasks["terminate"].is_teardown
    assert tasks["terminate"].on_failure_fail_dagrun
    assert [name for name in tasks if tasks[name] in (made.ready, made.submit, made.checkpoint, made.balance)] == [
        "ready",
        "submit",
        "checkpoint",
        "balance",
    ]
    assert made.ready.relaunches == 2
    assert str(made.ready.request) == str(XComArg(made.create, "request"))
    for task in (made.checkpoint, made.balance):
        assert str(task.job_flow_id) == str(XComArg(made.submit, "job_flow_id")), "the cluster may have been replaced"
    for name, task in tasks.items():
        if name != "preflight":
            assert (task.aws_conn_id, task.verify, task.scope) == ("mine", False, "second")  # type: ignore[attr-defined]


REQUIRED = dict.fromkeys(("bucket", "inputdir", "output", "region", "role", "version"), "x") | {"config": "{}"}


def scheduled_dag() -> ModuleType:
    path = Path(__file__).parents[3] / "dags/event_recovery_scheduled.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    scheduled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scheduled)
    return scheduled


def test_schedules_send_no_event_again_and_again() -> None:
    settings = scheduled_dag().preflight.settings
    told = {name: Environment(autoescape=False).from_string(settings[name]) for name in ("mark", "max_resends")}
    for variable, expected in (
        ({}, (True, 1)),
        ({"max_resends": 3}, (True, 3)),
        ({"max_resends": 0}, (True, 0)),
        ({"mark": False}, (False, 0)),
    ):
        rendered = {
            name: one.render(var={"json": {"event_recovery_scheduled": variable}}) for name, one in told.items()
        }
        made = parse({**REQUIRED, **rendered})
        assert (made.mark, made.max_resends) == expected


def test_every_task_of_a_schedule_is_tried_again() -> None:
    dag = scheduled_dag().preflight.dag
    assert {task.task_id: task.retries for task in dag.tasks} == dict.fromkeys(dag.task_ids, 3)


def test_schedules_fail_over_damaged_files_and_the_report_is_told_so() -> None:
    scheduled = scheduled_dag()
    told = Environment(autoescape=False).from_string(scheduled.preflight.settings["fail_on_damaged"])
    for variable, expected in (({}, True), ({"fail_on_damaged": False}, False)):
        rendered = told.render(var={"json": {"event_recovery_scheduled": variable}})
        assert parse({**REQUIRED, "fail_on_damaged": rendered}).fail_on_damaged is expected
    dag = scheduled.preflight.dag
    report = dag.get_task("report")
    assert (report.fail_on_damaged.operator.task_id, report.fail_on_damaged.key) == ("preflight", "fail_on_damaged")
    assert "report" not in dag.get_task("recovery.terminate").upstream_task_ids, "the teardown does not wait for it"
