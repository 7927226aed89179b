"""Registries that hold their schemas in memory, and verifiers that ask them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from event_recovery.iglu.registries import JsonObject, RegistryError
from event_recovery.iglu.resolver import Resolver
from event_recovery.iglu.uris import SchemaKey
from event_recovery.verify import Verifier

META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"


@dataclass(frozen=True, kw_only=True)
class InMemory:
    """A registry of some schemas, by their URIs; one that is a text is the failure that it answers with."""

    rank: ClassVar[int] = 1
    name: str = "Acme"
    schemas: dict[str, JsonObject | str] = field(default_factory=dict, compare=False)
    asked: list[str] = field(default_factory=list, compare=False)
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        self.asked.append(key.uri)
        found = self.schemas.get(key.uri)
        if isinstance(found, str):
            raise RegistryError(found)
        return found


def schema(name: str, version: str = "1-0-0", vendor: str = "com.acme", **keywords: Any) -> dict[str, JsonObject]:
    """Make a schema, by its URI; with ``$schema`` and ``self`` unless they are given."""
    described = {"vendor": vendor, "name": name, "format": "jsonschema", "version": version}
    return {f"iglu:{vendor}/{name}/jsonschema/{version}": {"$schema": META, "self": described, **keywords}}


def verifier(*schemas: dict[str, JsonObject], enrich: str = "6", **settings: Any) -> Verifier:
    """Make a verifier that knows these schemas and those that come with the package."""
    known = {uri: one for given in schemas for uri, one in given.items()}
    return Verifier(Resolver([InMemory(schemas=dict(known))], cache_size=500), enrich=enrich, **settings)
