"""Collector payloads, each good unless a test says what is not."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from event_recovery.text.thrift import write_payload

TRACKER = "com.snowplowanalytics.snowplow"
EVENT_ID = "9e8a7b6c-1234-4abc-8def-001122334455"
#: What every event of a batch has.
REQUIRED = {"e": "pv", "p": "web", "tv": "js-3.24.0"}


def payload(**changes: Any) -> bytes:
    """Write a payload: a GET of the tracker protocol without parameters, but for what is changed."""
    fields: dict[str, Any] = {
        "ip_address": "192.0.2.1",
        "timestamp": 1_700_000_000_000,
        "encoding": "UTF-8",
        "collector": "ssc-3.0.0-kinesis",
        "user_agent": "Mozilla/5.0",
        "referer_uri": None,
        "path": f"/{TRACKER}/tp2",
        "querystring": b"",
        "body": None,
        "headers": None,
        "content_type": None,
        "hostname": "collector.acme.example",
        "network_user_id": EVENT_ID,
    }
    return write_payload(**(fields | changes))


def querystring(pairs: Mapping[str, str | None]) -> bytes:
    """Write pairs; one without a value has no equals sign."""
    return "&".join(
        quote(name, safe="") if value is None else f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in pairs.items()
    ).encode()


def get(pairs: Mapping[str, str | None], **changes: Any) -> bytes:
    """Write a GET with parameters."""
    return payload(querystring=querystring(pairs), **changes)


def post(events: Any, version: str = "1-0-4", **changes: Any) -> bytes:
    """Write a POST with a batch of events."""
    body = json.dumps({"schema": f"iglu:{TRACKER}/payload_data/jsonschema/{version}", "data": events})
    return payload(**({"body": body, "content_type": "application/json"} | changes))


def webhook(pairs: Mapping[str, str | None], body: str | None = None, content_type: str | None = None) -> bytes:
    """Write a request of the Iglu webhook."""
    path = "/com.snowplowanalytics.iglu/v1"
    return get(pairs, path=path, body=body, content_type=content_type)


def entity(name: str, data: Any, version: str = "1-0-0", vendor: str = "com.acme") -> dict[str, Any]:
    """Make a self-describing JSON."""
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/{version}", "data": data}


def unstruct(inner: Any) -> str:
    """Put an event into its envelope, as text."""
    return compact(entity("unstruct_event", inner, vendor=TRACKER))


def contexts(*inner: Any, version: str = "1-0-0") -> str:
    """Put contexts into their envelope, as text."""
    return compact(entity("contexts", list(inner), version, vendor=TRACKER))


def compact(value: Any) -> str:
    """Print JSON as trackers do."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encoded(text: str) -> str:
    """Encode as trackers do."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def nested(depth: int) -> Any:
    """Nest arrays so deep."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value
