"""An API key that the provider puts where the job reads it stands nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_recovery_provider.exceptions import PreflightError
from event_recovery_provider.operators.trial import RecoveryTrialOperator
from support.provider.run import Run
from support.provider.site import Site

pytestmark = pytest.mark.integration

KEY = "5ecret-0f-th3-sh0p"


def resolver(apikey: str) -> dict[str, Any]:
    http = {"uri": "http://127.0.0.1:9", "apikey": apikey}
    own = {"name": "Shop", "priority": 0, "vendorPrefixes": ["com.acme"], "connection": {"http": http}}
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1"
    return {"schema": schema, "data": {"cacheSize": 5, "repositories": [own]}}


def key_in(document: Any) -> str:
    return str(document["data"]["repositories"][0]["connection"]["http"]["apikey"])


def test_the_key_of_a_connection_stands_in_the_staged_resolver_alone(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_IGLU_SHOP", json.dumps({"conn_type": "generic", "password": KEY}))
    run.preflight(resolver=resolver("airflow-connection:iglu_shop"))
    told = run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    assert told["would_pass"] == 3, "the trial reads the resolver config as it was staged"
    staged = run.plan["resolver"].removeprefix(f"s3://{site.bucket}/")
    assert key_in(site.read(staged)) == KEY
    assert KEY not in json.dumps([run.plan, told, run.ti.xcoms]) + caplog.text
    assert "airflow-connection:iglu_shop" in json.dumps(run.plan["staged"])


def test_a_secret_is_read_by_preflight_and_trial_and_stays_where_it_is(
    site: Site, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    kept = site.fabric.client("secretsmanager").create_secret(Name=run.identity.run_id, SecretString=KEY)
    run.preflight(resolver=resolver(kept["ARN"]))
    run.execute(RecoveryTrialOperator(task_id="trial", plan=run.plan))
    staged = run.plan["resolver"].removeprefix(f"s3://{site.bucket}/")
    assert key_in(site.read(staged)) == kept["ARN"]
    assert KEY not in json.dumps([run.plan, run.ti.xcoms]) + caplog.text


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
