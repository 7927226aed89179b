"""API keys that a resolver config names by where they are kept, read from the local AWS by all who read them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from event_recovery import ConfigError
from event_recovery.iglu.apikeys import read_apikey
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.resolver_config import load_resolver
from localaws.fabric import Fabric
from support.engine.rows import config, flow

pytestmark = pytest.mark.integration

KEY = "5ecret-0f-th3-sh0p"

Keep = Callable[[str], str]


@pytest.fixture
def secret(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> Keep:
    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)

    def keep(value: str) -> str:
        kept = fabric.client("secretsmanager").create_secret(Name=f"iglu/{uuid4().hex}", SecretString=value)
        return str(kept["ARN"])

    return keep


@pytest.fixture
def parameter(fabric: Fabric, secret: Keep) -> Keep:
    def keep(value: str) -> str:
        name = f"/iglu/{uuid4().hex}"
        fabric.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        return f"arn:aws:ssm:us-east-1:123456789012:parameter{name}"

    return keep


def resolver(apikey: str) -> bytes:
    http = {"uri": "http://127.0.0.1:9", "apikey": apikey}
    own = {"name": "Shop", "priority": 0, "vendorPrefixes": ["com.acme"], "connection": {"http": http}}
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1"
    return json.dumps({"schema": schema, "data": {"cacheSize": 5, "repositories": [own]}}).encode()


def key_of(content: bytes, **how: Any) -> str | None:
    registry = load_resolver(content, **how).registries[0]
    assert isinstance(registry, HttpRegistry)
    return registry.apikey


@pytest.mark.parametrize("text", [KEY, f"{KEY}\n", json.dumps({"apikey": KEY})], ids=["plain", "line", "object"])
def test_a_key_is_read_from_a_secret_and_from_a_parameter(text: str, secret: Keep, parameter: Keep) -> None:
    assert key_of(resolver(secret(text))) == KEY
    assert key_of(resolver(parameter(text))) == KEY


def test_the_client_is_of_the_region_that_the_arn_names(fabric: Fabric, parameter: Keep) -> None:
    asked = []

    def client_of(service: str, region: str) -> Any:
        asked.append((service, region))
        return fabric.client(service)

    assert key_of(resolver(parameter(KEY)), client_of=client_of) == KEY
    assert asked == [("ssm", "us-east-1")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"key": "5ecret-0f-th3-sh0p"}', "expected the key as text, or a JSON object that has it as 'apikey'"),
        ('{"apikey": "5ecret', "expected the key as text, or a JSON object that has it as 'apikey'"),
        ('{"apikey": 5}', "is empty, expected the key as text"),
        ("  ", "is empty, expected the key as text"),
    ],
    ids=["another name", "no JSON", "a number", "blank"],
)
def test_a_refusal_names_the_arn_and_not_the_value(text: str, told: str, secret: Keep) -> None:
    arn = secret(text)
    with pytest.raises(ConfigError) as refused:
        load_resolver(resolver(arn))
    assert str(refused.value) == f"$.data.repositories[0].connection.http.apikey: {arn}: {told}"
    assert "5ecret" not in str(refused.value)


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:gone", "ResourceNotFoundException, Secrets Manager"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/gone", "ParameterNotFound, "),
        ("arn:aws:s3:::bucket/key", "expected arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME or arn:aws:ssm:"),
        ("airflow-connection:iglu", "only Airflow can look there, and only in what is given in place"),
    ],
)
def test_what_is_not_there_is_named(arn: str, told: str, secret: Keep) -> None:
    with pytest.raises(ConfigError) as refused:
        load_resolver(resolver(arn))
    assert f"{arn}: {told}" in str(refused.value)


def test_a_key_that_stands_in_the_config_is_taken_as_it_is() -> None:
    assert read_apikey(KEY) == KEY


def test_the_command_line_reads_it_as_the_job_does(secret: Keep) -> None:
    command = [
        sys.executable,
        "-c",
        "from event_recovery.cli import main; main()",
        "validate",
        json.dumps(config(flow())),
        "--resolver",
    ]
    for text, code, told in ((KEY, 0, "matches no row"), ("{", 2, "expected the key as text")):
        done = subprocess.run(
            [*command, resolver(secret(text)).decode()], capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done.stderr
