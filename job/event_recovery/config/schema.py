"""Validate a recovery config against the JSON Schema that its own ``schema`` names."""

from __future__ import annotations

from event_recovery.config import outline
from event_recovery.config.formats import OBSOLETE, OWN_RECOVERIES, OWN_STEPS, RECOVERIES
from event_recovery.documents.json_schema import UnusableSchemaError, schema_problems
from event_recovery.documents.problems import Problem
from event_recovery.iglu.registries import PACKAGED_SCHEMAS, JsonObject
from event_recovery.iglu.resolver import NOT_FOUND, SchemaLookup, SchemaNotFoundError, Tries
from event_recovery.iglu.uris import SchemaKey, parse_uri

_INSTANCE = SchemaKey("com.snowplowanalytics.self-desc", "instance-iglu-only", "jsonschema", "1-0-0")


def validate_config(document: object, registry: SchemaLookup | None) -> list[Problem]:
    """List everything that the config's schema refuses; an empty list says that the config is valid.

    A recoveries 4-0-0 config that uses steps of our own is held to the schema of our own, which differs in nothing
    else. All problems are errors; ``lint_config`` lists the warnings.

    :param document: the parsed JSON of the config
    :param registry: where a schema is looked up that does not come with this package
    """
    frame_problems = schema_problems(_packaged(_INSTANCE), document)
    if frame_problems or not isinstance(document, dict):
        return frame_problems
    key = parse_uri(document["schema"])
    if key == OBSOLETE:
        return [
            _problem(
                f"{key.uri} is an obsolete format which cannot be loaded: rewrite its scenarios as {RECOVERIES.uri}"
            )
        ]
    if key == RECOVERIES and uses_own_steps(document):
        key = OWN_RECOVERIES
    try:
        schema = _find(key, registry)
        return schema_problems(schema, document["data"], at=("data",))
    except SchemaNotFoundError as error:
        known = "Recoveries 2-0-0, 3-0-0 and 4-0-0 need no repository."
        return [_problem(f"{key.uri} is not known. {error}\n{known}")]
    except UnusableSchemaError as error:
        return [_problem(f"the schema {key.uri} cannot be used: {error}")]


def uses_own_steps(document: object) -> bool:
    """Tell whether the published formats lack any step of the config."""
    return any(step.text("op") in OWN_STEPS for flow in outline.flows(document) for step in outline.steps(flow))


def _find(key: SchemaKey, registry: SchemaLookup | None) -> JsonObject:
    packaged = PACKAGED_SCHEMAS.fetch(key)
    if packaged is not None:
        return packaged
    if registry is None:
        raise SchemaNotFoundError(key, {PACKAGED_SCHEMAS: Tries((NOT_FOUND,), 1)})
    return registry.lookup(key)


def _packaged(key: SchemaKey) -> JsonObject:
    schema = PACKAGED_SCHEMAS.fetch(key)
    if schema is None:
        raise SchemaNotFoundError(key, {PACKAGED_SCHEMAS: Tries((NOT_FOUND,), 1)})
    return schema


def _problem(message: str) -> Problem:
    return Problem("$.schema", message)
