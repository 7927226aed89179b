"""An API key that the provider puts where the job reads it stands nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery_provider.exceptions import PreflightError
from event_recovery_provider.operators.trial import RecoveryTrialOperator
from support.leaks import APIKEY, CONNECTION
from support.provider.run import Run
from support.provider.site import RESOLVER, Site

pytestmark = pytest.mark.integration


def resolver(apikey: str) -> Any:
    return json.loads(json.dumps(RESOLVER).replace(CONNECTION, apikey))


def key_in(document: Any) -> str:
    return str(document["data"]["repositories"][0]["connection"]["http"]["apikey"])


def test_the_key_of_a_connection_stands_in_the_staged_resolver_alone(site: Site, run: Run) -> None:
    run.preflight()
    told = run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    assert told["would_pass"] == 3, "the trial reads the resolver config as it was staged"
    staged = run.plan["resolver"].removeprefix(f"s3://{site.bucket}/")
    assert key_in(site.read(staged)) == APIKEY
    assert CONNECTION in json.dumps(run.plan["staged"])
    assert APIKEY not in json.dumps(told)


def test_a_secret_is_read_by_preflight_and_trial_and_stays_where_it_is(site: Site, run: Run) -> None:
    kept = site.fabric.client("secretsmanager").create_secret(Name=run.identity.run_id, SecretString=APIKEY)
    run.preflight(resolver=resolver(kept["ARN"]))
    run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    staged = run.plan["resolver"].removeprefix(f"s3://{site.bucket}/")
    assert key_in(site.read(staged)) == kept["ARN"]


def test_each_write_of_the_provider_names_the_key_of_the_bucket_policy(site: Site, run: Run) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/0f0e4d0c-8b0a-4908-8706-000000000001"
    run.preflight(kms_key=key)
    run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    written = [one for one in site.keys("event-recovery/") if not one.startswith("event-recovery/bundles/")]
    assert {one.rpartition("/")[2] for one in written} >= {
        "config.json",
        "resolver.json",
        "inputs.jsonl.gz",
        "trial.html",
    }
    s3 = site.fabric.client("s3")
    heads = [s3.head_object(Bucket=site.bucket, Key=one) for one in written]
    assert {(head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")) for head in heads} == {("aws:kms", key)}
    properties = run.plan["job_flow"]["Configurations"][0]["Properties"]
    assert (properties["s3.encryption.algorithm"], properties["s3.encryption.key"]) == ("SSE-KMS", key)
    assert run.plan["job"]["arguments"][-6:-4] == ["--kms-key", key] or key in run.plan["job"]["arguments"]


@pytest.mark.parametrize(
    ("apikey", "told"),
    [
        ("airflow-connection:none", "resolver: airflow-connection:none: Airflow has no such connection"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/none", "parameter/none: ParameterNotFound"),
    ],
)
def test_a_key_that_is_not_there_is_a_problem_of_the_preflight(site: Site, run: Run, apikey: str, told: str) -> None:
    with pytest.raises(PreflightError) as refused:
        run.preflight(resolver=resolver(apikey))
    assert told in str(refused.value)
