"""Bad rows, recovery configs and steps for the engine's tests, so that a test shows only what it is about."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterable
from typing import Any

from event_recovery import Recovery, Result
from event_recovery.config.loader import Flow, load_config
from event_recovery.text.jsontext import no_spaces, parse
from generator import thrift

from support.engine.thrift import Value, read_struct

Json = Any

VENDOR = "iglu:com.snowplowanalytics.snowplow.badrows"
CONFIG_SCHEMA = "iglu:com.snowplowanalytics.snowplow/recoveries/jsonschema/4-0-0"
OWN_CONFIG_SCHEMA = "iglu:event_recovery/recoveries/jsonschema/4-0-1"
USER_ID = "510b2f05-27e3-4fd3-b449-a2702926da5e"
PROCESSOR = {"artifact": "enrich", "version": "1.0.0"}
INSTANT = "2020-02-17T09:28:18.100Z"


def uri(name: str, version: str = "1-0-0") -> str:
    """Give the Iglu URI of a bad row type."""
    return f"{VENDOR}/{name}/jsonschema/{version}"


def pairs(*named: tuple[str, str | None]) -> list[dict[str, str | None]]:
    """Give name/value pairs in array form."""
    return [{"name": name, "value": value} for name, value in named]


def b64(text: str | bytes) -> str:
    """Encode as standard base64."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def collector_payload(**changes: Json) -> dict[str, Json]:
    """Give a CollectorPayload with every field set, and these changes."""
    return {
        "vendor": "com.acme",
        "version": "v1",
        "querystring": pairs(("e", "pv"), ("page", "A b&c=ü~*-._"), ("nul", None)),
        "contentType": "application/json",
        "body": '{"a":1}',
        "collector": "ssc",
        "encoding": "UTF-8",
        "hostname": "h.acme.com",
        "timestamp": "2020-02-17T09:28:16.560Z",
        "ipAddress": "1.2.3.4",
        "useragent": "UA",
        "refererUri": "http://r/",
        "headers": ["H: 1", "X: 2"],
        "networkUserId": USER_ID,
        **changes,
    }


def raw_event(**changes: Json) -> dict[str, Json]:
    """Give the ``raw`` part of an EnrichmentPayload with every field set, and these changes."""
    return {
        "vendor": "com.snowplowanalytics.snowplow",
        "version": "tp2",
        "parameters": pairs(("e", "pv"), ("aid", "web")),
        "contentType": "application/json",
        "loaderName": "ssc",
        "encoding": "UTF-8",
        "hostname": "h.acme.com",
        "timestamp": "2020-02-17T09:28:16.560Z",
        "ipAddress": "1.2.3.4",
        "useragent": "UA",
        "refererUri": "http://r/",
        "headers": ["H: 1"],
        "userId": USER_ID,
        **changes,
    }


def enrichment_payload(*, enriched: dict[str, Json] | None = None, **raw_changes: Json) -> dict[str, Json]:
    """Give an EnrichmentPayload; keyword arguments change its ``raw`` part."""
    return {"enriched": {"app_id": "x"} if enriched is None else enriched, "raw": raw_event(**raw_changes)}


def thrift_payload(**changes: Value | None) -> bytes:
    """Give the Thrift bytes of a small collector payload; ``None`` leaves a field out."""
    fields: dict[str, Value | None] = {
        "ipAddress": "1.2.3.4",
        "timestamp": 1581931696560,
        "encoding": "UTF-8",
        "collector": "ssc",
        "path": "/com.acme/v1",
        "querystring": "e=pv",
        "schema": thrift.COLLECTOR_PAYLOAD_SCHEMA,
        **changes,
    }
    return thrift.collector_payload(fields)


