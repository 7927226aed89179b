"""Look a schema up in the repositories of an Iglu resolver config, in their order, with a cache."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cachetools import TTLCache

from event_recovery.iglu.registries import PACKAGED_SCHEMAS, JsonObject, Registry, RegistryError
from event_recovery.iglu.uris import SchemaKey

#: What a repository answers that lacks a schema.
NOT_FOUND = "NotFound"


@dataclass(frozen=True, slots=True)
class Tries:
    """What one repository answered so far.

    :param errors: ``NotFound`` or texts of failures, the latest last
    """

    errors: tuple[str, ...]
    attempts: int

    @property
    def is_final(self) -> bool:
        """Whether the repository said that it lacks the schema, so that asking it again is useless."""
        return self.errors[-1] == NOT_FOUND

    def __str__(self) -> str:
        return f"[{', '.join(self.errors)}] after {self.attempts} {'attempt' if self.attempts == 1 else 'attempts'}"

    def then(self, error: str) -> Tries:
        """Add one more unsuccessful try."""
        earlier = tuple(text for text in self.errors if text != error)
        return Tries((*earlier, error), self.attempts + 1)


class SchemaNotFoundError(LookupError):
    """No repository gave the schema; ``history`` says what each one answered."""

    def __init__(self, key: SchemaKey, history: Mapping[Registry, Tries]) -> None:
        self.key = key
        self.history = dict(history)
        lines = [f"* {registry.name} due {tries}" for registry, tries in self.history.items()]
        super().__init__("\n".join(["Schema cannot be resolved in following repositories:", *lines]))


class SchemaLookup(Protocol):
    """Anything that finds schemas by key."""

    def lookup(self, key: SchemaKey) -> JsonObject:
        """Return the schema.

        :raises SchemaNotFoundError: when it cannot be found
        """


class Resolver:
    """The repositories of one resolver config, with the built-in one, and the schemas they gave.

    A repository that said it lacks a schema is asked again only when that answer has left the cache; one that failed is
    asked again at every lookup.

    :param cache_size: schemas in the cache; 0 or less for no cache
    :param cache_ttl: seconds that they stay there; None keeps them, 0 or less is for no cache
    """

    def __init__(
        self,
        registries: Sequence[Registry],
        *,
        cache_size: int,
        cache_ttl: int | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registries: tuple[Registry, ...] = (*registries, PACKAGED_SCHEMAS)
        lifetime = math.inf if cache_ttl is None else cache_ttl
        self._caches = cache_size > 0 and lifetime > 0
        size = max(cache_size, 1)
        self._schemas: TTLCache[SchemaKey, JsonObject] = TTLCache(size, lifetime, timer)
        self._misses: TTLCache[SchemaKey, dict[Registry, Tries]] = TTLCache(size, lifetime, timer)

    def lookup(self, key: SchemaKey) -> JsonObject:
        """Return the schema from the cache or the first repository that has it.

        :raises SchemaNotFoundError: when none has it
        """
        cached: JsonObject | None = self._schemas.get(key)
        if cached is not None:
            return cached
        history = dict(self._misses.get(key, {}))
        for registry in in_lookup_order(self.registries, key.vendor):
            earlier = history.get(registry)
            if earlier is not None and earlier.is_final:
                continue
            try:
                schema = registry.fetch(key)
            except RegistryError as error:
                answer = str(error)
            else:
                if schema is not None:
                    if self._caches:
                        self._schemas[key] = schema
                    return schema
                answer = NOT_FOUND
            history[registry] = earlier.then(answer) if earlier else Tries((answer,), 1)
        if self._caches:
            self._misses[key] = history
        raise SchemaNotFoundError(key, history)


def in_lookup_order(registries: Sequence[Registry], vendor: str) -> list[Registry]:
    """Sort repositories: those with a prefix of the vendor, then directories before http, then by priority."""

    def order(registry: Registry) -> tuple[bool, int, int]:
        prefix_matches = any(vendor.startswith(prefix) for prefix in registry.vendor_prefixes)
        return not prefix_matches, registry.rank, registry.priority

    return sorted(registries, key=order)
