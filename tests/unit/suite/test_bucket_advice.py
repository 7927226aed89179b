"""The lifecycle, the encryption and the policy that the pages advise are what S3 takes, by botocore's own models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator
from event_recovery_provider.results.retention import KEPT

pytestmark = pytest.mark.unit

DOCS = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists()) / "docs"
CALLS = {
    "lifecycle": ("PutBucketLifecycleConfiguration", "LifecycleConfiguration"),
    "encryption": ("PutBucketEncryption", "ServerSideEncryptionConfiguration"),
}
RUNS = "event-recovery/runs/"


def advice(name: str) -> Any:
    return json.loads((DOCS / f"bucket/{name}.json").read_text())


def outside_of_enums(shape: Shape, value: Any) -> Iterator[str]:
    """Find words that are none of those that an operation knows: botocore itself leaves that to the service."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from outside_of_enums(shape.members[name], inner)
    elif shape.type_name == "list":
        for inner in value:
            yield from outside_of_enums(shape.member, inner)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{shape.name}: {value}"


@pytest.mark.parametrize("name", CALLS)
def test_what_is_advised_is_what_the_call_takes(name: str) -> None:
    operation, parameter = CALLS[name]
    model = botocore.session.get_session().get_service_model("s3").operation_model(operation)
    given = {"Bucket": "b", parameter: advice(name)}
    assert model.input_shape is not None
    report = ParamValidator().validate(given, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert list(outside_of_enums(model.input_shape, given)) == []


def test_the_rules_of_the_lifecycle_do_one_thing_each() -> None:
    rules = advice("lifecycle")["Rules"]
    assert len({rule["ID"] for rule in rules}) == len(rules)
    for rule in rules:
        (_,) = rule.keys() - {"ID", "Status", "Filter"}
        assert rule["Filter"]["Prefix"].startswith("event-recovery/")


def test_no_rule_expires_what_later_runs_need() -> None:
    days = [rule["Filter"]["Prefix"] for rule in advice("lifecycle")["Rules"] if "Days" in rule.get("Expiration", {})]
    for prefix in days:
        for kept in (*(f"{RUNS}run/{name}" for name in KEPT), "event-recovery/ledger/entry"):
            assert not kept.startswith(prefix)


def test_the_policy_is_one_of_a_bucket_and_refuses_no_more_than_it_says() -> None:
    policy = advice("policy")
    assert policy.keys() == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    model = botocore.session.get_session().get_service_model("s3").operation_model("PutBucketPolicy")
    assert model.input_shape is not None
    given = {"Bucket": "b", "Policy": json.dumps(policy)}
    assert not ParamValidator().validate(given, model.input_shape).has_errors()
    assert len(given["Policy"]) < 20 * 1024, "S3 takes no more"
    for statement in policy["Statement"]:
        assert statement.keys() == {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Deny", "who may do what is a matter of the roles"
        resources = statement["Resource"]
        assert all(one.startswith("arn:aws:s3:::BUCKET") for one in resources)
    (_, rows) = policy["Statement"]
    assert f"arn:aws:s3:::BUCKET/{RUNS}*" in rows["Resource"]
    assert {name.rpartition("/")[2] for name in rows["Condition"]["ArnNotLike"]["aws:PrincipalArn"]} >= {
        "CALLER_ROLE",
        "INSTANCE_PROFILE_ROLE",
        "MENDER_ROLE",
    }


def test_the_page_names_each_and_what_stays_of_old_runs() -> None:
    page = (DOCS / "personal-data.md").read_text()
    for name in ("lifecycle", "encryption", "policy"):
        assert f"bucket/{name}.json" in page
        assert f"file://{name}.json" in page
    for kept in KEPT:
        assert f"`{kept}" in page
