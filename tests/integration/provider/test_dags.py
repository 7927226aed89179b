"""The example DAGs, each run to its end by `dag.test()` in an Airflow of its own, on the fabric."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from event_recovery.contract import NAMESPACE
from event_recovery_provider.get_provider_info import get_provider_info
from localaws.fabric import Fabric
from support.airflow.home import REPOSITORY, AirflowHome
from support.leaks import APIKEY, CONNECTION
from support.provider.site import RESOLVER, ROW, Site, alive, open_site

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

#: The Python of an environment with the oldest Airflow that the package allows; `make compat` makes it.
OLDEST = REPOSITORY / ".cache/oldest-airflow/bin/python"
on_the_oldest = pytest.mark.skipif(not OLDEST.exists(), reason="`make compat` makes an environment with Airflow 3.0.6")
EXAMPLES = {
    *("bad_rows_daily", "event_recovery", "event_recovery_scheduled", "event_recovery_single_task"),
    *("recovery_cluster_sweeper", "recovery_runs_sweeper", "recovery_told"),
}
TASKS = [f"recovery.{name}" for name in ("create", "ready", "submit", "checkpoint", "balance", "terminate")]


@pytest.fixture(scope="module")
def fabric(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fabric]:
    """A fabric whose metrics have the job's namespace, as the agent on a real node is told."""
    pace = {"provision": 2, "step": 2, "terminate": 2}
    work = tmp_path_factory.mktemp("fabric")
    with Fabric(work, pace=pace, statsd_interval=0.5, statsd_namespace=NAMESPACE) as fabric:
        yield fabric


@pytest.fixture(scope="module")
def home(fabric: Fabric, tmp_path_factory: pytest.TempPathFactory) -> AirflowHome:
    home = AirflowHome(tmp_path_factory.mktemp("airflow"), env=fabric.env)
    home.migrate()
    return home


@pytest.fixture
def site(fabric: Fabric) -> Site:
    return open_site(fabric)


def test_every_example_is_listed_by_the_packages_own_bundle(home: AirflowHome) -> None:
    bundle = {"name": "event-recovery", "classpath": "event_recovery_provider.example_bundle.ExampleDagBundle"}
    listing = AirflowHome(
        home.work / "bundle",
        env={},
        AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST=json.dumps([{**bundle, "kwargs": {}}]),
    )
    listing.airflow("db", "migrate")
    listing.airflow("dags", "reserialize")
    listed = {row["dag_id"] for row in listing.airflow_json("dags", "list")}
    assert listed == EXAMPLES


def test_airflow_shows_the_provider_its_links_and_its_options(home: AirflowHome) -> None:
    listed = {row["package_name"] for row in home.airflow_json("providers", "list")}
    assert "airflow-provider-event-recovery" in listed
    assert "RecoveryMetricsLink" in home.airflow("providers", "links", "-o", "json")
    assert home.airflow("config", "get-value", "event_recovery", "poll_interval").strip().endswith("5")


def test_the_manual_dag(home: AirflowHome, site: Site) -> None:
    home.airflow(
        "variables", "set", "event_recovery", json.dumps(site.settings("--rows", "500", "--failed-rows", "50"))
    )
    run = home.dag_test("event_recovery", conf={"inputdir": "bad/2026", "client": "from the form", "approval": False})
    assert run.state == "success", run.log[-4000:]
    assert set(run.states.values()) == {"success"}
    assert run.results["report"]["recovered"] == 450
    assert run.results["preflight"]["tags"] == {"client": "from the form"}
    assert run.results["preflight"]["inputs"] == [f"s3://{site.bucket}/bad/2026"]
    assert alive(site.fabric, f"event-recovery-{run.results['preflight']['run_id']}") == []


