"""A short cut for the rows that simply recover, which are almost all, or that no flow is meant for.

A row is parsed and checked in C, straight into the documents that conditions and steps work on, and only the parts that
the matching flows look at are put into the form the reference gives them. Whatever does not go smoothly (another shape,
a failing step) is left to the exact route, which starts again and tells why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from event_recovery import iglu, shapes
from event_recovery.coercion import coerce_collector_payload, coerce_raw_event
from event_recovery.conditions import Condition
from event_recovery.config import Flow, RecoveryConfig
from event_recovery.cpformat import read_collector_payload
from event_recovery.decoding import Decoder, name_value_pairs
from event_recovery.errors import RowFailure
from event_recovery.exact import BadRow
from event_recovery.fasttypes import payload_view, row_parser, same_pairs, views
from event_recovery.javaregex import MatchTimeout
from event_recovery.jsontext import Json
from event_recovery.operations import Operation
from event_recovery.path import SPECIAL_NAMES, Field
from event_recovery.shapes import BadRowType, PayloadKind, named_type
from event_recovery.walk import Unfit

_ENVELOPE = re.compile(rb'[ \t]*\{\s*"schema"\s*:\s*"([^"\\]{1,500})"')
_MAX_ROUTES = 1000

# ValueError covers faults in JSON, UTF-8, shapes, and timestamps.
_NOT_SMOOTH = (RowFailure, Unfit, MatchTimeout, ValueError, RecursionError)


class Mended(NamedTuple):
    """The bytes of a collector payload, and the type of the bad row it comes from."""

    payload: bytes
    type: BadRowType


class FastRoute:
    """The short cut for one config. Routes are made once for each envelope URI, and kept."""

    def __init__(self, config: RecoveryConfig) -> None:
        self._config = config
        self._routes: dict[bytes, _Route | None] = {}

    def recover(self, line: bytes) -> Mended | BadRow | None:
        """Mend a line, or give the row when no flow matches it; anything else is left to the exact route."""
        envelope = _ENVELOPE.match(line)
        if envelope is None:
            return None
        uri = envelope[1]
        try:
            route = self._routes[uri]
        except KeyError:
            route = _route(self._config, uri)
            if len(self._routes) < _MAX_ROUTES:
                self._routes[uri] = route
        if route is None:
            return None
        try:
            if not line.isascii():
                line.decode()  # the parser does not look into the parts it skips
            return route.recover(line)
        except _NOT_SMOOTH:
            return None


@dataclass(frozen=True, slots=True)
class _Step:
    """A step, and the one field of the payload that has to be read again after it."""

    operation: Operation
    holder: str | None
    field: str
    decode: Decoder

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        changed: dict[str, Any] = self.operation.apply(document)
        owner = changed if self.holder is None else changed[self.holder]
        owner[self.field] = self.decode(owner[self.field], None)
        return changed


@dataclass(frozen=True, slots=True)
class _PairStep:
    """A step on the plain text of a named pair.

    Both the pair and its list are made anew: they may be the value of an earlier step, which later rows get as well.
    """

    operation: Operation
    holder: str | None
    field: str
    name: str

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        owner = document if self.holder is None else document[self.holder]
        for place, pair in enumerate(owner[self.field]):
            if pair["name"] == self.name:
                value = self.operation.result(pair["value"])
                if type(value) is not str:
                    raise ValueError(value)
                pairs = owner[self.field].copy()
                pairs[place] = {"name": self.name, "value": value}
                owner[self.field] = pairs
                return document
        raise ValueError(self.name)


@dataclass(frozen=True, slots=True)
class _FlowPlan:
    conditions: tuple[Condition, ...]
    steps: tuple[_Step | _PairStep, ...]


@dataclass(frozen=True, slots=True)
class _Route:
    """How rows of one envelope URI recover.

    ``payload`` makes what its flows look at of the payload, ``views`` make the row's sections, each as a whole.
    """

    uri: str
    type: BadRowType
    parse: Callable[[bytes], Any]
    payload: Callable[[Any], Json]
    views: dict[str, Callable[[Any], Json]]
    flows: tuple[_FlowPlan, ...]
    unconditional: bool

    def recover(self, line: bytes) -> Mended | BadRow | None:
        row = self.parse(line)
        if row.schema != self.uri:
            return None  # the key stood there twice
        document = self.payload(row.data)
        matching = self.flows if self.unconditional else self.chosen(row.data, document)
        if not matching:
            return BadRow(self.uri, self.type, {name: view(row.data) for name, view in self.views.items()})
        return Mended(self.mended(row.data, document, matching), self.type)

    def chosen(self, parsed: Any, payload: Json) -> list[_FlowPlan]:
        data = {"payload": payload}
        return [flow for flow in self.flows if all(self.holds(test, parsed, data) for test in flow.conditions)]

    def holds(self, condition: Condition, parsed: Any, data: dict[str, Json]) -> bool:
        section = condition.sections[0]
        if section not in data and section in self.views:
            data[section] = self.views[section](parsed)
        return condition.holds(data)

    def mended(self, parsed: Any, document: Any, flows: Iterable[_FlowPlan]) -> bytes:
        original_path = None
        if self.type.kind is PayloadKind.THRIFT:
            read = read_collector_payload(document, orjson.loads(bytes(parsed.failure)))
            document, original_path = read.document, read.original_path
            origin = document["vendor"], document["version"]
        for flow in flows:
            for step in flow.steps:
                document = step.apply(document)
        if self.type.kind is PayloadKind.ENRICHMENT:
            return coerce_raw_event(document["raw"])
        if original_path and (document["vendor"], document["version"]) != origin:
            original_path = None
        return coerce_collector_payload(document, original_path)


def _route(config: RecoveryConfig, uri: bytes) -> _Route | None:
    """Plan the short cut for an envelope URI, unless its type or its flows need the exact route."""
    try:
        schema = iglu.parse_uri(uri.decode())
    except ValueError:
        return None
    bad_row_type = named_type(schema)
    flows = config.flows_for(schema.uri)
    if bad_row_type is None or bad_row_type.kind in (PayloadKind.NONE, PayloadKind.NESTED):
        return None
    plans = [_plan(flow, bad_row_type) for flow in flows]
    sections = {condition.sections for flow in flows for condition in flow.conditions}
    if None in plans or () in sections:
        return None
    steps = [step for flow in flows for step in flow.steps]
    whole = any(len(s) < 2 or s[1] != "raw" for s in sections if s[0] == "payload") or any(
        getattr(step.path[0], "name", None) != "raw" for step in steps
    )
    return _Route(
        schema.uri,
        bad_row_type,
        row_parser(bad_row_type.kind),
        payload_view(bad_row_type.kind, whole=whole),
        views(bad_row_type),
        tuple(plan for plan in plans if plan is not None),
        unconditional=not sections,
    )


def _plan(flow: Flow, bad_row_type: BadRowType) -> _FlowPlan | None:
    steps = [_step(operation, bad_row_type.kind) for operation in flow.steps]
    if None in steps:
        return None
    return _FlowPlan(flow.conditions, tuple(step for step in steps if step is not None))


def _step(operation: Operation, kind: PayloadKind) -> _Step | _PairStep | None:
    """Find the field that a step changes; a step on the payload as a whole has none."""
    names = [segment.name if isinstance(segment, Field) else "" for segment in operation.path]
    holder = names.pop(0) if kind is PayloadKind.ENRICHMENT and names else None
    if holder is None:
        fields = {} if kind is PayloadKind.ENRICHMENT else shapes.COLLECTOR_PAYLOAD_FIELDS
    else:
        fields = {"raw": shapes.RAW_FIELDS, "enriched": shapes.ENRICHED_DECODERS}.get(holder, {})
    if not names or names[0] not in fields:
        return None
    decode = fields[names[0]]
    if decode is name_value_pairs and len(names) > 1 and names[1]:
        if len(names) == 2 and names[1].lower() not in SPECIAL_NAMES:
            return _PairStep(operation, holder, names[0], names[1])
        decode = same_pairs  # only the value of a named pair can have changed
    return _Step(operation, holder, names[0], decode)
