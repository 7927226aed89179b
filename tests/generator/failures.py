"""The failure halves of bad rows: the messages that say what was wrong."""

from __future__ import annotations

from random import Random

from generator import slots, values
from generator.values import Json

_REPOSITORIES = ("Iglu Central", "Acme Iglu Server", "Iglu Client Embedded")
_ENRICHMENT = "iglu:com.snowplowanalytics.snowplow.enrichments/"


def resolution_error() -> Json:
    """Return a client error: no registry has the schema."""
    return {
        "error": "ResolutionError",
        "lookupHistory": [
            {"repository": name, "errors": [{"error": "NotFound"}], "attempts": 1, "lastAttempt": slots.FAILED}
            for name in _REPOSITORIES
        ],
    }


def validation_error(path: str, keyword: str, message: str, targets: list[str]) -> Json:
    """Return a client error: the data does not fit its schema."""
    return {
        "error": "ValidationError",
        "dataReports": [{"message": message, "path": path, "keyword": keyword, "targets": targets}],
    }


def schema_message(rng: Random, parameters: list[tuple[str, str | None]]) -> Json:
    """Return what a schema violation of this event says."""
    if any(values.UNPUBLISHED_CHECKOUT_SCHEMA in (value or "") for _, value in parameters):
        return {"schemaKey": values.UNPUBLISHED_CHECKOUT_SCHEMA, "error": resolution_error()}
    if any(name == "ue_pr" for name, _ in parameters) and rng.random() < 0.7:
        report = validation_error("$.total", "type", "$.total: string found, number expected", ["string", "number"])
        return {"schemaKey": values.CHECKOUT_SCHEMA, "error": report}
    message = "$.currency: does not match the regex pattern ^[A-Z]{3}$"
    report = validation_error("$.currency", "pattern", message, ["^[A-Z]{3}$"])
    return {"schemaKey": values.PRODUCT_SCHEMA, "error": report}


def enrichment_message(rng: Random) -> Json:
    """Return one message of an enrichment failure, in one of its three forms."""
    form = rng.randrange(3)
    if form == 0:
        return {
            "enrichment": {
                "schemaKey": _ENRICHMENT + "api_request_enrichment_config/jsonschema/1-0-2",
                "identifier": "api-request",
            },
            "message": {"error": "Error accessing POJO input field [user]: connection timed out after 5000 ms"},
        }
    if form == 1:
        return {
            "enrichment": {"schemaKey": _ENRICHMENT + "ip_lookups/jsonschema/2-0-0", "identifier": "ip-lookups"},
            "message": {
                "field": "user_ipaddress",
                "value": "203.0.113.7, 10.0.0.1",
                "expectation": "not a valid IP address",
            },
        }
    report = validation_error("$.latitude", "type", "$.latitude: null found, number expected", ["null", "number"])
    return {"enrichment": None, "message": {"schemaKey": "iglu:com.acme/geo/jsonschema/1-0-0", "error": report}}


def adapter_message(rng: Random) -> Json:
    """Return one message of an adapter failure, in one of its four forms."""
    return rng.choice(
        (
            {"field": "body", "value": "[{", "error": "invalid json: exhausted input"},
            {"json": {"schema": "iglu:x", "data": {}}, "error": "INVALID_IGLUURI"},
            {"field": "querystring", "value": None, "expectation": "empty querystring: no events to process"},
            {
                "actual": "opened",
                "expectedMapping": {"open": "iglu:com.sendgrid/open/jsonschema/3-0-0"},
                "expectation": "no schema associated with the provided type parameter",
            },
        )
    )


def tracker_message(rng: Random) -> Json:
    """Return one message of a tracker protocol violation."""
    return rng.choice(
        (
            {"schemaKey": "iglu:com.acme/payload_data/jsonschema/1-0-4", "error": resolution_error()},
            {
                "schemaKey": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/2-0-0",
                "schemaCriterion": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-*-*",
            },
            {"field": "body", "value": "oops", "error": "invalid json: expected json value got 'oops'"},
            {"field": "contentType", "value": "text/plain", "expectation": "expected application/json"},
        )
    )


def iglu_error(rng: Random) -> Json:
    """Return one error of a loader Iglu error."""
    report = validation_error("$.id", "maxLength", "$.id: may only be 32 characters long", ["32"])
    schema = rng.choice((values.PRODUCT_SCHEMA, values.CHECKOUT_SCHEMA))
    return {"schemaKey": schema, "error": rng.choice((resolution_error(), report))}