def test_the_manual_dag_when_the_job_fails(home: AirflowHome, site: Site) -> None:
    home.airflow("variables", "set", "event_recovery", json.dumps(site.settings("--exit", "31", "--checkpoints", "0")))
    run = home.dag_test("event_recovery", conf={"inputdir": "bad", "approval": False})
    assert run.state == "failed"
    assert run.states["recovery.terminate"] == "success"
    assert run.states["report"] == "upstream_failed"
    assert "the stand-in was told to fail" in run.log
    assert "STEP_FAILURE" in run.log
    assert alive(site.fabric, f"event-recovery-{run.results['preflight']['run_id']}") == []


def test_an_api_key_in_the_variable_is_refused_and_shown_nowhere(
    home: AirflowHome, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = json.loads(json.dumps(RESOLVER).replace(CONNECTION, APIKEY))
    for form in (plain, base64.b64encode(json.dumps(plain).encode()).decode()):
        # Not by the command line, whose arguments Airflow keeps in its audit log.
        monkeypatch.setitem(home.env, "AIRFLOW_VAR_EVENT_RECOVERY", json.dumps(site.settings(resolver=form)))
        run = home.dag_test("event_recovery", conf={"inputdir": "bad", "approval": False})  # looks for the key itself
        assert run.state == "failed"
        assert "resolver: an API key stands in it as it is" in run.log


def test_the_manual_dag_with_settings_that_can_not_be(home: AirflowHome, site: Site) -> None:
    home.airflow("variables", "set", "event_recovery", "{}")
    run = home.dag_test("event_recovery", conf={"inputdir": "bad", "approval": False})
    assert run.state == "failed"
    assert {run.states[task] for task in TASKS} == {"upstream_failed"}
    for problem in ("bucket: missing", "config: missing", "output: missing", "region: missing", "role: missing"):
        assert problem in run.log


def test_the_scheduled_dag_recovers_what_arrived_in_its_hour(home: AirflowHome, site: Site) -> None:
    folder = "partitioned/com.snowplowanalytics.snowplow.badrows.schema_violations"
    site.put(f"{folder}/2026-11-05-101500-a.gz", gzip.compress(ROW))
    found = site.fabric.client("s3").head_object(Bucket=site.bucket, Key=f"{folder}/2026-11-05-101500-a.gz")
    hour = found["LastModified"].replace(minute=0, second=0, microsecond=0)
    home.airflow("variables", "set", "event_recovery_scheduled", json.dumps(site.settings(inputdir="partitioned")))
    # By hand a run is given the last whole interval before its date.
    run = home.dag_test(
        "event_recovery_scheduled", conf={"logical_date": (hour + timedelta(hours=1, minutes=20)).isoformat()}
    )
    assert run.state == "success", run.log[-4000:]
    plan = run.results["preflight"]
    assert [datetime.fromisoformat(plan[name]) for name in ("arrived_from", "arrived_to")] == [
        hour,
        hour + timedelta(hours=1),
    ]
    assert run.results["report"]["submitted"] == 100


def test_a_scheduled_run_with_a_damaged_file_is_red_once_its_work_is_done(home: AirflowHome, site: Site) -> None:
    site.put("bad/rows.jsonl", ROW)
    home.airflow("variables", "set", "event_recovery_scheduled", json.dumps(site.settings("--damaged")))
    soon = datetime.now(UTC) + timedelta(hours=1, minutes=20)
    run = home.dag_test("event_recovery_scheduled", conf={"logical_date": soon.isoformat()})
    assert run.state == "failed", run.log[-4000:]
    assert {task: state for task, state in run.states.items() if state != "success"} == {"report": "failed"}
    assert "DAMAGED_INPUT: files of the input could not be read to their end: 1" in run.log
    assert run.results["report"]["damaged_files"] == {"s3://b/x.gz": {"reason": "it is not a gzip file", "rows": 0}}
    assert alive(site.fabric, f"event-recovery-{run.results['preflight']['run_id']}") == []


def test_an_hour_in_which_nothing_arrived_starts_nothing(home: AirflowHome, site: Site) -> None:
    site.put("partitioned/rows.jsonl", ROW)
    home.airflow("variables", "set", "event_recovery_scheduled", json.dumps(site.settings(inputdir="partitioned")))
    run = home.dag_test("event_recovery_scheduled", conf={"logical_date": "2026-11-06T03:20:00+00:00"})
    assert run.state == "success"
    assert set(run.states.values()) == {"skipped"}
    assert "1 arrived after the window" in run.log


def test_the_single_task_dag(home: AirflowHome, site: Site) -> None:
    home.airflow("variables", "set", "event_recovery", json.dumps(site.settings("--rows", "9", "--failed-rows", "0")))
    run = home.dag_test("event_recovery_single_task", conf={"inputdir": "bad"})
    assert run.state == "success", run.log[-4000:]
    assert run.results["recover"]["recovered"] == 9


def explore_daily(home: AirflowHome, site: Site) -> None:
    home.airflow("variables", "set", "event_recovery", json.dumps(site.settings()))
    found = site.fabric.client("s3").head_object(Bucket=site.bucket, Key="bad/2026/rows.jsonl")
    # By hand a run is given the last whole interval before its date.
    six = found["LastModified"].replace(hour=6, minute=0, second=0)
    day = six if found["LastModified"] < six else six + timedelta(days=1)
    run = home.dag_test("bad_rows_daily", conf={"logical_date": (day + timedelta(minutes=1)).isoformat()})
    assert run.state == "success", run.log[-4000:]
    explored = run.results["explore"]
    assert (explored["rows"], explored["group_count"], explored["compared_with"]) == (3, 1, None)
    assert site.keys("event-recovery/explored/") == [explored[name].split("/", 3)[3] for name in ("page", "json")]
    assert "nothing is new" in run.log


def test_the_daily_dag(home: AirflowHome, site: Site) -> None:
    explore_daily(home, site)


def test_the_sweeper_dag(home: AirflowHome, site: Site) -> None:
    run = home.dag_test("recovery_cluster_sweeper")
    assert run.state == "success", run.log[-4000:]


@pytest.fixture(scope="module")
def oldest(fabric: Fabric, tmp_path_factory: pytest.TempPathFactory) -> AirflowHome:
    home = AirflowHome(tmp_path_factory.mktemp("oldest"), env=fabric.env, python=str(OLDEST))
    home.migrate()
    return home


@on_the_oldest
def test_the_oldest_airflow_knows_the_provider_its_modules_and_its_dags(oldest: AirflowHome) -> None:
    assert oldest.airflow("version").splitlines()[-1] == "3.0.6"
    assert "airflow-provider-event-recovery" in oldest.airflow("providers", "list")
    told = get_provider_info()
    modules = [name for kind in ("operators", "sensors", "triggers") for name in told[kind][0]["python-modules"]]
    oldest.run(str(OLDEST), "-c", f"import {', '.join(modules)}")
    assert {row["dag_id"] for row in oldest.airflow_json("dags", "list")} == EXAMPLES
    assert oldest.airflow_json("dags", "list-import-errors") == []


@on_the_oldest
def test_the_manual_dag_on_the_oldest_airflow(oldest: AirflowHome, site: Site) -> None:
    oldest.airflow("variables", "set", "event_recovery", json.dumps(site.settings("--rows", "8", "--failed-rows", "1")))
    run = oldest.dag_test("event_recovery", conf={"inputdir": "bad", "approval": False})
    assert run.state == "success", run.log[-4000:]
    assert run.results["report"]["recovered"] == 7
    assert alive(site.fabric, f"event-recovery-{run.results['preflight']['run_id']}") == []


@on_the_oldest
def test_the_daily_dag_on_the_oldest_airflow(oldest: AirflowHome, site: Site) -> None:
    explore_daily(oldest, site)


@on_the_oldest
def test_the_single_task_dag_on_the_oldest_airflow(oldest: AirflowHome, site: Site) -> None:
    oldest.airflow("variables", "set", "event_recovery", json.dumps(site.settings("--rows", "9", "--failed-rows", "0")))
    run = oldest.dag_test("event_recovery_single_task", conf={"inputdir": "bad"})
    assert run.state == "success", run.log[-4000:]
    assert run.results["recover"]["recovered"] == 9
