"""Where schemas are looked up unless a run says otherwise."""

from __future__ import annotations

from typing import Any, Final

#: Resolves the schemas of Iglu Central, which is where the bad row schemas live.
IGLU_CENTRAL: Final[dict[str, Any]] = {
    "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
    "data": {
        "cacheSize": 500,
        "repositories": [
            {
                "name": "Iglu Central",
                "priority": 0,
                "vendorPrefixes": ["com.snowplowanalytics"],
                "connection": {"http": {"uri": "http://iglucentral.com"}},
            }
        ],
    },
}
