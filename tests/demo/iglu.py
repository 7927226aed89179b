"""The shop's Iglu registry, as a folder: without it the demo's trial would ask the internet for its schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from event_recovery.iglu.registries import schema_path
from event_recovery.iglu.uris import parse_uri
from generator.values import CHECKOUT_SCHEMA, PRODUCT_SCHEMA, WEB_PAGE_SCHEMA

_META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_TEXT = {"type": "string", "maxLength": 4096}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 32767}
_SCHEMAS: dict[str, dict[str, Any]] = {
    PRODUCT_SCHEMA: {
        "id": _TEXT,
        "name": _TEXT,
        "category": {"type": "array", "items": _TEXT},
        "price": {"type": "number"},
        "currency": _CURRENCY,
        "quantity": _COUNT,
        "inStock": {"type": "boolean"},
        "description": _TEXT,
        "position": _COUNT,
    },
    CHECKOUT_SCHEMA: {
        "orderId": _TEXT,
        "total": {"type": "number"},
        "currency": _CURRENCY,
        "step": _COUNT,
        "method": _TEXT,
        "giftWrap": {"type": "boolean"},
    },
    WEB_PAGE_SCHEMA: {"id": {"type": "string", "format": "uuid"}},
}


def write_registry(folder: Path) -> dict[str, Any]:
    """Write the schemas into a folder, and return the resolver config that has them looked up there only."""
    for uri, properties in _SCHEMAS.items():
        key = parse_uri(uri)
        described = {"vendor": key.vendor, "name": key.name, "format": key.format, "version": key.version}
        schema = {
            "$schema": _META,
            "self": described,
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        file = folder / "schemas" / schema_path(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema, indent=2))
    shop = {"name": "Acme", "priority": 0, "vendorPrefixes": ["com.acme"]}
    return {
        "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
        "data": {
            "cacheSize": 500,
            "repositories": [{**shop, "connection": {"embedded": {"path": str(folder.resolve())}}}],
        },
    }
