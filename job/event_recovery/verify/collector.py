"""From the bytes of a payload to what its adapter gets, or to the format violations of the payload."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from event_recovery.iglu.uris import SchemaUriError
from event_recovery.text.javauri import UriSyntaxError
from event_recovery.text.thrift import COLLECTOR_PAYLOAD_SCHEMA, CollectorPayload, ThriftError, read_payload
from event_recovery.verify.dialect.formats import is_uuid
from event_recovery.verify.failures import EnrichException, Message, NotCheckable, Violation
from event_recovery.verify.generations import Generation
from event_recovery.verify.jsonreading import read_key
from event_recovery.verify.pairs import Pairs, UnknownCharsetError, python_charset, read_pairs

_PATH: Final = re.compile(r"/?([^/]+)/([^/]+)/?")
_PATH_EXPECTED: Final = "path does not match (/)vendor/version(/) nor is a legacy /i(ce.png) request"
_TRACKER: Final = ("com.snowplowanalytics.snowplow", "tp1")
_SCHEMA: Final = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/CollectorPayload/thrift/1-0-[0-9]+")
_CRITERION: Final = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-*"
_HEX_64: Final = re.compile(r"\+?[0-9a-fA-F]+")
_LONGEST_UUID: Final = 36
_WANTED: Final = re.compile(r"Tried to read ([0-9]+) bytes")
_MOST_BYTES: Final = 100 * 1024 * 1024
_CLOSED: Final = " (This is often indicative of an internal error on the server side. Please check your server logs.)"


class Collected(NamedTuple):
    """A payload that can be read.

    :param pairs: of the querystring, in order
    """

    payload: CollectorPayload
    vendor: str
    version: str
    pairs: Pairs


def read_collected(data: bytes, generation: Generation) -> Collected:
    """Read a payload.

    :raises Violation: with one message for each format violation, every one of which is a bad row
    :raises NotCheckable: when it cannot be looked at
    """
    payload = _read_thrift(data, generation)
    fault = _schema_fault(payload, data, generation)
    if fault is not None:
        raise Violation(_text(fault))
    if payload.encoding is None:
        raise Violation(_text("error deserializing raw event: Null charset name"))
    try:
        charset = python_charset(payload.encoding)
    except UnknownCharsetError as unknown:
        raise Violation(_text(f"error deserializing raw event: {unknown}")) from unknown
    faults: list[Message] = []
    pairs: Pairs = []
    try:
        pairs = read_pairs(payload.querystring, charset)
    except UriSyntaxError as error:
        expectation = f"could not extract name-value pairs from querystring with encoding {payload.encoding}: {error}"
        faults.append(_value("querystring", payload.querystring, expectation))
    target = None
    if payload.path is None:
        faults.append(_value("path", None, "request does not contain a path"))
    else:
        target = _vendor_and_version(payload.path)
        if target is None:
            faults.append(_value("path", payload.path, _PATH_EXPECTED))
    if payload.network_user_id is not None and not is_java_uuid(payload.network_user_id):
        faults.append(_value("networkUserId", payload.network_user_id, "not valid UUID"))
    if faults or target is None:
        raise Violation(*faults)
    vendor, version = target
    return Collected(payload, vendor, version, pairs)


def _text(error: str) -> Message:
    return {"error": error}


def _value(name: str, value: str | None, expectation: str) -> dict[str, Any]:
    return {"payloadField": name, "value": value, "expectation": expectation}


def _read_thrift(data: bytes, generation: Generation) -> CollectorPayload:
    try:
        return read_payload(data)
    except ThriftError as error:
        raise Violation(_text(f"error deserializing raw event: {_thrift_text(str(error), generation)}")) from error


def _thrift_text(text: str, generation: Generation) -> str:
    """Put our words for invalid Thrift into those of Enrich's library."""
    wanted = _WANTED.search(text)
    if wanted and int(wanted[1]) > _MOST_BYTES:
        return "MaxMessageSize reached"
    if wanted:
        return (
            "Reached end of bytes when parsing as thrift format"
            if generation.names_the_end_of_bytes
            else text + _CLOSED
        )
    number = text.rpartition(" ")[2]
    if text.startswith("Unrecognized type"):
        return f"Unrecognized type {(int(number) + 128) % 256 - 128}"
    return f"Negative length: {number}" if text.startswith("Negative size") else text


def _schema_fault(payload: CollectorPayload, data: bytes, generation: Generation) -> str | None:
    """Say what is wrong with the schema that a payload names for itself."""
    if payload.schema == COLLECTOR_PAYLOAD_SCHEMA:
        return None
    mismatch = f"verifying record as {_CRITERION} failed: found {'null' if payload.schema is None else payload.schema}"
    if payload.schema is None:
        if not generation.reads_legacy_payloads:
            return mismatch
        if payload == CollectorPayload() and data[:1] != b"\0":
            raise NotCheckable("a payload of the older struct")
        return 'error deserializing raw event: Cannot read field "data" because "snowplowRawEvent.payload" is null'
    try:
        read_key(payload.schema, generation)
    except SchemaUriError as error:
        return f"could not parse schema: {error.code}"
    except EnrichException as thrown:
        return f"error deserializing raw event: {thrown}"
    return None if _SCHEMA.fullmatch(payload.schema) else mismatch


# The same few paths come with every payload.
@lru_cache(maxsize=1024)
def _vendor_and_version(path: str) -> tuple[str, str] | None:
    match = _PATH.fullmatch(path)
    if match is not None:
        return match[1], match[2]
    return _TRACKER if path == "/i" or path.startswith(("/i?", "/ice.png")) else None


def is_java_uuid(text: str) -> bool:
    """Tell whether Java reads a text as a UUID: five hex numbers of any length, 36 characters together at most."""
    if is_uuid(text):
        return True
    parts = text.split("-")
    return (
        len(text) <= _LONGEST_UUID
        and len(parts) == 5
        and all(_HEX_64.fullmatch(part) and int(part, 16) < 2**63 for part in parts)
    )