LOADER_EVENT = {"event_id": USER_ID, "collector_tstamp": INSTANT, "v_collector": "ssc", "v_etl": "enrich"}
FAILURES: dict[str, Json] = {
    "size_violation": {
        "timestamp": INSTANT,
        "maximumAllowedSizeBytes": 10,
        "actualSizeBytes": 20,
        "expectation": "smaller",
    },
    "collector_payload_format_violation": {"timestamp": INSTANT, "loader": "thrift", "message": {"error": "nope"}},
    "adapter_failures": {
        "timestamp": INSTANT,
        "vendor": "com.acme",
        "version": "v1",
        "messages": [{"field": "vendor/version", "value": "com.acme/v1", "error": "unsupported"}],
    },
    "tracker_protocol_violations": {
        "timestamp": INSTANT,
        "vendor": "com.acme",
        "version": "v1",
        "messages": [
            {"schemaKey": "iglu:com.acme/x/jsonschema/1-0-0", "schemaCriterion": "iglu:com.acme/x/jsonschema/2-*-*"},
        ],
    },
    "schema_violations": {
        "timestamp": INSTANT,
        "messages": [{"json": {"a": 1}, "error": "INVALID_IGLUURI"}],
    },
    "enrichment_failures": {
        "timestamp": INSTANT,
        "messages": [{"enrichment": None, "message": {"error": "broken"}}],
    },
    "loader_runtime_error": "broken",
    "loader_parsing_error": {"type": "FieldNumberMismatch", "fieldCount": 5},
    "loader_iglu_error": [{"schemaKey": "iglu:com.acme/x/jsonschema/1-0-0", "error": {"error": "ResolutionError"}}],
    "loader_recovery_error": {"error": {"message": "full", "location": ["a"]}},
    "recovery_error": {"error": "step failed", "configName": None},
    "generic_error": {"timestamp": INSTANT, "errors": ["broken"]},
}
ADAPTER, TRACKER, SCHEMA, ENRICHMENT = (
    "adapter_failures",
    "tracker_protocol_violations",
    "schema_violations",
    "enrichment_failures",
)
FORMAT_VIOLATION = "collector_payload_format_violation"


def default_payload(name: str) -> Json:
    """Give a payload that fits a bad row type."""
    if name in (ADAPTER, TRACKER):
        return collector_payload()
    if name in (SCHEMA, ENRICHMENT):
        return enrichment_payload()
    if name == FORMAT_VIOLATION:
        return b64(thrift_payload())
    if name in ("loader_runtime_error", "loader_iglu_error"):
        return LOADER_EVENT
    if name == "recovery_error":
        return bad_row(ADAPTER)
    return "raw text"


def bad_row(name: str, payload: Json = None, *, version: str = "1-0-0", **data: Json) -> dict[str, Json]:
    """Give a bad row of a type; keyword arguments replace other members of its ``data``."""
    default = {
        "processor": PROCESSOR,
        "failure": copy.deepcopy(FAILURES[name]),
        "payload": default_payload(name) if payload is None else payload,
    }
    if name == "recovery_error":
        default["recoveries"] = 1
    return {"schema": uri(name, version), "data": {**default, **data}}


def format_violation(payload: str, message: Json = None) -> dict[str, Json]:
    """Give a collector payload format violation with this base64 text."""
    failure = {**FAILURES[FORMAT_VIOLATION], "message": message or {"error": "nope"}}
    return bad_row(FORMAT_VIOLATION, payload, failure=failure)


def replace(path: str, value: Json, match: str | None = None) -> dict[str, Json]:
    """Give a Replace step."""
    return {"op": "Replace", "path": path, "value": value} | ({} if match is None else {"match": match})


def remove(path: str, match: str | None = None) -> dict[str, Json]:
    """Give a Remove step."""
    return {"op": "Remove", "path": path} | ({} if match is None else {"match": match})


def cast(path: str, source: str, target: str) -> dict[str, Json]:
    """Give a Cast step."""
    return {"op": "Cast", "path": path, "from": source, "to": target}


def add(path: str, value: Json) -> dict[str, Json]:
    """Give an Add step."""
    return {"op": "Add", "path": path, "value": value}


def delete(path: str) -> dict[str, Json]:
    """Give a Delete step."""
    return {"op": "Delete", "path": path}


def rename(path: str, name: str) -> dict[str, Json]:
    """Give a Rename step."""
    return {"op": "Rename", "path": path, "to": name}


def set_to(path: str, value: Json) -> dict[str, Json]:
    """Give a Set step."""
    return {"op": "Set", "path": path, "value": value}


