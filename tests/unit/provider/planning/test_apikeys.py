"""No API key of a registry stands where Airflow keeps or shows what a run was told."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.apikeys import secrets_of, with_connections
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import make_plan
from event_recovery_provider.planning.settings import parse

pytestmark = pytest.mark.unit

KEY = "5ecret-0f-th3-sh0p"
ARN = "arn:aws:ssm:eu-west-1:123456789012:parameter/iglu/apikey"
GIVEN = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "r", "role": "x", "version": "1", "config": "{}"}


def resolver(apikey: str) -> dict[str, Any]:
    http = {"uri": "https://iglu.acme.com", "apikey": apikey}
    own = {"name": "Shop", "priority": 0, "vendorPrefixes": ["com.acme"], "connection": {"http": http}}
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1"
    return {"schema": schema, "data": {"cacheSize": 5, "repositories": [own]}}


def as_base64(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


FORMS = {
    "object": resolver(KEY),
    "JSON": json.dumps(resolver(KEY), indent=2),
    "base64": as_base64(resolver(KEY)),
}


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
def test_a_key_in_the_settings_is_refused_and_not_shown(given: Any) -> None:
    for settings in ({"resolver": given}, {"job_arguments": ["--resolver", given]}):
        if isinstance(given, dict) and "job_arguments" in settings:
            continue
        with pytest.raises(SettingsError, match=r"an API key stands in it as it is.*arn:aws:secretsmanager") as refused:
            parse({**GIVEN, **settings})
        assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"resolver": 7, "config": {"apikey": KEY}, "interval": "x"},
        {"resolver": {"apikey": KEY}, "interval": "x"},
        {"cluster": json.dumps({"apikey": KEY})},
    ],
)
def test_no_error_about_settings_shows_a_key(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as refused:
        parse({**GIVEN, **settings})
    assert KEY not in str(refused.value)
    with pytest.raises(SettingsError) as refused:
        parse(GIVEN, defaults=json.dumps({"resolver": {"apikey": KEY}})[:-1])
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("given", FORMS.values(), ids=FORMS)
def test_what_must_not_be_shown_is_found_in_whatever_form_it_came(given: Any) -> None:
    expected = {KEY, given} if given == FORMS["base64"] else {KEY}
    for told in (given, {"resolver": given}, [None, {"resolver": given}], json.dumps({"resolver": given})):
        assert set(secrets_of(told)) == expected
    assert KEY in set(secrets_of(json.dumps({"resolver": FORMS["JSON"]})[:-1])), "JSON that is cut off"


def test_what_says_where_a_key_is_may_be_shown() -> None:
    for reference in (ARN, "airflow-connection:iglu"):
        settings = parse({**GIVEN, "resolver": resolver(reference)})
        assert list(secrets_of({"resolver": settings.resolver})) == []
        plan = make_plan(settings, RunIdentity("dag", "run"))
        assert reference in plan.staged[plan.resolver]


def test_the_password_of_a_connection_takes_the_place_of_its_name() -> None:
    text = json.dumps(resolver("airflow-connection:iglu"))
    assert json.loads(with_connections(text, {"iglu": KEY}.get)) == resolver(KEY)
    assert with_connections(json.dumps(resolver(ARN)), {}.get) == json.dumps(resolver(ARN))
    with pytest.raises(
        ValueError, match=r"^airflow-connection:iglu: Airflow has no such connection, or it has no pass"
    ):
        with_connections(text, {}.get)
