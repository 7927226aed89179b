"""The Thrift binary encoding of a collector payload: the bytes a recovered event is made of."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from librt.strings import BytesWriter, read_i16_be, read_i32_be, read_i64_be, write_i16_be, write_i32_be, write_i64_be
from mypy_extensions import i16, i64

from event_recovery.text.javatext import decode, encode

#: The schema that every collector payload names as its own.
COLLECTOR_PAYLOAD_SCHEMA: Final = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"

# Wire types.
_STOP: Final = 0
_BOOL: Final = 2
_BYTE: Final = 3
_DOUBLE: Final = 4
_I16: Final = 6
_I32: Final = 8
_I64: Final = 10
_STRING: Final = 11
_STRUCT: Final = 12
_MAP: Final = 13
_SET: Final = 14
_LIST: Final = 15

_FIELD_SIZE: Final = 3
_TEXT_HEADER_SIZE: Final = 7
_FIXED_SIZES: Final = {_BOOL: 1, _BYTE: 1, _DOUBLE: 8, _I16: 2, _I32: 4, _I64: 8}
_MAX_NESTING: Final = 64

_OWN_SCHEMA: Final = 31337
_SCHEMA_TEXT: Final = COLLECTOR_PAYLOAD_SCHEMA.encode()
# Every payload ends with its schema.
_ENDING: Final = struct.pack(">bhi", _STRING, _OWN_SCHEMA, len(_SCHEMA_TEXT)) + _SCHEMA_TEXT + bytes((_STOP,))


class ThriftError(ValueError):
    """Bytes that are not a Thrift struct."""


@dataclass(slots=True)
class CollectorPayload:
    """The fields of the Thrift struct; ``None`` means not set. The timestamp is in milliseconds since the epoch."""

    ip_address: str | None = None
    timestamp: int = 0
    encoding: str | None = None
    collector: str | None = None
    user_agent: str | None = None
    referer_uri: str | None = None
    path: str | None = None
    querystring: str | None = None
    body: str | None = None
    headers: list[str] | None = field(default=None)
    content_type: str | None = None
    hostname: str | None = None
    network_user_id: str | None = None
    schema: str | None = None


_FIELDS: Final[dict[int, tuple[str, int]]] = {
    100: ("ip_address", _STRING),
    200: ("timestamp", _I64),
    210: ("encoding", _STRING),
    220: ("collector", _STRING),
    300: ("user_agent", _STRING),
    310: ("referer_uri", _STRING),
    320: ("path", _STRING),
    330: ("querystring", _STRING),
    340: ("body", _STRING),
    350: ("headers", _LIST),
    360: ("content_type", _STRING),
    400: ("hostname", _STRING),
    410: ("network_user_id", _STRING),
    _OWN_SCHEMA: ("schema", _STRING),
}


#: Those of texts.
_TEXTS: Final = {identifier: name for identifier, (name, wire_type) in _FIELDS.items() if wire_type == _STRING}
_HEADERS: Final = 350
_UNKNOWN: Final = ("", -1)


def write_payload(
    *,
    ip_address: str | None,
    timestamp: int,
    encoding: str,
    collector: str,
    user_agent: str | None,
    referer_uri: str | None,
    path: str,
    querystring: bytes,
    body: str | None,
    headers: list[str] | None,
    content_type: str | None,
    hostname: str | None,
    network_user_id: str | None,
) -> bytes:
    """Write the struct, fields in ascending order of their ids, with the collector payload's own schema last.

    :param timestamp: milliseconds since the epoch, a signed 64-bit number
    :param querystring: already form-encoded bytes
    """
    out = BytesWriter()
    _write_text(out, 100, ip_address)
    _write_header(out, _I64, 200)
    write_i64_be(out, timestamp)
    _write_text(out, 210, encoding)
    _write_text(out, 220, collector)
    _write_text(out, 300, user_agent)
    _write_text(out, 310, referer_uri)
    _write_text(out, 320, path)
    _write_header(out, _STRING, 330)
    _write_bytes(out, querystring)
    _write_text(out, 340, body)
    if headers is not None:
        _write_headers(out, headers)
    _write_text(out, 360, content_type)
    _write_text(out, 400, hostname)
    _write_text(out, 410, network_user_id)
    out.write(_ENDING)
    return out.getvalue()


def _write_text(out: BytesWriter, identifier: i16, text: str | None) -> None:
    if text is not None:
        _write_header(out, _STRING, identifier)
        _write_bytes(out, encode(text))


def _write_headers(out: BytesWriter, headers: list[str]) -> None:
    _write_header(out, _LIST, _HEADERS)
    out.append(_STRING)
    write_i32_be(out, len(headers))
    for header in headers:
        _write_bytes(out, encode(header))


def _write_header(out: BytesWriter, wire_type: int, identifier: i16) -> None:
    out.append(wire_type)
    write_i16_be(out, identifier)


def _write_bytes(out: BytesWriter, data: bytes) -> None:
    write_i32_be(out, len(data))
    out.write(data)


def read_payload(data: bytes) -> CollectorPayload:
    """Read a struct; unknown fields, and known ids of another wire type, are skipped.

    :raises ThriftError: when the bytes end early or hold an unknown type
    """
    reader = _Reader(data)
    payload = CollectorPayload()
    position: i64 = 0
    size: i64 = len(data)
    while True:
        # Most fields are texts, whose header and size stand in one place.
        begin: i64 = position + _TEXT_HEADER_SIZE
        if begin <= size and data[position] == _STRING:
            text_name = _TEXTS.get(read_i16_be(data, begin - 6))
            length: int = read_i32_be(data, begin - 4)
            end: i64 = begin + length
            if text_name is not None and begin <= end <= size:
                setattr(payload, text_name, decode(data[begin:end]))
                position = end
                continue
        reader.position = position
        wire_type, identifier = reader.field()
        if wire_type == _STOP:
            return payload
        name, expected = _FIELDS.get(identifier, _UNKNOWN)
        if wire_type != expected:
            reader.skip(wire_type)
        elif wire_type == _STRING:
            setattr(payload, name, reader.string())
        elif wire_type == _I64:
            setattr(payload, name, reader.long())
        else:
            headers = reader.strings()
            if headers is not None:
                setattr(payload, name, headers)
        position = reader.position


def change_headers(payload: bytes, change: Callable[[list[str]], list[str]]) -> bytes:
    """Return a payload, as ``write_payload`` writes it, with other headers; all other bytes stay as they are.

    :param change: makes them of the headers that there are
    """
    reader = _Reader(payload)
    headers: list[str] = []
    start: i64 = 0
    while True:
        start = reader.position
        wire_type, identifier = reader.field()
        if wire_type == _STOP or identifier > _HEADERS:
            reader.position = start
            break
        if identifier == _HEADERS:
            headers = reader.strings() or headers
            break
        reader.skip(wire_type)
    out = BytesWriter()
    out.write(payload[:start])
    _write_headers(out, change(headers))
    out.write(payload[reader.position :])
    return out.getvalue()


class _Reader:
    """A position in bytes that every read moves forward."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position: i64 = 0

    def move(self, size: i64) -> i64:
        """Step over bytes that must all be there, and return where they begin."""
        start = self.position
        if size < 0:
            raise ThriftError(f"Negative size: {size}")
        if size > len(self.data) - start:
            raise ThriftError(
                f"Cannot read. Remote side has closed. Tried to read {size} bytes, "
                f"but only got {len(self.data) - start} bytes.",
            )
        self.position = start + size
        return start

    def field(self) -> tuple[int, int]:
        """Read the wire type and the id of the next field, or the stop byte alone."""
        if self.position < len(self.data) and self.data[self.position] == _STOP:
            self.position += 1
            return _STOP, 0
        start = self.move(_FIELD_SIZE)
        return self.data[start], read_i16_be(self.data, start + 1)

    def byte(self) -> int:
        return self.data[self.move(1)]

    def size(self) -> i64:
        return i64(read_i32_be(self.data, self.move(4)))

    def long(self) -> int:
        return read_i64_be(self.data, self.move(8))

    def string(self) -> str:
        start = self.move(self.size())
        return decode(self.data[start : self.position])

    def strings(self) -> list[str] | None:
        element_type, count = self.byte(), self.size()
        self.check_count(count)
        if element_type == _STRING:
            return [self.string() for _ in range(count)]
        for _ in range(count):
            self.skip(element_type)
        return None

    def check_count(self, count: i64) -> None:
        # Every element takes at least a byte, so a larger count is invalid and would only cost time.
        if not 0 <= count <= len(self.data) - self.position:
            raise ThriftError(f"Impossible number of elements: {count}")

    def skip(self, wire_type: int, depth: int = 0) -> None:
        if depth > _MAX_NESTING:
            raise ThriftError("Maximum skip depth exceeded")
        if wire_type in _FIXED_SIZES:
            self.move(_FIXED_SIZES[wire_type])
        elif wire_type == _STRING:
            self.move(self.size())
        elif wire_type == _STRUCT:
            while (inner := self.field()[0]) != _STOP:
                self.skip(inner, depth + 1)
        elif wire_type in (_SET, _LIST):
            self.skip_elements((self.byte(),), depth)
        elif wire_type == _MAP:
            self.skip_elements((self.byte(), self.byte()), depth)
        else:
            raise ThriftError(f"Unrecognized type {wire_type}")

    def skip_elements(self, types: tuple[int, ...], depth: int) -> None:
        count = self.size()
        self.check_count(count)
        for _ in range(count):
            for element_type in types:
                self.skip(element_type, depth + 1)
