"""A strict reader and a free writer of Thrift structs, so that the engine is not checked against itself."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TypeAlias

from generator.thrift import FIELD_IDS, I64, LIST, STOP, STRING, field

Value: TypeAlias = "str | int | list[str]"

NAMES = {identifier: name for name, identifier in FIELD_IDS.items()}


def write_struct(fields: Mapping[str, Value]) -> bytes:
    """Write a collector payload with these fields, in the given order."""
    return b"".join(field(name, value) for name, value in fields.items()) + STOP


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
