"""What the ``failure`` of each bad row type looks like, as decoders (alternatives are tried in the given order)."""

from __future__ import annotations

from event_recovery.badrows.decoders import (
    INT32,
    Cursor,
    anything,
    first_of,
    instant,
    integer,
    list_of,
    literal,
    mapping_of,
    optional,
    record,
    schema_criterion,
    schema_key,
    string,
)
from event_recovery.text.jsontext import Json

_parse_error = literal(
    "INVALID_SCHEMAVER",
    "INVALID_IGLUURI",
    "INVALID_DATA_PAYLOAD",
    "INVALID_SCHEMA",
    "INVALID_METASCHEMA",
)
_registry_error = first_of(
    record({"error": literal("NotFound")}),
    record({"error": literal("RepoFailure", "ClientFailure"), "message": string}),
)
_lookup_history = list_of(
    record(
        {
            "repository": string,
            "errors": list_of(_registry_error),
            "attempts": integer(INT32),
            "lastAttempt": instant,
        },
    ),
)


def _by_repository(error: dict[str, Json]) -> Json:
    """Sort repositories by name and merge repeated ones, since the reference keeps them in a sorted map."""
    lookups: list[dict[str, Json]] = error["lookupHistory"]
    by_name = {lookup["repository"]: lookup for lookup in lookups}
    return {**error, "lookupHistory": [by_name[name] for name in sorted(by_name)]}


_resolution_error = record({"error": literal("ResolutionError"), "lookupHistory": _lookup_history}, _by_repository)
_data_report = record(
    {
        "message": string,
        "path": optional(string),
        "keyword": optional(string),
        "targets": optional(list_of(string)),
    },
)
_client_error = first_of(
    _resolution_error,
    record({"error": literal("ValidationError"), "dataReports": list_of(_data_report, non_empty=True)}),
    record(
        {
            "error": literal("ValidationError"),
            "schemaIssues": list_of(record({"path": string, "message": string}), non_empty=True),
        },
    ),
)

_input_error = record({"field": string, "value": optional(string), "error": string})
_not_iglu = record({"json": anything, "error": _parse_error})
_input_expectation = record({"field": string, "value": optional(string), "expectation": string})
_schema_mapping = record(
    {"actual": optional(string), "expectedMapping": mapping_of(schema_key), "expectation": string},
)
_iglu_error = record({"schemaKey": schema_key, "error": _client_error})
_criterion_mismatch = record({"schemaKey": schema_key, "schemaCriterion": schema_criterion})

SIZE_VIOLATION = record(
    {
        "timestamp": instant,
        "maximumAllowedSizeBytes": integer(INT32),
        "actualSizeBytes": integer(INT32),
        "expectation": optional(string),
    },
)
CP_FORMAT_MESSAGE = first_of(
    record({"payloadField": string, "value": optional(string), "expectation": string}),
    record({"error": string}),
)
CP_FORMAT_VIOLATION = record({"timestamp": instant, "loader": string, "message": CP_FORMAT_MESSAGE})
ADAPTER_FAILURES = record(
    {
        "timestamp": instant,
        "vendor": string,
        "version": string,
        "messages": list_of(
            first_of(_input_error, _not_iglu, _input_expectation, _schema_mapping),
            non_empty=True,
        ),
    },
)
TRACKER_PROTOCOL_VIOLATIONS = record(
    {
        "timestamp": instant,
        "vendor": string,
        "version": string,
        "messages": list_of(
            first_of(_iglu_error, _criterion_mismatch, _input_error, _not_iglu, _input_expectation),
            non_empty=True,
        ),
    },
)
SCHEMA_VIOLATIONS = record(
    {
        "timestamp": instant,
        "messages": list_of(
            first_of(_input_error, _not_iglu, _criterion_mismatch, _iglu_error),
            non_empty=True,
        ),
    },
)
ENRICHMENT_FAILURES = record(
    {
        "timestamp": instant,
        "messages": list_of(
            record(
                {
                    "enrichment": optional(record({"schemaKey": schema_key, "identifier": string})),
                    "message": first_of(record({"error": string}), _input_expectation, _iglu_error),
                },
            ),
            non_empty=True,
        ),
    },
)
LOADER_PARSING_ERROR = first_of(
    record({"type": literal("NotTSV")}),
    record({"type": literal("FieldNumberMismatch"), "fieldCount": integer(INT32)}),
    record({"type": literal("RowDecodingError"), "errors": list_of(anything, non_empty=True)}),
)
LOADER_IGLU_ERROR = list_of(anything, non_empty=True)
LOADER_RECOVERY_ERROR = record(
    {
        "error": first_of(
            record({"message": string, "location": list_of(string)}),
            record({"message": string, "location": optional(string), "reason": optional(string)}),
        ),
    },
)
RECOVERY_ERROR = record({"error": string, "configName": optional(string)})
GENERIC_ERROR = record({"timestamp": instant, "errors": list_of(string, non_empty=True)})

# What the loaders insist on in the event of a bad row; the other fields are kept as they are.
_loader_event_frame = record(
    {"event_id": string, "collector_tstamp": string, "v_collector": string, "v_etl": string},
)


def loader_event(value: Json, path: Cursor) -> Json:
    """Accept the flat canonical event of the loaders."""
    _loader_event_frame(value, path)
    return value
