"""The ids of the events in a payload: those that Enrich will give them, where a tracker has chosen them.

They are in the parameter ``eid``: of the raw event, of the querystring, or of each event in the body of a POST. What
else looks like one (in a referer, a user agent or a parameter of another name) is not an id.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from event_recovery.badrows.decoders import is_plain_uuid
from event_recovery.badrows.serialise import IGLU_VENDOR
from event_recovery.badrows.structs import RAW_EVENT, Pair

_TRACKER_VENDOR: Final = "com.snowplowanalytics.snowplow"
_POST_VERSION: Final = "tp2"
_EVENT_ID: Final = "eid"


def event_ids(sent: Any) -> tuple[str, ...]:
    """Return the ids of the events in a ``structs.COLLECTOR_PAYLOAD`` or ``structs.RAW_EVENT``.

    An event without an id, or with one that is not a UUID, is left out: Enrich gives it a random one, or refuses it. So
    is the event of an Iglu webhook, whose parameters are not sent again.
    """
    is_raw_event: bool = isinstance(sent, RAW_EVENT)
    if is_raw_event:
        return () if sent.vendor == IGLU_VENDOR else _in_pairs(sent.parameters)
    found = _in_pairs(sent.querystring)
    if found or sent.body is None or (sent.vendor, sent.version) != (_TRACKER_VENDOR, _POST_VERSION):
        # Enrich lays the querystring over every event of the body.
        return found
    return _in_body(sent.body)


def _in_pairs(pairs: list[Pair]) -> tuple[str, ...]:
    """Return the id in a list of parameters, of which the last counts where several have its name."""
    value: str | None = None
    for pair in pairs:
        if pair.name == _EVENT_ID:
            value = pair.value
    return (value,) if value is not None and is_plain_uuid(value) else ()


def _in_body(body: str) -> tuple[str, ...]:
    if _EVENT_ID not in body:
        return ()
    try:
        document: Any = orjson.loads(body)
    except ValueError:
        return ()
    events: Any = document.get("data") if isinstance(document, dict) else None
    if not isinstance(events, list):
        return ()
    found = [event.get(_EVENT_ID) for event in events if isinstance(event, dict)]
    return tuple([value for value in found if isinstance(value, str) and is_plain_uuid(value)])
