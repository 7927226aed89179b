"""JSON as Enrich reads it, and the self-describing JSON in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from event_recovery.iglu.uris import SchemaKey, SchemaUriError, parse_uri
from event_recovery.text.jsontext import MAX_DEPTH, Json, JsonTextError, parse, parse_utf8
from event_recovery.verify.failures import EnrichException, NotCheckable, Violation, not_iglu
from event_recovery.verify.generations import Generation

_TOO_DEEP_FOR_US: Final = f"nesting deeper than {MAX_DEPTH} levels"
_TOO_DEEP: Final = "maximum allowed JSON depth exceeded"
# To word what is wrong with a text takes a second a megabyte.
_EXPLAINED: Final = 500_000
_INT32: Final = 2**31
_LONGEST_NAME: Final = 128


class NotJsonError(ValueError):
    """A text is no JSON, in the words of Enrich's parser."""


def read_json(text: str | bytes, generation: Generation) -> Json:
    """Parse a text, or the bytes of one.

    :raises NotJsonError: when it is no JSON, or nests deeper than this Enrich allows
    :raises NotCheckable: when it nests deeper than can be looked at here
    """
    most = generation.most_json_depth
    try:
        explain = len(text) <= _EXPLAINED
        value = parse(text, explain=explain) if isinstance(text, str) else parse_utf8(text, explain=explain)
    except JsonTextError as error:
        if str(error) != _TOO_DEEP_FOR_US:
            raise NotJsonError(str(error)) from error
        if most is None:
            raise NotCheckable(f"JSON nested deeper than {MAX_DEPTH} levels") from error
        raise NotJsonError(_TOO_DEEP) from error
    if most is not None and _brackets(text) >= most and _deeper_than(value, most):
        raise NotJsonError(_TOO_DEEP)
    return value


def _brackets(text: str | bytes) -> int:
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _deeper_than(value: Json, most: int) -> bool:
    # What is in it is deeper, so at each level only those matter that hold something.
    level: list[Json] = [[value]]
    for _ in range(most):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if child and (type(child) is dict or type(child) is list)
        ]
        if not level:
            return False
    return True


def self_describing(value: Json, generation: Generation) -> tuple[SchemaKey, Json]:
    """Read a self-describing JSON: the key of its schema, and its data.

    :raises Violation: when it is none
    :raises EnrichException: when its version is more than this Enrich can read
    """
    if type(value) is not dict or "data" not in value or type(value.get("schema")) is not str:
        raise Violation(not_iglu(value, "INVALID_DATA_PAYLOAD"))
    try:
        return read_key(value["schema"], generation), value["data"]
    except SchemaUriError as error:
        raise Violation(not_iglu(value, error.code)) from error


def read_key(uri: str, generation: Generation) -> SchemaKey:
    """Read the URI of a schema.

    :raises SchemaUriError: when it is none
    :raises EnrichException: when its version is more than this Enrich can read
    """
    key, large, has_long_name = _read_key(uri)
    if large is not None:
        if generation.versions_are_bounded_late:
            raise EnrichException(f'For input string: "{large}"')
        raise SchemaUriError(uri, "INVALID_SCHEMAVER")
    if has_long_name and generation.bounds_schema_names:
        raise SchemaUriError(uri, "INVALID_IGLUURI")
    return key


# The same few URIs come with every event.
@lru_cache(maxsize=4096)
def _read_key(uri: str) -> tuple[SchemaKey, str | None, bool]:
    """Read a URI: its key, the first part of its version beyond 32 bits, and whether a name is too long for some."""
    key = parse_uri(uri)
    large = next((part for part in key.version.split("-") if len(part) > 10 or int(part) >= _INT32), None)
    return key, large, max(map(len, (key.vendor, key.name, key.format))) > _LONGEST_NAME
