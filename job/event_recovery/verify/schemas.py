"""Is this data what its schema asks for? Schemas by their key, compiled, and what Enrich would write of them."""

from __future__ import annotations

import time
from typing import Any, Final, NamedTuple

from event_recovery.iglu.resolver import NOT_FOUND, Found, Resolver, SchemaNotFoundError
from event_recovery.iglu.uris import SchemaKey
from event_recovery.javaregex import MatchTimeout
from event_recovery.text.jsontext import Json
from event_recovery.verify.dialect.compiling import Compiler
from event_recovery.verify.dialect.metaschema import schema_issues
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import Check, UnusableSchema
from event_recovery.verify.dialect.shapes import Shape, shape_of
from event_recovery.verify.envelopes import is_published
from event_recovery.verify.failures import NotCheckable
from event_recovery.verify.generations import Generation

_MOST_KNOWN: Final = 1_000
#: How long the resolver is not asked, which counts the lifetime of what registries said.
_FRESH_S: Final = 5.0

#: The error part of a message, as a bad row has it.
Error = dict[str, Any]


class _Known(NamedTuple):
    found: Found
    compiled: Check | Error
    shape: Shape | None
    is_published: bool
    until: float


class Schemas:
    """The schemas that events are held to.

    :param resolver: where they are looked up; without one only those that come with this package are known
    """

    def __init__(self, resolver: Resolver | None, generation: Generation) -> None:
        self.patience = Patience()
        self._is_complete = resolver is not None
        self._resolver = (resolver or Resolver([], cache_size=0)).for_events()
        self._generation = generation
        self._known: dict[SchemaKey, _Known] = {}

    def error(self, key: SchemaKey, data: Json) -> Error | None:
        """Return what is wrong with data, or with its schema; None when nothing is.

        :raises NotCheckable: when it cannot be told
        """
        try:
            known = self._find(key)
        except SchemaNotFoundError as error:
            if not self._is_complete:
                raise NotCheckable(f"{key.uri}: there is no resolver config") from error
            return _resolution_error(error)
        compiled = known.compiled
        if isinstance(compiled, dict):
            return compiled
        try:
            reports = compiled(data)
        except (UnusableSchema, OverflowError, MatchTimeout) as unable:
            raise NotCheckable(f"{key.uri}: {unable}") from unable
        except RecursionError:
            raise NotCheckable(f"{key.uri}: data or schema nests too deeply") from None
        if not reports:
            return None
        superseded = {} if known.found.superseded_by is None else {"supersededBy": known.found.superseded_by}
        unique = dict.fromkeys(reports)
        return {**superseded, "error": "ValidationError", "dataReports": [report.as_json() for report in unique]}

    def surely_fits(self, key: SchemaKey, data: bytes) -> bool:
        """Tell whether a text is surely JSON that fits its schema.

        :raises NotCheckable: when the schema cannot be looked at
        :raises SchemaNotFoundError: when no registry has it
        """
        shape = self._find(key).shape
        return shape is not None and shape.fits(data)

    def is_published(self, key: SchemaKey) -> bool:
        """Tell whether the schema of an envelope is one that Snowplow has published.

        :raises NotCheckable: when the schema cannot be looked at
        :raises SchemaNotFoundError: when no registry has it
        """
        return self._find(key).is_published

    def _find(self, key: SchemaKey) -> _Known:
        """Return a schema and what it compiles to, or what is wrong with it as a schema.

        :raises SchemaNotFoundError: when no registry has it
        """
        known = self._known.get(key)
        if known is not None and time.monotonic() < known.until:
            return known
        found = self._resolver.find(key)
        # Most schemas come back as they were; one that has left the resolver's cache may be another.
        made = known if known is not None and known.found is found else self._compile(key, found)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        known = self._known[key] = made._replace(until=time.monotonic() + _FRESH_S)
        return known

    def _compile(self, key: SchemaKey, found: Found) -> _Known:
        try:
            issues = schema_issues(found.schema, self._generation)
            if issues:
                return _Known(found, {"error": "ValidationError", "schemaIssues": issues}, None, False, 0.0)
            compiler = Compiler(found.schema, self._generation, self.patience)
            check = compiler.compile(found.schema)
            return _Known(found, check, shape_of(compiler), is_published(key.name, found.schema), 0.0)
        except RecursionError as error:
            raise NotCheckable(f"{key.uri}: the schema nests too deeply") from error


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
