"""Malformed UTF-8 as the JVM decodes it, wherever the engine reads what the reference would have decoded."""

from __future__ import annotations

import base64

import pytest
from event_recovery.text import javatext
from support.engine.rows import (
    ADAPTER,
    bad_row,
    collector_payload,
    format_violation,
    line_of,
    pairs,
    recovered,
    replace,
)
from support.engine.rows import thrift_payload as struct_of

pytestmark = pytest.mark.unit

# What Java 17 makes of these bytes, by new String, InputStreamReader and URLDecoder alike.
FAULTS = {
    "ed a0 bd ed b8 80": "\ufffd\ufffd",
    "ed a0 80": "\ufffd",
    "ed bf bf 41": "\ufffdA",
    "ed a0": "\ufffd",
    "ed a0 41": "\ufffdA",
    "ed a0 c3 a9": "\ufffdé",
    "ed a0 ed a0": "\ufffd\ufffd",
    "ed 9f bf": "\ud7ff",
    "ed 41": "\ufffdA",
    "ed c0": "\ufffd\ufffd",
    "ee 80": "\ufffd",
    "f0 9f 98": "\ufffd",
    "f0 80 80 80": "\ufffd" * 4,
    "f4 90 80 80": "\ufffd" * 4,
    "e0 80 80": "\ufffd" * 3,
    "c0 80": "\ufffd\ufffd",
    "80 bf ff": "\ufffd" * 3,
}
SURROGATES = bytes.fromhex("ed a0 bd ed b8 80")


@pytest.mark.parametrize(("data", "text"), FAULTS.items(), ids=FAULTS)
def test_malformed_bytes_are_as_many_faults_as_in_java(data: str, text: str) -> None:
    assert javatext.decode(bytes.fromhex(data)) == text


def test_q52_encoded_surrogates_in_a_line() -> None:
    line = line_of(bad_row(ADAPTER, collector_payload(body="@"))).replace(b'"@"', b'"%b"' % SURROGATES)
    assert recovered(line)["body"] == "\ufffd\ufffd"


def test_q52_encoded_surrogates_in_a_struct() -> None:
    payload = struct_of(body="@@@@@@").replace(b"@@@@@@", SURROGATES)
    assert recovered(format_violation(base64.b64encode(payload).decode()))["body"] == "\ufffd\ufffd"


def test_q52_encoded_surrogates_in_a_querystring() -> None:
    escaped = "".join(f"%{byte:02X}" for byte in SURROGATES)
    row = format_violation(base64.b64encode(struct_of(querystring=f"e={escaped}")).decode())
    assert recovered(row)["querystring"] == "e=" + "%EF%BF%BD" * 2


def test_q52_encoded_surrogates_in_base64() -> None:
    coded = base64.b64encode(b'{"a":"%b","b":1}' % SURROGATES).decode()
    fields = recovered(
        bad_row(ADAPTER, collector_payload(querystring=pairs(("cx", coded)))), replace("$.querystring.cx.b", 2)
    )
    mended = base64.b64encode('{"a":"\ufffd\ufffd","b":2}'.encode()).decode().replace("=", "%3D").replace("/", "%2F")
    assert fields["querystring"] == f"cx={mended}".replace("+", "%2B")
