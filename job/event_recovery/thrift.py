"""The Thrift binary encoding of a collector payload: the bytes a recovered event is made of."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from event_recovery.javatext import AS_JAVA

COLLECTOR_PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"

_FIELD_HEADER = struct.Struct(">BH").pack
_READ_FIELD = struct.Struct(">BH").unpack_from
_FIELD_SIZE = 3
_LONG_FIELD = struct.Struct(">Bhq").pack
_LIST_FIELD = struct.Struct(">BhBI").pack
_LENGTH = struct.Struct(">I").pack

_STOP, _BOOL, _BYTE, _DOUBLE, _I16, _I32, _I64, _STRING, _STRUCT, _MAP, _SET, _LIST = (
    0, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15,
)  # fmt: skip
_STOP_BYTE = bytes((_STOP,))
_FIXED_SIZES = {_BOOL: 1, _BYTE: 1, _DOUBLE: 8, _I16: 2, _I32: 4, _I64: 8}
_MAX_NESTING = 64


class ThriftError(ValueError):
    """Bytes are no Thrift struct."""


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


_FIELDS: Mapping[int, tuple[str, int]] = {
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
    31337: ("schema", _STRING),
}


def utf8(text: str) -> bytes:
    """Encode as the JVM does: a lone surrogate becomes a question mark."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _header(identifier: int) -> bytes:
    return _FIELD_HEADER(_STRING, identifier)


_IP_ADDRESS, _ENCODING, _COLLECTOR, _USER_AGENT, _REFERER_URI, _PATH, _QUERYSTRING = map(
    _header,
    (100, 210, 220, 300, 310, 320, 330),
)
_BODY, _CONTENT_TYPE, _HOSTNAME, _NETWORK_USER_ID = map(_header, (340, 360, 400, 410))
_SCHEMA_AND_STOP = b"".join(
    (_header(31337), _LENGTH(len(COLLECTOR_PAYLOAD_SCHEMA)), COLLECTOR_PAYLOAD_SCHEMA.encode(), b"\0"),
)


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
    parts: list[bytes] = []
    _add_strings(parts, ((_IP_ADDRESS, ip_address),))
    parts.append(_LONG_FIELD(_I64, 200, timestamp))
    _add_strings(
        parts,
        (
            (_ENCODING, encoding),
            (_COLLECTOR, collector),
            (_USER_AGENT, user_agent),
            (_REFERER_URI, referer_uri),
            (_PATH, path),
        ),
    )
    parts += (_QUERYSTRING, _LENGTH(len(querystring)), querystring)
    _add_strings(parts, ((_BODY, body),))
    if headers is not None:
        parts.append(_LIST_FIELD(_LIST, 350, _STRING, len(headers)))
        _add_strings(parts, [(b"", header) for header in headers])
    _add_strings(
        parts,
        ((_CONTENT_TYPE, content_type), (_HOSTNAME, hostname), (_NETWORK_USER_ID, network_user_id)),
    )
    parts.append(_SCHEMA_AND_STOP)
    return b"".join(parts)


def _add_strings(parts: list[bytes], fields: Iterable[tuple[bytes, str | None]]) -> None:
    for header, text in fields:
        if text is not None:
            data = utf8(text)
            parts += (header, _LENGTH(len(data)), data)


def read_payload(data: bytes) -> CollectorPayload:
    """Read a struct; unknown fields, and known ids of another wire type, are skipped.

    :raises ThriftError: when the bytes end early or hold an unknown type.
    """
    reader = _Reader(data)
    fields: dict[str, str | int | list[str]] = {}
    while True:
        wire_type, identifier = reader.field()
        if wire_type == _STOP:
            return CollectorPayload(**fields)  # type: ignore[arg-type]
        name, expected = _FIELDS.get(identifier, ("", None))
        if wire_type != expected:
            reader.skip(wire_type)
        elif wire_type == _STRING:
            fields[name] = reader.string()
        elif wire_type == _I64:
            fields[name] = int.from_bytes(reader.take(8), signed=True)
        else:
            headers = reader.strings()
            if headers is not None:
                fields[name] = headers


class _Reader:
    """A position in bytes that every read moves forward."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, size: int) -> bytes:
        if size < 0:
            raise ThriftError(f"Negative size: {size}")
        end = self.position + size
        if end > len(self.data):
            raise ThriftError(
                f"Cannot read. Remote side has closed. Tried to read {size} bytes, "
                f"but only got {len(self.data) - self.position} bytes.",
            )
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def field(self) -> tuple[int, int]:
        """Read the wire type and the id of the next field, or the stop byte alone."""
        start = self.position
        if self.data[start : start + 1] == _STOP_BYTE:
            self.position += 1
            return _STOP, 0
        self.take(_FIELD_SIZE)
        return _READ_FIELD(self.data, start)

    def byte(self) -> int:
        return self.take(1)[0]

    def size(self) -> int:
        return int.from_bytes(self.take(4), signed=True)

    def string(self) -> str:
        start = self.position + 4
        end = start + int.from_bytes(self.data[self.position : start], signed=True)
        if not start <= end <= len(self.data):
            return self.take(self.size()).decode()  # tells what is wrong
        self.position = end
        return self.data[start:end].decode("utf-8", AS_JAVA)

    def strings(self) -> list[str] | None:
        element_type, count = self.byte(), self.size()
        self.check_count(count)
        if element_type == _STRING:
            return [self.string() for _ in range(count)]
        for _ in range(count):
            self.skip(element_type)
        return None

    def check_count(self, count: int) -> None:
        # Every element takes at least a byte, so a larger count is a lie that would only cost time.
        if not 0 <= count <= len(self.data) - self.position:
            raise ThriftError(f"Impossible number of elements: {count}")

    def skip(self, wire_type: int, depth: int = 0) -> None:
        if depth > _MAX_NESTING:
            raise ThriftError("Maximum skip depth exceeded")
        if wire_type in _FIXED_SIZES:
            self.take(_FIXED_SIZES[wire_type])
        elif wire_type == _STRING:
            self.take(self.size())
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
