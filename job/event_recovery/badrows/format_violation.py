"""Collector payload format violations: from the base64 text they carry to a ``COLLECTOR_PAYLOAD``.

The payload is base64 of Thrift bytes, and base64 twice when the loader could not even deserialise it. Querystrings that
hold characters which should have been escaped are the main cause of such rows, so they are read leniently.
"""

from __future__ import annotations

import re
from typing import Any, Final

from event_recovery.badrows.decoders import DecodeError, is_plain_uuid
from event_recovery.badrows.failures import CP_FORMAT_MESSAGE
from event_recovery.badrows.querystring import read_pairs
from event_recovery.badrows.structs import COLLECTOR_PAYLOAD
from event_recovery.errors import Base64Failure, ThriftFailure, UnexpectedFieldFormat
from event_recovery.text import base64text, javatext, thrift
from event_recovery.text.jsontext import Json
from event_recovery.text.timestamps import print_millis

_DOUBLY_ENCODED: Final = re.compile(r"error deserializing raw event: Unrecognized type [0-9]*")
_JAVA_UUID: Final = re.compile("-".join(["([0-9a-fA-F]{1,16})"] * 5))


def read_collector_payload(payload: str, *, doubly_encoded: bool) -> tuple[Any, str | None]:
    """Read the payload of a collector payload format violation.

    :param doubly_encoded: what ``is_doubly_encoded`` says of the row
    :returns: a ``COLLECTOR_PAYLOAD``, and the request path it came with when vendor and version cannot express it
    :raises Base64Failure: when it is not base64
    :raises ThriftFailure: when its bytes are not a Thrift struct
    :raises UnexpectedFieldFormat: when its querystring has no pair
    """
    data = _base64(payload)
    if doubly_encoded:
        data = _base64(javatext.decode(data))
    try:
        struct = thrift.read_payload(data)
    except thrift.ThriftError as error:
        raise ThriftFailure(str(error)) from None
    querystring = struct.querystring or ""
    pairs = read_pairs(querystring, intact=doubly_encoded)
    if querystring and not pairs:
        raise UnexpectedFieldFormat(data=querystring, reason="empty")
    parts = _path_parts(struct.path or "")
    vendor, version = (*parts, "", "")[:2] if len(parts) <= 2 else ("", "")
    read = COLLECTOR_PAYLOAD(
        vendor=vendor,
        version=version,
        querystring=pairs,
        contentType=struct.content_type,
        body=struct.body,
        collector=struct.collector or "",
        encoding=struct.encoding or "",
        hostname=struct.hostname,
        timestamp=print_millis(struct.timestamp) if struct.timestamp else None,
        ipAddress=struct.ip_address,
        useragent=struct.user_agent,
        refererUri=struct.referer_uri,
        headers=struct.headers or [],
        networkUserId=_uuid(struct.network_user_id),
    )
    return read, None if len(parts) == 2 else struct.path


def is_doubly_encoded(failure: Json) -> bool:
    """Tell whether a row's failure says that its payload is base64 twice.

    The message is read as the row's own decoder reads it, because the failure may not be decoded yet.
    """
    try:
        message = CP_FORMAT_MESSAGE(failure.get("message") if type(failure) is dict else None, None)
    except DecodeError:
        return False
    return "error" in message and _DOUBLY_ENCODED.search(message["error"]) is not None


def _base64(text: str) -> bytes:
    try:
        return base64text.decode(text)
    except base64text.Base64Error as error:
        raise Base64Failure(data=text, reason=str(error)) from None


def _path_parts(path: str) -> list[str]:
    """Split ``/vendor/version`` as the JVM does, without empty parts at the end, and drop what comes first."""
    return path.rstrip("/").split("/")[1:]


def _uuid(text: str | None) -> str | None:
    """Read a UUID as leniently as the JVM does: each group is cut to its low bits."""
    if text and is_plain_uuid(text):
        return text.lower()
    match = _JAVA_UUID.fullmatch(text or "")
    if match is None:
        return None
    widths = (8, 4, 4, 4, 12)
    groups = (int(group, 16) % 16**width for group, width in zip(match.groups(), widths, strict=True))
    return "-".join(f"{group:0{width}x}" for group, width in zip(groups, widths, strict=True))
