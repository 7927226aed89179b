"""Collector payload format violations: base64 once or twice, Thrift, and querystrings that were never escaped."""

from __future__ import annotations

import pytest
from support.engine.rows import (
    FORMAT_VIOLATION,
    INSTANT,
    Json,
    b64,
    bad_row,
    format_violation,
    message_of,
    recover,
    recovered,
    replace,
    thrift_payload,
)
from support.engine.thrift import Value

pytestmark = pytest.mark.unit

DOUBLY = {"error": "error deserializing raw event: Unrecognized type 67"}


def once(**fields: Value | None) -> Json:
    return format_violation(b64(thrift_payload(**fields)))


def twice(**fields: Value | None) -> Json:
    return format_violation(b64(b64(thrift_payload(**fields))), DOUBLY)


UNCLEAN = {
    "F1-Q38-decoded-once": ("e=pv&page=Hello%20World&x=a+b", "e=pv&page=Hello+World&x=a+b"),
    "F2-Q38-braces": (
        "e={ue}&tv=${js}&pv=[pv !@]&er=(aaa,bbb)",
        "e=%7Bue%7D&tv=%24%7Bjs%7D&pv=%5Bpv+%21%40%5D&er=%28aaa%2Cbbb%29",
    ),
    "F3-Q5-malformed-escape": ("e=pv&x=%zz", "e=pv&x=%25zz"),
    "F3-Q5-lone-percent": ("e=pv&x=100%&y=%4", "e=pv&x=100%25&y=%254"),
    "F4-Q35-name-alone": ("e=pv&b&c=3", "e=pv&b=&c=3"),
    "F5-Q36-duplicates": ("a=1&b=2&a=3", "a=1&b=2&a=3"),
    "F6-Q36-order": ("e=pv&page=P&url=u&aid=a&p=web&tv=js", "e=pv&page=P&url=u&aid=a&p=web&tv=js"),
    "F7-Q34-null": (None, ""),
    "F7-Q34-empty": ("", ""),
    "F7-Q35-no-equals-first": ("b&c=3", "b=&c=3"),
    "Q35-leading-ampersand": ("&a=1", "a=1"),
    "Q37-emoji": ("e=😀", "e=%F0%9F%98%80"),
    "non-ascii": ("e=ü☕", "e=%C3%BC%E2%98%95"),
    "escaped-and-not": ("e=%C3%BC ü", "e=%C3%BC+%C3%BC"),
    "value-with-equals": ("e=a=b==", "e=a%3Db%3D%3D"),
    "names-are-not-decoded": ("a%20b=1", "a%20b=1"),
    "malformed-utf8-escape": ("e=%FF", "e=%EF%BF%BD"),
}


@pytest.mark.parametrize(("given", "written"), UNCLEAN.values(), ids=UNCLEAN)
def test_querystrings_that_were_never_escaped(given: str | None, written: str) -> None:
    assert recovered(once(querystring=given))["querystring"] == written


def test_nothing_but_ampersands() -> None:
    result = recover(once(querystring="&&"))
    assert (result.outcome, result.error) == ("failed", "UnexpectedFieldFormat")
    assert message_of(result) == (
        "Supplied data: && in querystring, does not comply expected data format (k1=v1&k2=v2). Raised error: empty"
    )


def test_q34_a_post_keeps_its_body() -> None:
    fields = recovered(once(querystring=None, body='{"e":"pv"}', contentType="application/json"))
    assert (fields["body"], fields["contentType"], fields["querystring"]) == ('{"e":"pv"}', "application/json", "")


PATHS = {
    "F8-Q39-one-part": ("/i", "/i"),
    "F8-Q39-three-parts": ("/a/b/c", "/a/b/c"),
    "F8-none": (None, "//"),
    "Q39-slash": ("/", "/"),
    "Q39-no-leading-slash": ("a/b", "a/b"),
    "two-parts": ("/v/ver", "/v/ver"),
    "two-parts-and-a-slash": ("/v/ver/", "/v/ver"),
    "two-parts-after-the-first": ("a/b/c", "/b/c"),
    "empty-vendor": ("//ver", "//ver"),
}


@pytest.mark.parametrize(("given", "written"), PATHS.values(), ids=PATHS)
def test_q39_request_paths_are_kept_unless_they_are_vendor_and_version(given: str | None, written: str) -> None:
    assert recovered(once(path=given))["path"] == written


@pytest.mark.parametrize(
    ("given", "vendor", "version", "written"),
    [("/i", "i", "", "/new/"), ("/a/b/c", "", "", "/new/"), ("a/b", "b", "", "/new/"), ("/v/w", "v", "w", "/new/w")],
)
def test_q39_a_step_on_the_vendor_gives_a_new_path(given: str, vendor: str, version: str, written: str) -> None:
    steps = [replace("$.vendor", "new", f"^{vendor}$"), replace("$.version", version, f"^{version}$")]
    assert recovered(once(path=given), *steps)["path"] == written


