"""An independent writer of Thrift collector payloads: the binary protocol, for the one struct that is needed.

Written from the protocol alone, without the engine's code, so that tests can compare the two.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

COLLECTOR_PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"

FIELD_IDS = {
    "ipAddress": 100,
    "timestamp": 200,
    "encoding": 210,
    "collector": 220,
    "userAgent": 300,
    "refererUri": 310,
    "path": 320,
    "querystring": 330,
    "body": 340,
    "headers": 350,
    "contentType": 360,
    "hostname": 400,
    "networkUserId": 410,
    "schema": 31337,
}
I64, STRING, LIST, STOP = 0x0A, 0x0B, 0x0F, b"\x00"

FieldValue = str | int | Sequence[str] | None


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">i", len(data)) + data


def field(name: str, value: str | int | Sequence[str]) -> bytes:
    """Encode one field; KeyError names one that is none."""
    number = FIELD_IDS[name]
    match value:
        case int():
            return struct.pack(">bhq", I64, number, value)
        case str():
            return struct.pack(">bh", STRING, number) + _text(value)
        case _:
            return struct.pack(">bhbi", LIST, number, STRING, len(value)) + b"".join(map(_text, value))


def collector_payload(fields: Mapping[str, FieldValue]) -> bytes:
    """Encode the fields (by name; None is left out) in ascending order of id; KeyError names a field that is none."""
    ascending = sorted(fields.items(), key=lambda named: FIELD_IDS[named[0]])
    return b"".join(field(name, value) for name, value in ascending if value is not None) + STOP
