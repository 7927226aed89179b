"""Every known kind of failure: what is suggested, and that all rows of the mechanical ones pass by the whole config."""

from __future__ import annotations

import json

import pytest
from event_recovery.badrows.types import TYPES_BY_NAME
from event_recovery.config.check import check_config
from event_recovery.explore import key_of
from event_recovery.explore.failures import causes_of
from event_recovery.explore.mends import _as_it_came
from event_recovery.explore.row import read_row
from generator.known import KNOWN
from generator.schemas import SCHEMAS
from support.suggest.kinds import KNOWN_SCHEMAS, Kind, kinds, known_lines, known_suggestions

pytestmark = pytest.mark.unit

#: By what is wrong: what is done about it. Whatever is not here needs a decision or cannot be mended.
MENDED = {
    "com.acme/cart/jsonschema/1-0-9: missing schema": "replaces com.acme/cart/jsonschema/1-0-9 by 1-0-0",
    "com.acme/user/jsonschema/2-1-0: missing schema (a registry gave no answer)": "sends the event again as it came",
    "com.acme/user/jsonschema/2-1-0: invalid schema": "sends the event again as it came",
    "com.acme/cart/jsonschema/1-0-0: property not allowed at $.debug": "deletes debug, which the schema does not allow",
    "com.acme/cart/jsonschema/1-0-0: wrong type at $.total (string, not number)": "casts total from string to number",
    "com.acme/cart/jsonschema/1-0-0: wrong type at $.total (null, not number)": "deletes total where it is null",
    "com.acme/cart/jsonschema/1-0-0: wrong type at $.items[].qty (string, not integer or null)": (
        "casts qty from string to integer"
    ),
    "com.acme/cart/jsonschema/1-0-0: length at $.note (maxLength)": "cuts note to 10 characters",
    "com.acme/cart/jsonschema/1-0-0: wrong schema "
    "(iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-*)": "wraps it as unstruct_event",
    "com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0: length at se_label (atomic_field_length_exceeded)": (
        "cuts se_label to 4096 characters"
    ),
    "com.acme/order/jsonschema/1-0-0: missing property at $.total; "
    "com.acme/order/jsonschema/1-0-0: property not allowed at $.totl": "total is there as totl; renames totl to total",
    "com.acme/order/jsonschema/1-0-0: property not allowed at $.Gift": "renames Gift to gift",
    "com.acme/order/jsonschema/1-0-0: missing property at $.channel": 'sets channel to "web"',
    "com.acme/order/jsonschema/1-0-0: wrong type at $.gift (string, not boolean)": "casts gift from string to boolean",
    "com.acme/order/jsonschema/1-0-0: wrong type at $.code (integer, not string)": "casts code from integer to string",
    "com.acme/order/jsonschema/1-0-0: wrong type at $.quantity (number, not integer)": (
        "casts quantity from number to integer"
    ),
    "com.acme/order/jsonschema/1-0-0: wrong type at $.labels (string, not array)": "casts labels from string to array",
    "com.acme/tp2: invalid value at vendor/version (vendor/version combination is not supported)": (
        "sends them to com.snowplowanalytics.snowplow/tp2"
    ),
    "com.snowplowanalytics.snowplow/tp2: com.snowplowanalytics.snowplow/payload_data/jsonschema/2-0-0: wrong schema "
    "(iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-*)": (
        "replaces com.snowplowanalytics.snowplow/payload_data/jsonschema/2-0-0 by 1-0-4"
    ),
    "com.snowplowanalytics.snowplow/tp2: com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-9: "
    "missing schema": ("replaces com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-9 by 1-0-4"),
    "com.snowplowanalytics.snowplow/tp2: invalid value at contentType (expected application/json, got <value>)": (
        "replaces the content type by application/json"
    ),
    "com.snowplowanalytics.snowplow/tp2: invalid value at contentType (expected one of application/json)": (
        "deletes the content type of requests without a body"
    ),
    "api-request: error (no answer from <url> after <number> ms)": "sends the event again as it came",
    "ip-lookups: invalid value at user_ipaddress (not a valid IP address)": "sends the event again as it came",
    "com.acme/user/jsonschema/2-1-0: wrong type at $.latitude (null, not number)": "sends the event again as it came",
    "javascript-script: error (TypeError: <text> is undefined (line <number>))": "sends the event again as it came",
    "invalid value at querystring (cannot parse <value>)": "sends the event again as it came",
    "error (error deserializing raw event: Unrecognized type <number>)": "sends the event again as it came",
    "schema_violations: no flow for it": "casts total from string to number",
    "fix-total: schema_violations: step failed (Failed to replace in DownField(ue_pr))": (
        "casts total from string to number"
    ),
}
#: Not all of which the Scala job mends, and why.
NOT_PORTABLE = {
    "com.acme/cart/jsonschema/1-0-0: property not allowed at $.debug": "no regex finds any JSON value to its end",
    "com.snowplowanalytics.snowplow/tp2: invalid value at contentType (expected one of application/json)": (
        "nothing of it deletes"
    ),
    "invalid value at querystring (cannot parse <value>)": "it escapes once more what is escaped",
}


