"""The event as loaders print it: flat JSON with typed fields, contexts under names made from their schemas."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

from generator import payloads, slots
from generator.fields import ENRICHED_FIELDS
from generator.values import Json

_SELF_DESCRIBING = frozenset({"contexts", "unstruct_event", "derived_contexts"})
_TIMES = {slots.COLLECTED_SQL: slots.COLLECTED, slots.CREATED_SQL: slots.COLLECTED}


def _column(schema: str) -> str:
    vendor, name, _, version = schema.removeprefix("iglu:").split("/")
    return f"contexts_{vendor.replace('.', '_')}_{name}_{version[0]}"


def _contexts(of: payloads.Event) -> Json:
    columns: Json = {}
    for name, value in of.parameters:
        if name in ("co", "cx") and value:
            document = json.loads(value if name == "co" else urlsafe_b64decode(value + "=="))
            for entity in document["data"]:
                columns.setdefault(_column(entity["schema"]), []).append(entity["data"])
    return columns


def loader_event(of: payloads.Event) -> Json:
    """Return the flat event: every plain field, null where unknown, then one column per kind of context."""
    known = payloads.enriched(of)
    flat: Json = {name: known.get(name) for name in ENRICHED_FIELDS if name not in _SELF_DESCRIBING}
    flat = {name: _TIMES.get(value, value) if isinstance(value, str) else value for name, value in flat.items()}
    if flat["br_cookies"] is not None:
        flat["br_cookies"] = bool(flat["br_cookies"])
    return flat | _contexts(of)
