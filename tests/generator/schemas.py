"""The schemas of generated events, as a registry has them."""

from __future__ import annotations

from collections.abc import Mapping

from generator import values
from generator.values import Json

CART = "iglu:com.acme/cart/jsonschema/1-0-0"
USER = "iglu:com.acme/user/jsonschema/2-1-0"
#: Whose properties are easily mended.
ORDER = "iglu:com.acme/order/jsonschema/1-0-0"
#: Which lacks many properties at once.
WIDE = "iglu:com.acme/wide/jsonschema/1-0-0"
WIDE_PROPERTIES = tuple(f"p{number}" for number in range(9))

_META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}


def _schema(uri: str, properties: Mapping[str, Json], *required: str, **keywords: object) -> tuple[str, Json]:
    vendor, name, form, version = uri.removeprefix("iglu:").split("/")
    described = {"vendor": vendor, "name": name, "format": form, "version": version}
    held: Json = {"$schema": _META, "self": described, "type": "object", "properties": dict(properties), **keywords}
    return uri, held | ({"required": list(required)} if required else {})


#: By their URIs.
SCHEMAS: Mapping[str, Json] = dict(
    (
        _schema(
            CART,
            {
                "id": _TEXT,
                "total": {"type": "number", "minimum": 0, "maximum": 9},
                "currency": {"enum": ["EUR", "USD"]},
                "note": {"type": "string", "minLength": 2, "maxLength": 10},
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "sku": {"type": "string", "pattern": "^S"},
                            "qty": {"type": ["integer", "null"]},
                        },
                        "required": ["sku"],
                    },
                },
                "at": {"type": "string", "format": "date-time"},
                "page": {"type": "string", "format": "uri"},
                "x": _TEXT,
                "y": _TEXT,
            },
            "id",
            additionalProperties=False,
            dependencies={"x": ["y"]},
        ),
        _schema(USER, {"id": {"type": "string", "format": "uuid"}, "age": {"type": "integer"}}, "id"),
        _schema(
            ORDER,
            {
                "total": _NUMBER,
                "channel": {"enum": ["web"]},
                "quantity": {"type": "integer"},
                "gift": {"type": "boolean"},
                "code": _TEXT,
                "labels": {"type": "array", "items": _TEXT},
            },
            "total",
            "channel",
            additionalProperties=False,
        ),
        _schema(WIDE, dict.fromkeys(WIDE_PROPERTIES, _TEXT), *WIDE_PROPERTIES),
        _schema(values.PRODUCT_SCHEMA, {"currency": {"type": "string", "pattern": "^[A-Z]{3}$"}, "price": _NUMBER}),
        _schema(values.CHECKOUT_SCHEMA, {"total": _NUMBER}),
        _schema(values.WEB_PAGE_SCHEMA, {"id": _TEXT}, "id"),
    )
)
