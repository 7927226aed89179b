"""What the pages on MWAA and on Helm have a reader copy: versions, names and options that are there."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import botocore.session
import pytest
import yaml
from airflow.configuration import conf
from event_recovery.version import __version__
from event_recovery_provider.example_bundle import ExampleDagBundle
from event_recovery_provider.get_provider_info import get_provider_info
from support.readme_blocks import REPOSITORY, Block, block_with, blocks

pytestmark = pytest.mark.integration

WHEEL = f"airflow_provider_event_recovery-{__version__}-py3-none-any.whl"
AIRFLOW = re.compile(r"^apache-airflow==(\S+)$", re.MULTILINE)
NEWEST = AIRFLOW.findall((REPOSITORY / ".ci/constraints.txt").read_text())[0]
OLDEST = AIRFLOW.findall((REPOSITORY / ".ci/oldest.txt").read_text())[0]


def only(language: str) -> Block:
    """The one block of a language."""
    (block,) = (block for block in blocks() if block.language == language)
    return block


def is_option(section: str, option: str) -> bool:
    """Tell whether Airflow, or the provider, has an option."""
    ours = get_provider_info()["config"]
    return option in ours.get(section, {}).get("options", {}) or conf.has_option(section, option)


def test_mwaa_offers_the_version_that_the_page_names() -> None:
    model = botocore.session.get_session().get_service_model("mwaa")
    told = model.shape_for("CreateEnvironmentInput").members["AirflowVersion"].documentation
    offered = sorted(set(re.findall(r"\b3\.\d+\.\d+", told)))
    page = (REPOSITORY / "docs/on-mwaa.md").read_text()
    assert offered == [OLDEST]
    assert f"MWAA offers {OLDEST} alone" in page


def test_the_options_that_mwaa_is_given_are_airflows_and_ours() -> None:
    words = shlex.split(block_with("aws mwaa update-environment").text)
    options: dict[str, Any] = json.loads(words[words.index("--airflow-configuration-options") + 1])
    assert [name for name in options if not is_option(*name.split("."))] == []


def test_the_requirements_are_the_wheel_and_the_constraints_of_that_airflow() -> None:
    constraint, wheel = only("requirements").text.splitlines()
    assert f"/constraints-{OLDEST}/constraints-3.12.txt" in constraint
    assert wheel == f"/usr/local/airflow/plugins/{WHEEL}"


def test_the_image_is_of_the_newest_airflow_and_takes_the_wheel() -> None:
    first, copied, run = only("dockerfile").text.splitlines()
    assert first == f"FROM apache/airflow:{NEWEST}-python3.12"
    assert re.fullmatch(copied.split()[1].replace("*", ".*"), f"dist/{WHEEL}")
    assert run.endswith(copied.split()[1].removeprefix("dist"))


def test_the_values_of_the_chart_are_yaml_with_options_of_airflow() -> None:
    values = yaml.safe_load(only("yaml").text)
    assert values["airflowVersion"] == NEWEST
    assert values["images"]["airflow"]["tag"] == f"{NEWEST}-{__version__}"
    variables = {one["name"]: one["value"] for one in values["env"]}
    assert all(isinstance(value, str) for value in variables.values()), "Kubernetes takes nothing else"
    named = [name.removeprefix("AIRFLOW__").lower().split("__") for name in variables]
    named += [[section, option] for section, options in values["config"].items() for option in options]
    assert [name for name in named if not is_option(*name)] == []
    _, ours = json.loads(variables["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert ours["classpath"] == f"{ExampleDagBundle.__module__}.{ExampleDagBundle.__name__}"