def truncate(path: str, length: int) -> dict[str, Json]:
    """Give a Truncate step."""
    return {"op": "Truncate", "path": path, "length": length}


def condition(path: str, **matcher: Json) -> dict[str, Json]:
    """Give a condition; the keyword is its matcher (``value``, ``regex`` or ``size``)."""
    return {"op": "Test", "path": path, "value": matcher}


def flow(*steps: Json, conditions: Iterable[Json] = (), name: str = "flow") -> dict[str, Json]:
    """Give a flow."""
    return {"name": name, "conditions": list(conditions), "steps": list(steps)}


ALL_TYPES = tuple(uri(name, "*-*-*") for name in FAILURES)


def config(*flows: Json, keys: Iterable[str] = ALL_TYPES) -> dict[str, Json]:
    """Give a config with these flows for each of the keys (all bad row types by default)."""
    return {"schema": CONFIG_SCHEMA, "data": {key: list(flows) for key in keys}}


def own_config(*flows: Json, keys: Iterable[str] = ALL_TYPES) -> dict[str, Json]:
    """Give such a config of the schema of our own."""
    return {**config(*flows, keys=keys), "schema": OWN_CONFIG_SCHEMA}


def line_of(row: Json) -> bytes:
    """Give the line of a bad row; text and bytes are lines already."""
    if isinstance(row, bytes):
        return row
    return row.encode() if isinstance(row, str) else json.dumps(row, ensure_ascii=False).encode()


def recover_with(recovery_config: Json, row: Json) -> Result:
    """Recover a row by a config, checking that the fast and the exact route agree on it."""
    recovery, line = Recovery.from_config(recovery_config), line_of(row)
    result = recovery.recover(line)
    assert result.fault is None
    if result.outcome == "recovered":
        exact = recovery._recover_exactly(line)
        assert exact == result
        assert (exact.event_ids, exact.timestamp) == (result.event_ids, result.timestamp)
    return result


def recover(row: Json, *steps: Json, conditions: Iterable[Json] = ()) -> Result:
    """Recover a row by one flow that is there for all types."""
    return recover_with(config(flow(*steps, conditions=conditions)), row)


def recover_own(row: Json, *steps: Json, conditions: Iterable[Json] = ()) -> Result:
    """Recover a row by one flow that is there for all types, in a config of the schema of our own."""
    return recover_with(own_config(flow(*steps, conditions=conditions)), row)


def recovered(row: Json, *steps: Json, conditions: Iterable[Json] = ()) -> dict[str, Value]:
    """Give the fields of the collector payload that a row recovers to."""
    return fields_of(recover(row, *steps, conditions=conditions))


def fields_of(result: Result) -> dict[str, Value]:
    """Give the fields of a recovered collector payload."""
    assert result.outcome == "recovered", result.bad_row
    assert result.payload is not None
    return read_struct(result.payload)


def written(result: Result) -> Json:
    """Give the parsed bad row that a failed or unrecoverable row became."""
    assert result.outcome != "recovered"
    assert result.bad_row is not None
    return json.loads(result.bad_row)


def message_of(result: Result) -> str:
    """Give the message in the bad row that a failed row became, of either shape."""
    failure = written(result)["data"]["failure"]
    message = failure["error"] if "error" in failure else failure["message"]["error"]
    assert isinstance(message, str)
    return message


def compiled(*steps: Json, conditions: Iterable[Json] = (), own: bool = False) -> Flow:
    """Compile one flow, numbers keeping the text they would have in a config file."""
    made = own_config if own else config
    text = json.dumps(made(flow(*steps, conditions=conditions), keys=ALL_TYPES[:1]))
    return load_config(text).flows_by_key[0][1][0]


def apply(step: Json, document: str, *, own: bool = False) -> str:
    """Apply one step to a document given and returned as JSON text."""
    return no_spaces(compiled(step, own=own).steps[0].apply(parse(document)))


def holds(condition: Json, data: str) -> bool:
    """Test a condition on data given as JSON text."""
    return compiled(conditions=[condition]).conditions[0].holds(parse(data))
