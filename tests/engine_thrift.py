"""A Thrift struct reader and writer of the tests' own, so that the engine's is not checked against itself."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = "str | int | list[str]"

STRING, I64, LIST = 11, 10, 15
COLLECTOR_PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"

IDS = {
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
NAMES = {identifier: name for name, identifier in IDS.items()}


def text(value: str) -> bytes:
    """Write a string: its length in bytes, then its bytes."""
    data = value.encode()
    return struct.pack(">i", len(data)) + data


def write_struct(fields: Mapping[str, Value]) -> bytes:
    """Write a collector payload with these fields, in the given order."""
    parts = []
    for name, value in fields.items():
        if isinstance(value, str):
            parts.append(struct.pack(">bh", STRING, IDS[name]) + text(value))
        elif isinstance(value, int):
            parts.append(struct.pack(">bhq", I64, IDS[name], value))
        else:
            head = struct.pack(">bhbi", LIST, IDS[name], STRING, len(value))
            parts.append(head + b"".join(map(text, value)))
    return b"".join(parts) + b"\0"


def read_struct(data: bytes) -> dict[str, Value]:
    """Read a collector payload strictly: known fields, ascending ids, valid UTF-8, nothing behind the stop byte."""
    fields: dict[str, Value] = {}
    position = last = 0

    def string(start: int) -> tuple[str, int]:
        (length,) = struct.unpack_from(">i", data, start)
        end = start + 4 + length
        assert length >= 0
        assert end <= len(data)
        return data[start + 4 : end].decode(), end

    while data[position] != 0:
        wire_type, identifier = struct.unpack_from(">bh", data, position)
        assert identifier > last, "field ids do not ascend"
        last, position, name = identifier, position + 3, NAMES[identifier]
        if wire_type == STRING:
            fields[name], position = string(position)
        elif wire_type == I64:
            (fields[name],) = struct.unpack_from(">q", data, position)
            position += 8
        else:
            assert wire_type == LIST
            element_type, count = struct.unpack_from(">bi", data, position)
            assert element_type == STRING
            position, headers = position + 5, []
            for _ in range(count):
                header, position = string(position)
                headers.append(header)
            fields[name] = headers
    assert position + 1 == len(data), "bytes behind the stop byte"
    return fields
