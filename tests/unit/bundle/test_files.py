"""The files of a bundle keep in line with the contract, the provider, the pom and what development tests."""

from __future__ import annotations

import json
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from event_recovery.bundle.jars import KINESIS, S3
from event_recovery.bundle.wheelhouse import cluster_pins, read_pins
from event_recovery.contract import NAMESPACE, OPERATOR_SCOPE, JobOptions
from event_recovery.contract.flink import FLINK_CONF, HOME, STATSD_PORT, cluster_settings
from event_recovery.flink.settings import flink_settings, unless_given
from event_recovery_provider.planning import flink_job
from support.bundle.node import FILES

pytestmark = pytest.mark.unit

REPOSITORY = Path(__file__).resolve().parents[3]
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)")


def pins(*lines: str) -> dict[str, str]:
    found = [_PIN.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if match is None]
    return {match["name"]: match["version"] for match in found if match}


def test_the_agent_listens_where_flink_reports_and_sends_soon() -> None:
    metrics = json.loads((FILES / "cloudwatch-agent.json").read_text())["metrics"]
    statsd = metrics["metrics_collected"]["statsd"]
    assert metrics["namespace"] == NAMESPACE
    assert statsd["service_address"] == f"127.0.0.1:{STATSD_PORT}"
    assert cluster_settings()["metrics.reporter.statsd.port"] == str(STATSD_PORT)
    assert metrics["force_flush_interval"] <= 10
    assert statsd["metrics_aggregation_interval"] <= 10
    assert "append_dimensions" not in metrics  # it would take the host's place, by which a run knows its series


def test_flink_is_set_up_as_the_provider_sets_it_up() -> None:
    assert json.loads(FLINK_CONF.read_text()) == flink_job.configurations()
    assert cluster_settings()["metrics.scope.operator"] == OPERATOR_SCOPE


def test_no_setting_of_flink_stands_in_two_places() -> None:
    options = JobOptions(inputs=("in",), output="./o", failed="f", unrecoverable="u", config="{}", checkpoint_dir="c")
    assert not cluster_settings().keys() & flink_settings(options).keys()


def test_slots_that_do_not_come_end_the_job_within_ten_minutes() -> None:
    def seconds(text: str) -> int:
        number, unit = text.split()
        return int(number) * {"s": 1, "min": 60}[unit]

    options = JobOptions(inputs=("in",), output="./o", failed="f", unrecoverable="u", config="{}")
    settings = {**flink_settings(options), **cluster_settings()}
    budget = "restart-strategy.failure-rate"
    # So many are survived; one more ends the job.
    failures = int(settings[f"{budget}.max-failures-per-interval"]) + 1
    slot, delay = seconds(settings["slot.request.timeout"]), seconds(settings[f"{budget}.delay"])
    assert failures * slot + (failures - 1) * delay <= 600
    assert (failures - 1) * (slot + delay) < seconds(settings[f"{budget}.failure-rate-interval"])
    assert delay < 30, "Flink gives back a TaskManager that has no work for 30 s"


def test_a_cluster_says_how_long_a_restart_waits_and_one_machine_does_not() -> None:
    delay = "restart-strategy.failure-rate.delay"
    assert unless_given({})[delay] == "5 s"
    assert delay not in unless_given(cluster_settings())
    assert delay not in unless_given({delay: "100 ms"})


def test_scripts_install_where_the_provider_looks() -> None:
    assert f': "${{APP_HOME:={HOME}}}"' in (FILES / "bootstrap.sh").read_text()
    job = flink_job.FlinkJob(arguments=[], checkpoint_dir="s3://b/c")
    assert job.entry == f"{HOME}/job.py"
    assert job.python == f"{HOME}/venv/bin/python"


def test_a_cluster_runs_the_versions_that_development_tests() -> None:
    tested = pins(*re.findall(r"^[a-z0-9-]+==\S+$", (REPOSITORY / ".ci/constraints.txt").read_text(), re.M))
    cluster = pins(*cluster_pins().downloaded, *cluster_pins().built)
    assert cluster.pop("apache-flink") == "1.20.0"  # EMR's own is 1.20.0-amzn-N
    del cluster["pip"]
    assert {name: version for name, version in cluster.items() if tested.get(name) != version} == {}


def test_all_that_the_job_asks_for_is_pinned_but_nothing_of_airflow() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[<>=\[]", line)[0] for line in project["dependencies"]}
    cluster = pins(*cluster_pins().downloaded, *cluster_pins().built)
    assert {name for name in asked if not name.startswith("apache-airflow")} <= set(cluster)
    assert not [name for name in cluster if "airflow" in name]
    wanted = {re.split(r"[<>=]", line)[0] for line in read_pins("requirements.in")}
    assert wanted <= set(cluster)


def test_pip_and_the_build_tool_are_among_the_pins() -> None:
    assert [pin.split("==")[0] for pin in cluster_pins().build_tools] == ["setuptools"]
    assert "pip" in pins(*cluster_pins().downloaded)
    assert cluster_pins().flink == "1.20.0"


def test_jars_are_those_that_development_tests() -> None:
    pom = ET.fromstring((REPOSITORY / "job/jars/pom.xml").read_text())

    def text(node: ET.Element, path: str) -> str:
        value = node.findtext(path)
        assert value
        return value

    found = set()
    for dependency in pom.findall("dependencies/dependency"):
        version = text(dependency, "version").strip("${}")
        group, artifact = text(dependency, "groupId"), text(dependency, "artifactId")
        found.add(f"{group}:{artifact}:{text(pom, f'properties/{version}')}")
    assert found == {KINESIS, S3}
