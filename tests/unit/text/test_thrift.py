"""The Thrift struct: written in order, read with tolerance, and never to be fooled by sizes."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from event_recovery.text.thrift import CollectorPayload, ThriftError, read_payload, write_payload
from generator.thrift import COLLECTOR_PAYLOAD_SCHEMA
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.rows import thrift_payload
from support.engine.thrift import Value, read_struct, write_struct

pytestmark = pytest.mark.unit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OPTIONAL = st.none() | TEXT
FIELDS = st.fixed_dictionaries(
    {
        "ip_address": OPTIONAL,
        "timestamp": st.integers(-(2**63), 2**63 - 1),
        "encoding": TEXT,
        "collector": TEXT,
        "user_agent": OPTIONAL,
        "referer_uri": OPTIONAL,
        "path": TEXT,
        "querystring": TEXT.map(str.encode),
        "body": OPTIONAL,
        "headers": st.none() | st.lists(TEXT),
        "content_type": OPTIONAL,
        "hostname": OPTIONAL,
        "network_user_id": OPTIONAL,
    },
)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


@settings(deadline=None)
@given(FIELDS)
def test_what_is_written_reads_back(fields: dict[str, Any]) -> None:
    data = write_payload(**fields)
    expected = fields | {"querystring": fields["querystring"].decode(), "schema": COLLECTOR_PAYLOAD_SCHEMA}
    assert read_payload(data) == CollectorPayload(**expected)
    assert read_struct(data) == {camel(name): value for name, value in expected.items() if value is not None}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["ipAddress", "body", "path"]), TEXT), st.binary(max_size=8))
def test_any_order_and_any_rest(fields: dict[str, Value], rest: bytes) -> None:
    read = read_payload(write_struct(fields) + rest)
    assert (read.ip_address, read.body, read.path) == tuple(map(fields.get, ("ipAddress", "body", "path")))


def test_a_lone_stop_byte_is_an_empty_struct() -> None:
    assert read_payload(b"\0") == CollectorPayload()


def field(wire_type: int, identifier: int, value: bytes) -> bytes:
    return struct.pack(">bh", wire_type, identifier) + value


def text(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


UNKNOWN = {
    "bool": field(2, 7, b"\1"),
    "byte": field(3, 7, b"\1"),
    "double": field(4, 7, b"\1" * 8),
    "i16": field(6, 7, b"\1" * 2),
    "i32": field(8, 7, b"\1" * 4),
    "i64": field(10, 7, b"\1" * 8),
    "string": field(11, 7, text(b"abc")),
    "struct": field(12, 7, field(11, 1, text(b"x")) + b"\0"),
    "map": field(13, 7, b"\x0b\x08" + struct.pack(">i", 1) + text(b"k") + b"\0" * 4),
    "set": field(14, 7, b"\x03" + struct.pack(">i", 2) + b"ab"),
    "list": field(15, 7, b"\x0b" + struct.pack(">i", 2) + text(b"a") + text(b"b")),
    "known-id-of-another-type": field(8, 340, b"\1" * 4),
    "headers-of-numbers": field(15, 350, b"\x08" + struct.pack(">i", 1) + b"\1" * 4),
    "negative-id": field(2, -1, b"\1"),
}


@pytest.mark.parametrize("extra", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_fields_are_skipped(extra: bytes) -> None:
    assert read_payload(extra + write_struct({"path": "/a/b"})) == CollectorPayload(path="/a/b")


def test_malformed_utf8_becomes_replacement_characters() -> None:
    assert read_payload(field(11, 340, text(b"a\xffb")) + b"\0").body == "a\ufffdb"


@pytest.mark.parametrize("length", range(len(thrift_payload(headers=["H: 1"]))))
def test_truncated_bytes_are_refused(length: int) -> None:
    with pytest.raises(ThriftError):
        read_payload(thrift_payload(headers=["H: 1"])[:length])


HUGE = struct.pack(">i", 2**31 - 1)
HOSTILE = {
    "huge-string": field(11, 340, HUGE),
    "negative-string": field(11, 340, struct.pack(">i", -1)),
    "huge-list": field(15, 350, b"\x0b" + HUGE),
    "negative-list": field(15, 350, b"\x0b" + struct.pack(">i", -1)),
    "huge-unknown-list": field(15, 7, b"\x0c" + HUGE + b"\0" * 100),
    "huge-map": field(13, 7, b"\x0b\x0b" + HUGE),
    "negative-set": field(14, 7, b"\x0b" + struct.pack(">i", -5)),
    "deep-structs": (b"\x0c\0\1" * 100_000),
    "deep-lists": field(15, 7, (b"\x0f" + struct.pack(">i", 1)) * 100_000),
    "unknown-type": field(99, 1, b""),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ThriftError):
        read_payload(data + b"\0")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ThriftError):
        assert isinstance(read_payload(data), CollectorPayload)


def test_the_message_for_an_unknown_type() -> None:
    with pytest.raises(ThriftError, match=r"^Unrecognized type 104$"):
        read_payload(b"hello world")
