"""Recovery configs for the generated rows; ``python -m generator.configs NAME`` prints one of them."""

from __future__ import annotations

import argparse
import json

from generator.values import CHECKOUT_SCHEMA, PRODUCT_SCHEMA, UNPUBLISHED_CHECKOUT_SCHEMA, Json

_SCHEMA = "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0"
_ENRICHMENT_TYPES = ("schema_violations", "enrichment_failures")
_COLLECTOR_TYPES = ("adapter_failures", "tracker_protocol_violations", "collector_payload_format_violation")
_UNRECOVERABLE_TYPES = (
    "size_violation",
    "loader_parsing_error",
    "loader_iglu_error",
    "loader_runtime_error",
    "loader_recovery_error",
    "generic_error",
)


def _key(name: str) -> str:
    return f"iglu:com.snowplowanalytics.snowplow.badrows/{name}/jsonschema/*-*-*"


def _test(path: str, **matcher: object) -> Json:
    return {"op": "Test", "path": path, "value": matcher}


def _flow(name: str, *steps: Json, conditions: list[Json] | None = None) -> Json:
    return {"name": name, "conditions": conditions or [], "steps": list(steps)}


def _config(flows: dict[str, list[Json]]) -> Json:
    return {"schema": _SCHEMA, "data": {_key(name): of_type for name, of_type in flows.items()}}


def pass_through() -> Json:
    """Resubmit every recoverable row as it is."""
    return _config({name: [_flow("pass-through")] for name in _ENRICHMENT_TYPES + _COLLECTOR_TYPES})


def one_step() -> Json:
    """Rename the app in every recoverable row, with one Replace."""

    def rename(path: str) -> list[Json]:
        return [_flow("rename-app", {"op": "Replace", "path": path, "match": "^acme-shop$", "value": "acme-web"})]

    return _config(
        {name: rename("$.raw.parameters.aid") for name in _ENRICHMENT_TYPES}
        | {name: rename("$.querystring.aid") for name in _COLLECTOR_TYPES}
    )


def realistic() -> Json:
    """Mend each fault of the generated rows: nine flows with conditions, over the five recoverable types.

    Some rows match no flow (those with contexts in ``co``, for one) and so end as failed, as on any real day.
    """
    event, base64_event = "$.raw.parameters.ue_pr", "$.raw.parameters.ue_px"
    version = {"match": "1-0-9$", "value": "1-0-1"}
    return _config(
        {
            "schema_violations": [
                _flow(
                    "fix-checkout-version",
                    {"op": "Replace", "path": f"{event}.data.schema", **version},
                    conditions=[_test("$.payload.raw.parameters.ue_pr.data.schema", value=UNPUBLISHED_CHECKOUT_SCHEMA)],
                ),
                _flow(
                    "fix-checkout-version-base64",
                    {"op": "Replace", "path": f"{base64_event}.data.schema", **version},
                    conditions=[_test("$.payload.raw.parameters.ue_px.data.schema", value=UNPUBLISHED_CHECKOUT_SCHEMA)],
                ),
                _flow(
                    "cast-checkout-total",
                    {"op": "Cast", "path": f"{event}.data.data.total", "from": "String", "to": "Numeric"},
                    conditions=[
                        _test("$.failure.messages.[0].schemaKey", value=CHECKOUT_SCHEMA),
                        _test("$.payload.raw.parameters.ue_pr.data.data.total", regex='^"[0-9]+[.][0-9]{2}"$'),
                    ],
                ),
                _flow(
                    "upper-case-currency",
                    {
                        "op": "Replace",
                        "path": "$.raw.parameters.cx.data.[?(@.schema=~product)].data.currency",
                        "match": "^eur$",
                        "value": "EUR",
                    },
                    conditions=[
                        _test("$.failure.messages.[0].schemaKey", value=PRODUCT_SCHEMA),
                        _test("$.payload.raw.parameters.cx.data.[1].schema", regex="com.acme/product"),
                    ],
                ),
            ],
            "enrichment_failures": [
                _flow("try-enrichment-again"),
                _flow(
                    "blank-debug-flag",
                    {"op": "Remove", "path": "$.raw.parameters.debug"},
                    conditions=[_test("$.payload.raw.parameters.debug", regex="trace")],
                ),
            ],
            "adapter_failures": [
                _flow(
                    "mark-replayed",
                    {"op": "Add", "path": "$.headers", "value": ["X-Replayed: event-recovery"]},
                    conditions=[_test("$.payload.vendor", regex="sendgrid|mailchimp")],
                ),
            ],
            "tracker_protocol_violations": [
                _flow(
                    "forwarded-over-https",
                    {
                        "op": "Replace",
                        "path": "$.headers",
                        "match": "X-Forwarded-Proto:.*",
                        "value": ["X-Forwarded-Proto: https"],
                    },
                    conditions=[_test("$.payload.headers", size={"gt": 1})],
                ),
            ],
            "collector_payload_format_violation": [
                _flow(
                    "rename-app",
                    {"op": "Replace", "path": "$.querystring.aid", "match": "^acme-", "value": "acme-eu-"},
                    conditions=[_test("$.processor.artifact", regex="enrich")],
                ),
            ],
        }
    )


def demo() -> Json:
    """The realistic config, and for each type that cannot be recovered a flow that has its rows put aside as such."""
    config = realistic()
    config["data"] |= _config({name: [_flow("put-aside")] for name in _UNRECOVERABLE_TYPES})["data"]
    return config


CONFIGS = {"pass-through": pass_through, "one-step": one_step, "realistic": realistic, "demo": demo}


def main() -> None:
    """Print one config as JSON."""
    parser = argparse.ArgumentParser(
        prog="generator.configs", description="Print a recovery config for generated rows."
    )
    parser.add_argument("name", choices=CONFIGS)
    print(json.dumps(CONFIGS[parser.parse_args().name](), indent=2))


if __name__ == "__main__":
    main()
