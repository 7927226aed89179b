"""Look a schema up in the repositories of an Iglu resolver config, in their order, with a cache."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Protocol

from cachetools import TTLCache

from event_recovery.iglu.registries import PACKAGED_SCHEMAS, JsonObject, Registry, RegistryError
from event_recovery.iglu.superseding import fetch_superseding
from event_recovery.iglu.uris import SchemaKey

#: What a repository answers that lacks a schema.
NOT_FOUND = "NotFound"

#: For events: how many schemas are kept at least, and how many seconds a registry that failed is left alone.
_KEPT_FOR_EVENTS: Final = 500
_REST_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Tries:
    """What one repository answered so far.

    :param errors: ``NotFound`` or texts of failures, the latest last
    :param is_final: whether the repository lacks the schema for good, so that asking it again is useless
    :param again: the time of the resolver's timer before which it is not asked again
    """

    errors: tuple[str, ...]
    attempts: int
    is_final: bool = False
    again: float = 0.0

    def __str__(self) -> str:
        return f"[{', '.join(self.errors)}] after {self.attempts} {'attempt' if self.attempts == 1 else 'attempts'}"

    def then(self, error: str, *, is_final: bool, again: float) -> Tries:
        """Add one more unsuccessful try."""
        earlier = tuple(text for text in self.errors if text != error)
        return Tries((*earlier, error), self.attempts + 1, is_final, again)


@dataclass(frozen=True, slots=True)
class Found:
    """A schema that was looked up for events.

    :param superseded_by: the version whose schema this is, when the registry has the one asked for replaced by it
    """

    schema: JsonObject
    superseded_by: str | None = None


class SchemaNotFoundError(LookupError):
    """No repository gave the schema; ``history`` says what each one answered."""

    def __init__(self, key: SchemaKey, history: Mapping[Registry, Tries]) -> None:
        self.key = key
        self.history = dict(history)
        lines = [f"* {registry.name} due {tries}" for registry, tries in self.history.items()]
        super().__init__("\n".join(["Schema cannot be resolved in following repositories:", *lines]))

    @property
    def unsure(self) -> dict[str, str]:
        """The last failure of each repository, by its name, that may have the schema all the same."""
        return {registry.name: tries.errors[-1] for registry, tries in self.history.items() if not tries.is_final}


class SchemaLookup(Protocol):
    """Anything that finds schemas by key."""

    def lookup(self, key: SchemaKey) -> JsonObject:
        """Return the schema.

        :raises SchemaNotFoundError: when it cannot be found
        """


class Resolver:
    """The repositories of one resolver config, with the built-in one, and the schemas they gave.

    A repository that said it lacks a schema is asked again only when that answer has left the cache; one that failed
    after ``rest`` seconds. Threads may share a resolver; pickled, it leaves its cache behind.

    :param cache_size: schemas in the cache; 0 or less for no cache
    :param cache_ttl: seconds that they stay there; None keeps them, 0 or less is for no cache
    :param superseding: whether a schema that another version supersedes is replaced by it
    :param rest: seconds that a repository which failed is not asked for the schema again, or, if it could not be
        reached, for any schema
    """

    def __init__(
        self,
        registries: Sequence[Registry],
        *,
        cache_size: int,
        cache_ttl: int | None = None,
        superseding: bool = False,
        rest: float = 0.0,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registries: tuple[Registry, ...] = (*registries, PACKAGED_SCHEMAS)
        self._settings: dict[str, Any] = {
            "cache_size": cache_size,
            "cache_ttl": cache_ttl,
            "superseding": superseding,
            "rest": rest,
            "timer": timer,
        }
        self._superseding, self._rest, self._timer = superseding, rest, timer
        lifetime = math.inf if cache_ttl is None else cache_ttl
        self._caches = cache_size > 0 and lifetime > 0
        size = max(cache_size, 1)
        self._lock = Lock()
        self._schemas: TTLCache[SchemaKey, Found] = TTLCache(size, lifetime, timer)
        self._misses: TTLCache[SchemaKey, dict[Registry, Tries]] = TTLCache(size, lifetime, timer)
        self._resting: dict[Registry, Tries] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"registries": self.registries[:-1], **self._settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Resolver.__init__(self, **state)

    def for_events(self) -> Resolver:
        """Return a resolver of the same repositories that is asked for every event."""
        settings = self._settings | {
            "cache_size": max(self._settings["cache_size"], _KEPT_FOR_EVENTS),
            "superseding": True,
            "rest": _REST_S,
        }
        if settings["cache_ttl"] is not None and settings["cache_ttl"] <= 0:
            settings["cache_ttl"] = None
        return Resolver(self.registries[:-1], **settings)

    def lookup(self, key: SchemaKey) -> JsonObject:
        """Return the schema from the cache or the first repository that has it.

        :raises SchemaNotFoundError: when none has it
        """
        return self.find(key).schema

    def find(self, key: SchemaKey) -> Found:
        """Return the schema, and whether it is that of another version.

        :raises SchemaNotFoundError: when no repository has it
        """
        with self._lock:
            cached: Found | None = self._schemas.get(key)
            history = dict(self._misses.get(key, {})) if cached is None else {}
        if cached is not None:
            return cached
        for registry in in_lookup_order(self.registries, key.vendor):
            earlier = history.get(registry)
            if earlier is not None and (earlier.is_final or self._timer() < earlier.again):
                continue
            resting = self._resting.get(registry)
            if resting is not None and self._timer() < resting.again:
                history[registry] = resting
                continue
            answer = self._ask(registry, key, earlier)
            if isinstance(answer, Found):
                if self._caches:
                    with self._lock:
                        self._schemas[key] = answer
                return answer
            history[registry] = answer
        if self._caches:
            with self._lock:
                self._misses[key] = history
        raise SchemaNotFoundError(key, history)

    def _ask(self, registry: Registry, key: SchemaKey, earlier: Tries | None) -> Found | Tries:
        tries = earlier or Tries((), 0)
        try:
            schema = registry.fetch(key)
            if schema is not None:
                if not self._superseding:
                    return Found(schema)
                superseding, version = fetch_superseding(registry, key, schema)
                if superseding is not None:
                    return Found(superseding, version)
        except RegistryError as error:
            failed = tries.then(str(error), is_final=error.final, again=self._timer() + self._rest)
            if error.unreachable:
                self._resting[registry] = failed
            return failed
        return tries.then(NOT_FOUND, is_final=True, again=0.0)


def in_lookup_order(registries: Sequence[Registry], vendor: str) -> list[Registry]:
    """Sort repositories: those with a prefix of the vendor, then directories before http, then by priority."""

    def order(registry: Registry) -> tuple[bool, int, int]:
        prefix_matches = any(vendor.startswith(prefix) for prefix in registry.vendor_prefixes)
        return not prefix_matches, registry.rank, registry.priority

    return sorted(registries, key=order)
