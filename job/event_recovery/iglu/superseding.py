"""Schemas that their registry has replaced by a higher version."""

from __future__ import annotations

from typing import Final

from event_recovery.iglu.registries import JsonObject, Registry, RegistryError
from event_recovery.iglu.uris import SchemaKey, is_version

_KEYWORD: Final = "$supersededBy"


def fetch_superseding(registry: Registry, key: SchemaKey, schema: JsonObject) -> tuple[JsonObject | None, str | None]:
    """Return the schema to use in place of one that was fetched, and its version if it is another one.

    The replacement is looked up in the same registry, and it is not asked for a replacement of its own.

    :returns: None for the schema when the registry lacks the replacement
    :raises RegistryError: when the version is none, or not a higher one
    """
    version = schema.get(_KEYWORD)
    if version is None:
        return schema, None
    if not isinstance(version, str) or not is_version(version):
        code = f"Invalid schema version: {version}, code: INVALID_SCHEMAVER, List(DownField({_KEYWORD}))"
        text = f"Error while trying to decode superseding version: DecodingFailure({code})"
        raise RegistryError(text, final=True)
    if _order(version) <= _order(key.version):
        path = key.uri.removeprefix("iglu:")
        raise RegistryError(
            f"Superseding version {version} isn't greater than the version of schema {path}", final=True
        )
    return registry.fetch(key._replace(version=version)), version


def _order(version: str) -> list[tuple[int, str]]:
    # Without leading zeros the longer number is the larger one; no number of any length has to be read.
    return [(len(part), part) for part in version.split("-")]
