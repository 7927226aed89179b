"""A release without the job's Flink, and an instance type that EMR has not, are found before a cluster is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery_provider.checks.release import check_label, check_types
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

GROUPS = {"InstanceGroups": [{"InstanceType": "m5.xlarge"}, {"InstanceType": "r5.xlarge"}]}
FLEETS = {"InstanceFleets": [{"InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}, {"InstanceType": "r5.xlarge"}]}]}


def types(*names: str, marker: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = {"SupportedInstanceTypes": [{"Type": name} for name in names]}
    return {**answer, "Marker": marker} if marker else answer


@pytest.mark.parametrize("label", ["emr-7.6.0", "emr-7.13.0", "emr-7.14.0", "emr-7.14.1"])
def test_releases_with_the_flink_of_the_job_are_taken(label: str) -> None:
    assert check_label(label) == ([], [])


@pytest.mark.parametrize("label", ["emr-7.5.0", "emr-6.15.0", "7.13.0", "emr-7.13", "emr-7.x.0", "", None])
def test_other_releases_are_refused(label: str | None) -> None:
    (problem,), warnings = check_label(label)
    assert problem.startswith("release_label: ")
    assert warnings == []


@pytest.mark.parametrize("label", ["emr-7.15.0", "emr-8.0.0"])
def test_later_releases_are_taken_with_a_warning(label: str) -> None:
    problems, (warning,) = check_label(label)
    assert problems == []
    assert warning == f"release_label: {label} is not known to have Flink 1.20, which the job needs"


@pytest.mark.parametrize("instances", [GROUPS, FLEETS])
def test_emr_is_asked_no_further_than_to_the_last_type(instances: dict[str, Any]) -> None:
    answers = [types("m5.xlarge", marker="2"), types("r5.xlarge", marker="3")]
    found, calls = talk(check_types("emr-7.13.0", instances), answers)
    assert found == ([], [])
    assert [call.arguments for call in calls] == [
        {"ReleaseLabel": "emr-7.13.0"},
        {"ReleaseLabel": "emr-7.13.0", "Marker": "2"},
    ]


def test_a_type_that_is_on_no_page_is_refused() -> None:
    (problems, warnings), _ = talk(check_types("emr-7.13.0", GROUPS), [types("r5.xlarge", marker="2"), types("x")])
    assert problems == ["emr-7.13.0 has no instance type m5.xlarge in this region"]
    assert warnings == []


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_without_an_answer_there_is_no_verdict(code: str) -> None:
    (problems, (warning,)), _ = talk(check_types("emr-7.13.0", GROUPS), [refused(code)])
    assert problems == []
    assert warning.startswith("the instance types were not checked: ")
    assert code in warning