@pytest.fixture(scope="module")
def found() -> list[Kind]:
    return kinds()


def test_every_known_kind_is_there(found: list[Kind]) -> None:
    assert len(found) == len(KNOWN) == 65
    assert {one.title for one in found} >= MENDED.keys()


def test_all_rows_of_each_mechanical_kind_pass_by_the_whole_config(found: list[Kind]) -> None:
    assert {one.title: (one.does, one.passes) for one in found if one.verdict == "mended"} == {
        title: (does, 1.0) for title, does in MENDED.items()
    }


def test_no_row_of_any_other_kind_is_said_to_pass(found: list[Kind]) -> None:
    others = [one for one in found if one.title not in MENDED]
    assert {one.passes for one in others} == {0.0}
    recoverable = {name for name, one in TYPES_BY_NAME.items() if one.kind.name not in ("NONE", "NESTED")}
    asked = [one for one in others if one.verdict == "decide"]
    assert {one.type for one in asked} <= recoverable
    assert all(one.does for one in others)


def test_the_portable_config_mends_all_but_what_the_scala_job_cannot(found: list[Kind]) -> None:
    less = {one.title for one in found if one.title in MENDED and one.portable_passes < 1}
    assert less == NOT_PORTABLE.keys()
    assert [one.portable_passes for one in found if one.title not in MENDED] == [0.0] * (len(found) - len(MENDED))


@pytest.mark.parametrize("portable", [False, True])
def test_the_config_is_valid_without_a_warning(*, portable: bool) -> None:
    result = known_suggestions(portable=portable)
    report = check_config(json.dumps(result.config).encode(), None, portable=portable)
    assert report.problems == ()
    assert report.config is not None


def test_a_kind_of_schema_violation_fails_as_it_came_for_its_known_causes_and_no_other() -> None:
    """Or the mend of a fault would be judged by another one."""
    gone = {
        (("missing schema", "", "iglu:com.acme/user/jsonschema/2-1-0", "", "a registry gave no answer"),),
        (("invalid schema", "", "iglu:com.acme/user/jsonschema/2-1-0", "", ""),),
    }
    checked = set()
    for known, line in known_lines():
        if known.type != "schema_violations":
            continue
        payload = _as_it_came().recover(line).payload
        assert payload is not None
        [verdict] = KNOWN_SCHEMAS.verifier.verify(payload)
        if known.wrong in gone:
            assert verdict.outcome == "passes"
            continue
        assert verdict.bad_row_type == known.type
        causes = tuple(tuple(one) for one in causes_of(known.type, verdict.failure, ""))
        # Enrich 6 calls the parameter by the name of its field.
        named = tuple(tuple("ue_pr" if part == "unstruct" else part for part in one) for one in causes)
        if known.wrong[0][0] != "not self-describing":
            assert named == known.wrong, read_row(line).causes
        checked.add(key_of(line).name)
    assert len(checked) > 25


def test_the_schemas_of_generated_events_are_whole() -> None:
    for uri, one in SCHEMAS.items():
        described = one["self"]
        assert uri == f"iglu:{described['vendor']}/{described['name']}/{described['format']}/{described['version']}"
