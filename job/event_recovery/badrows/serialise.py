"""From a recovered payload to the bytes of its Thrift collector payload."""

from __future__ import annotations

from typing import Any, Final

from msgspec import to_builtins
from msgspec.structs import astuple

from event_recovery.badrows.form_encoding import encode_pairs
from event_recovery.badrows.structs import Pair
from event_recovery.errors import UncoerciblePayload
from event_recovery.iglu import uris
from event_recovery.text import javatext
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces, parse
from event_recovery.text.thrift import read_payload, write_payload
from event_recovery.text.timestamps import normal_millis

#: The vendors of the webhooks whose events are sent again in another form.
IGLU_VENDOR: Final = "com.snowplowanalytics.iglu"
SENDGRID_VENDOR: Final = "com.sendgrid"


def coerce_collector_payload(payload: Any, original_path: str | None = None) -> bytes:
    """Serialise a payload of the type ``COLLECTOR_PAYLOAD``.

    :param original_path: the path to keep instead of ``/vendor/version``, for a payload that came with its own
    """
    # All at once, in the order of the type: to look one up by its name takes 160 instructions.
    (
        vendor,
        version,
        pairs,
        content_type,
        body,
        collector,
        encoding,
        hostname,
        timestamp,
        ip_address,
        user_agent,
        referer_uri,
        headers,
        network_user_id,
    ) = astuple(payload)
    return write_payload(
        ip_address=ip_address,
        timestamp=_millis(timestamp),
        encoding=encoding,
        collector=collector,
        user_agent=user_agent,
        referer_uri=referer_uri,
        path=original_path or f"/{vendor}/{version}",
        querystring=encode_pairs(pairs),
        body=body,
        headers=headers,
        content_type=content_type,
        hostname=hostname,
        network_user_id=network_user_id,
    )


def coerce_raw_event(raw: Any) -> bytes:
    """Serialise a ``RAW_EVENT``; headers and content type are not sent again.

    :raises UncoerciblePayload: for an Iglu or SendGrid webhook event without a usable ``ue_pr``
    """
    (
        vendor,
        version,
        pairs,
        _content_type,
        collector,
        encoding,
        hostname,
        timestamp,
        ip_address,
        user_agent,
        referer_uri,
        _headers,
        user_id,
    ) = astuple(raw)
    if vendor in (IGLU_VENDOR, SENDGRID_VENDOR):
        schema, data = _inner_event(raw)
        if vendor == IGLU_VENDOR:
            querystring, body = javatext.encode(f"schema={schema}"), no_spaces(data)
        else:
            querystring, body = encode_pairs(pairs), _sendgrid_body(raw, schema, data)
        content_type: str | None = "application/json"
    else:
        querystring, body, content_type = encode_pairs(pairs), None, None
    return write_payload(
        ip_address=ip_address,
        timestamp=_millis(timestamp),
        encoding=encoding,
        collector=collector,
        user_agent=user_agent,
        referer_uri=referer_uri,
        path=f"/{vendor}/{version}",
        querystring=querystring,
        body=body,
        headers=None,
        content_type=content_type,
        hostname=hostname,
        network_user_id=user_id,
    )


def clean_payload(payload: bytes, sent: Any) -> bytes:
    """Write the querystring of a payload anew, so that Enrich reads the parameters that were meant.

    The reference writes a parameter without a value as one with an empty value, which Enrich refuses where it expects a
    number, an id or JSON; here it is left out. And it writes names as they are, so that one with a blank makes Enrich
    refuse the whole payload; here they are escaped as values are.

    :param sent: the ``COLLECTOR_PAYLOAD`` or ``RAW_EVENT`` that the payload was made of
    """
    pairs = getattr(sent, "parameters", None)
    if pairs is None:
        pairs = sent.querystring
    elif sent.vendor == IGLU_VENDOR:  # has its schema there, and no parameter
        return payload
    read = read_payload(payload)
    return write_payload(
        ip_address=read.ip_address,
        timestamp=read.timestamp,
        encoding=read.encoding or "",
        collector=read.collector or "",
        user_agent=read.user_agent,
        referer_uri=read.referer_uri,
        path=read.path or "",
        querystring=encode_pairs([Pair(_escaped(one.name), one.value) for one in pairs if one.value is not None]),
        body=read.body,
        headers=read.headers,
        content_type=read.content_type,
        hostname=read.hostname,
        network_user_id=read.network_user_id,
    )


def _escaped(name: str) -> str:
    return encode_pairs([Pair("", name)])[1:].decode()


def _millis(timestamp: str | None) -> int:
    return 0 if timestamp is None else normal_millis(timestamp)


def _inner_event(raw: Any) -> tuple[str, Json]:
    """Return schema and data of the event inside the first ``ue_pr`` parameter."""
    text = next((pair.value for pair in raw.parameters if pair.name == "ue_pr"), None)
    if text is None:
        raise UncoerciblePayload(reason="ue_pr parameter is empty", payload=to_builtins(raw))
    try:
        document = parse(text)
    except JsonTextError as error:
        raise UncoerciblePayload(reason=str(error), payload=to_builtins(raw)) from None
    inner = document.get("data") if type(document) is dict else None
    if type(inner) is not dict or "schema" not in inner or "data" not in inner:
        raise UncoerciblePayload(reason="Missing required field", payload=to_builtins(raw))
    schema = inner["schema"]
    if type(schema) is not str:
        reason = f"Got value '{no_spaces(schema)}' with wrong type, expecting string"
        raise UncoerciblePayload(reason=reason, payload=to_builtins(raw))
    return schema, inner["data"]


def _sendgrid_body(raw: Any, schema: str, data: Json) -> str:
    try:
        event = {"event": uris.parse_uri(schema).name}
    except uris.SchemaUriError as error:
        reason = "InvalidIgluUri" if error.code == "INVALID_IGLUURI" else "InvalidSchemaVer"
        raise UncoerciblePayload(reason=reason, payload=to_builtins(raw)) from None
    return no_spaces([{**event, **data, **event} if type(data) is dict else event])
