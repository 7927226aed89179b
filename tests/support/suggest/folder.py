"""Schemas as a folder that a resolver config names, so that a command finds them without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_registry(folder: Path, schemas: Mapping[str, Any]) -> Path:
    """Write schemas, by their URIs, below a folder, and return the resolver config that is written beside it."""
    for uri, schema in schemas.items():
        file = folder / "schemas" / uri.removeprefix("iglu:")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema))
    config = folder.with_name(f"{folder.name}.json")
    repository = {
        "name": "Acme",
        "priority": 0,
        "vendorPrefixes": ["com.acme"],
        "connection": {"embedded": {"path": str(folder)}},
    }
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3"
    config.write_text(json.dumps({"schema": schema, "data": {"cacheSize": 500, "repositories": [repository]}}))
    return config
