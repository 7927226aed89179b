"""The shop's Iglu registry, as a folder: without it the demo's trial would ask the internet for its schemas.

``python -m demo.iglu FOLDER`` writes it below a folder, with the resolver config that names it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from event_recovery.iglu.registries import schema_path
from event_recovery.iglu.uris import parse_uri
from generator.values import CHECKOUT_SCHEMA, PRODUCT_SCHEMA, WEB_PAGE_SCHEMA

_META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_TEXT = {"type": "string", "maxLength": 4096}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 32767}
_PROPERTIES: dict[str, dict[str, Any]] = {
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


def _schema(uri: str, properties: dict[str, Any]) -> dict[str, Any]:
    key = parse_uri(uri)
    described = {"vendor": key.vendor, "name": key.name, "format": key.format, "version": key.version}
    return {
        "$schema": _META,
        "self": described,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


#: The shop's schemas, by their URIs.
SCHEMAS: Mapping[str, dict[str, Any]] = {uri: _schema(uri, properties) for uri, properties in _PROPERTIES.items()}


def write_registry(folder: Path, schemas: Mapping[str, dict[str, Any]] = SCHEMAS) -> dict[str, Any]:
    """Write schemas into a folder, and return the resolver config that has them looked up there only.

    The config is written beside the folder, too, as ``resolver.json``.
    """
    for uri, schema in schemas.items():
        file = folder / "schemas" / schema_path(parse_uri(uri))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema, indent=2))
    shop = {"name": "Acme", "priority": 0, "vendorPrefixes": ["com.acme"]}
    config: dict[str, Any] = {
        "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
        "data": {
            "cacheSize": 500,
            "repositories": [{**shop, "connection": {"embedded": {"path": str(folder.resolve())}}}],
        },
    }
    folder.with_name("resolver.json").write_text(json.dumps(config, indent=2))
    return config


def main() -> None:
    """Write registry and resolver config."""
    parser = argparse.ArgumentParser(
        prog="demo.iglu", description="Write the shop's registry, and its resolver config."
    )
    parser.add_argument("folder", type=Path, help="folder to write under")
    write_registry(parser.parse_args().folder / "iglu")


if __name__ == "__main__":
    main()
