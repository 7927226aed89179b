"""Is this data what its schema asks for? Schemas by their key, compiled, and what Enrich would write of them."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from cachetools import LRUCache

from event_recovery.iglu.resolver import NOT_FOUND, Found, Resolver, SchemaNotFoundError
from event_recovery.iglu.uris import SchemaKey
from event_recovery.javaregex import MatchTimeout
from event_recovery.text.jsontext import Json
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.metaschema import schema_issues
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check, UnusableSchema
from event_recovery.verify.failures import NotCheckable
from event_recovery.verify.generations import Generation

_COMPILED: Final = 1_000

#: The error part of a message, as a bad row has it.
Error = dict[str, Any]


class Schemas:
    """The schemas that events are held to.

    :param resolver: where they are looked up; without one only those that come with this package are known
    """

    def __init__(self, resolver: Resolver | None, generation: Generation) -> None:
        self.patience = Patience()
        self._is_complete = resolver is not None
        self._resolver = (resolver or Resolver([], cache_size=0)).for_events()
        self._generation = generation
        self._lock = Lock()
        self._compiled: LRUCache[SchemaKey, tuple[Found, Check | Error]] = LRUCache(_COMPILED)

    def error(self, key: SchemaKey, data: Json) -> Error | None:
        """Return what is wrong with data, or with its schema; None when nothing is.

        :raises NotCheckable: when it cannot be told
        """
        try:
            found = self._resolver.find(key)
        except SchemaNotFoundError as error:
            if not self._is_complete:
                raise NotCheckable(f"{key.uri}: there is no resolver config") from error
            return _resolution_error(error)
        compiled = self._compile(key, found)
        if isinstance(compiled, dict):
            return compiled
        try:
            reports = compiled(data)
        except UnusableSchema as error:
            raise NotCheckable(f"{key.uri}: {error}") from error
        except OverflowError as error:
            raise NotCheckable(f"{key.uri}: {error}") from error
        except RecursionError as error:
            raise NotCheckable(f"{key.uri}: data or schema nests too deeply") from error
        except MatchTimeout as error:
            raise NotCheckable(f"{key.uri}: {error}") from error
        if not reports:
            return None
        superseded = {} if found.superseded_by is None else {"supersededBy": found.superseded_by}
        unique = dict.fromkeys(reports)
        return {**superseded, "error": "ValidationError", "dataReports": [report.as_json() for report in unique]}

    def _compile(self, key: SchemaKey, found: Found) -> Check | Error:
        with self._lock:
            known = self._compiled.get(key)
        # A schema that has left the resolver's cache may have come back as another.
        if known is not None and known[0] is found:
            return known[1]
        compiled: Check | Error
        try:
            issues = schema_issues(found.schema, self._generation)
            if issues:
                compiled = {"error": "ValidationError", "schemaIssues": issues}
            else:
                compiled = Compiler(found.schema, self._generation, self.patience).compile(found.schema)
        except RecursionError as error:
            raise NotCheckable(f"{key.uri}: the schema nests too deeply") from error
        with self._lock:
            self._compiled[key] = (found, compiled)
        return compiled


def _resolution_error(error: SchemaNotFoundError) -> Error:
    """Return what is written of a schema that no registry has.

    :raises NotCheckable: when one may have it
    """
    if error.unsure:
        told = "; ".join(f"{name}: {text}" for name, text in error.unsure.items())
        raise NotCheckable(f"{error.key.uri}: {told}")
    history = [
        {"repository": registry.name, "errors": [_registry_error(text) for text in tries.errors]}
        for registry, tries in sorted(error.history.items(), key=lambda item: item[0].name)
    ]
    return {"error": "ResolutionError", "lookupHistory": history}


def _registry_error(text: str) -> dict[str, str]:
    return {"error": NOT_FOUND} if text == NOT_FOUND else {"error": "ClientFailure", "message": text}