def test_f9_q39b_doubly_encoded() -> None:
    row = twice(querystring="e=pv&page=Hello%20World&cx=ab==&z=x=y&n&m=")
    assert recovered(row)["querystring"] == "e=pv&page=Hello+World&cx=ab%3D%3D&z=x%3Dy&n=&m="


PLAIN = {
    "blank": ("a=x+y", "a=x+y"),
    "no-name": ("=v", "=v"),
    "nothing-at-all": ("=", "="),
    "empty-pieces": ("&&a=1&&", "a=1"),
    "Q5-malformed-escape": ("a=%zz", "a=%25zz"),
    "none": (None, ""),
}


@pytest.mark.parametrize(("given", "written"), PLAIN.values(), ids=PLAIN)
def test_plain_querystrings(given: str | None, written: str) -> None:
    assert recovered(twice(querystring=given))["querystring"] == written


ROUTES = {
    "exact": ("error deserializing raw event: Unrecognized type 67", True),
    "inside": ("x: error deserializing raw event: Unrecognized type : y", True),
    "other": ("error deserializing raw event: oops", False),
}


@pytest.mark.parametrize(("error", "doubly"), ROUTES.values(), ids=ROUTES)
def test_the_error_tells_how_often_the_payload_is_encoded(error: str, doubly: bool) -> None:
    payload = thrift_payload(body="b")
    row = format_violation(b64(b64(payload)) if doubly else b64(payload), {"error": error})
    assert recovered(row)["body"] == "b"


def test_a_message_about_a_field_means_single_encoding() -> None:
    message = {"payloadField": "body", "value": None, "expectation": DOUBLY["error"]}
    assert recovered(format_violation(b64(thrift_payload(body="b")), message))["body"] == "b"


@pytest.mark.parametrize(
    "field",
    [
        {"payloadField": "x"},
        {"payloadField": 1, "expectation": "y"},
        {"payloadField": "x", "value": 1, "expectation": "y"},
    ],
)
@pytest.mark.parametrize("timestamp", [INSTANT, "undecodable"])
def test_a_message_that_is_not_quite_about_a_field_is_an_error(field: Json, timestamp: str) -> None:
    failure = {"timestamp": timestamp, "loader": "thrift", "message": {**field, **DOUBLY}}
    row = bad_row(FORMAT_VIOLATION, b64(b64(thrift_payload(body="b"))), failure=failure)
    assert recovered(row)["body"] == "b"


THRIFT_REASON = "Failed to properly transform to/from Base64 string: {}. Data is not properly base64-encoded: {}"
UNREADABLE = {
    "F11": (format_violation("!!"), "Base64Failure", THRIFT_REASON.format("!!", "Illegal base64 character 21")),
    "F12": (
        format_violation(b64("hello world")),
        "ThriftFailure",
        "Unable to serialize data to thrift: Unrecognized type 104",
    ),
    "F13-newline": (
        format_violation(b64(thrift_payload()) + "\n"),
        "Base64Failure",
        THRIFT_REASON.format(b64(thrift_payload()) + "\n", "Illegal base64 character a"),
    ),
}


@pytest.mark.parametrize(("row", "error", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_payloads_that_cannot_be_read(row: Json, error: str, message: str) -> None:
    result = recover(row)
    assert (result.outcome, result.error) == ("failed", error)
    assert message_of(result) == message


def test_f10_a_doubly_encoded_message_with_a_single_encoded_payload() -> None:
    result = recover(format_violation(b64(thrift_payload()), DOUBLY))
    assert (result.outcome, result.error) == ("failed", "Base64Failure")


def test_f13_base64_without_padding_and_url_safe() -> None:
    encoded = b64(thrift_payload(body="???>>>"))
    assert set("+/=") & set(encoded) == set("+/=")
    url_safe = encoded.replace("+", "-").replace("/", "_").rstrip("=")
    assert recovered(format_violation(url_safe))["body"] == "???>>>"


def test_fields_of_the_struct() -> None:
    row = once(
        timestamp=0,
        collector=None,
        encoding=None,
        ipAddress=None,
        headers=None,
        networkUserId="1-1-1-1-1",
        schema="iglu:ignored",
    )
    assert recovered(row) == {
        "timestamp": 0,
        "encoding": "",
        "collector": "",
        "path": "/com.acme/v1",
        "querystring": "e=pv",
        "headers": [],
        "networkUserId": "00000001-0001-0001-0001-000000000001",
        "schema": "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0",
    }


@pytest.mark.parametrize("text", ["nope", "", "1-2-3-4", "g-1-1-1-1"])
def test_network_user_ids_that_are_no_uuid_are_dropped(text: str) -> None:
    assert "networkUserId" not in recovered(once(networkUserId=text))


def test_an_empty_struct() -> None:
    assert recovered(format_violation(b64(b"\0")))["path"] == "//"


def test_steps_see_the_payload_inside() -> None:
    assert recovered(once(querystring="e=pv&page=old"), replace("$.querystring.page", "new"))["querystring"] == (
        "e=pv&page=new"
    )
