"""Schema violations as Enrich writes them: the failure is what the verifier says of the event."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl

from event_recovery import Recovery
from event_recovery.text.thrift import read_payload

from support.engine.rows import INSTANT, SCHEMA, bad_row, config, enrichment_payload, flow, line_of, pairs
from support.suggest.kinds import Registry

_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
UNSTRUCT = f"{_SNOWPLOW}/unstruct_event/jsonschema/1-0-0"
CONTEXTS = f"{_SNOWPLOW}/contexts/jsonschema/1-0-0"
_AS_IT_CAME = Recovery.from_config(config(flow()))


def described(schema: str, data: Any) -> dict[str, Any]:
    """Give a self-describing JSON."""
    return {"schema": schema, "data": data}


def parameters(event: Any = None, *entities: Any, encoded: bool = False) -> dict[str, str]:
    """Give the parameters of an event with data of its own and entities attached to it."""
    held = {"e": "pv", "p": "web", "tv": "js-3.24.0"}
    if event is not None:
        held |= {"e": "ue", "ue_px" if encoded else "ue_pr": _text(described(UNSTRUCT, event), encoded=encoded)}
    if entities:
        held["cx" if encoded else "co"] = _text(described(CONTEXTS, entities), encoded=encoded)
    return held


def _text(value: Any, *, encoded: bool) -> str:
    text = json.dumps(value)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=") if encoded else text


def refused(registry: Registry, held: dict[str, str]) -> bytes:
    """Give the bad row of an event that is refused.

    :raises ValueError: when it passes
    """
    payload = enrichment_payload(parameters=pairs(*held.items()))
    sent = _AS_IT_CAME.recover(line_of(bad_row(SCHEMA, payload))).payload
    if sent is None:
        raise ValueError("the event cannot be sent")
    [verdict] = registry.verifier.verify(sent)
    if verdict.failure is None:
        raise ValueError(f"Enrich would not refuse the event: {verdict}")
    failure = json.loads(json.dumps(verdict.failure)) | {"timestamp": INSTANT}
    for message in failure["messages"]:
        error = message.get("error")
        for history in error.get("lookupHistory", ()) if isinstance(error, dict) else ():
            history |= {"attempts": 1, "lastAttempt": INSTANT}
    return line_of(bad_row(SCHEMA, payload, failure=failure))


def sent_parameters(recovery: Recovery, line: bytes) -> dict[str, str]:
    """Return the parameters that are sent for a row.

    :raises ValueError: when none are
    """
    result = recovery.recover(line)
    if result.payload is None:
        raise ValueError(result.message)
    return dict(parse_qsl(read_payload(result.payload).querystring or "", keep_blank_values=True))
