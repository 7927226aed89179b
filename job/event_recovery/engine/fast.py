"""The fast route: a short cut for rows that simply recover, which are almost all, or that no flow is meant for.

A row is parsed and checked in C. Conditions and steps find most of what they look at by the name of a parameter; only
the other parts of a row that a flow looks at are made into documents. Whatever does not go smoothly (another shape, a
failing step) is left to the exact route, which starts again and tells why.

These rules are written on both routes, and change together. Each has a test, named here as ``pytest -k`` finds it; and
the unit tests of the engine recover their rows on both routes and compare (``support.engine.rows.recover_with``).

==================  ==================================  ===============================  ===============================
rule                fast route                          exact route                      test
==================  ==================================  ===============================  ===============================
envelope            ``FastRoute._route_for``            ``badrows.row.read_row``         ``the_fast_route_is_as_strict``
shapes of a row     ``badrows.structs.row_parser``      ``badrows.types.decode_data``    ``the_fast_route_is_as_strict``
normal form         ``badrows.sections.normalise``      ``badrows.decoders``             ``the_fast_route_agrees``
condition roots     ``_Route.matches``, ``_plan``       ``exact.choose_flows``           ``the_root_is_the_data``
named pairs         ``fast_pairs.pair_path``            ``flows.walk.field_of_kind``     ``the_fast_route_agrees``
edits of pairs      ``fast_edits.PairEdit``             ``flows.edits.Edit.pair``        ``the_fast_route_agrees``
read again          ``_step``, ``_Step.apply``          ``exact.Payload.after``          ``the_fast_route_agrees``
double encoding     ``_is_doubly_encoded``              ``exact.take_payload``           ``how_often_the_payload``
wrapped lines       ``_Route.recover``                  ``badrows.row.read_row``         ``wrapped``
headers of the row  ``_Route.recovered``                ``exact.Payload.headers``        ``both_routes_mark_alike``
request path        ``_Route.recovered``                ``exact.Payload.coerce``         ``a_step_on_the_vendor``
==================  ==================================  ===============================  ===============================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import orjson
from msgspec import convert

from event_recovery.badrows import types
from event_recovery.badrows.decoders import Cursor, Decoder, name_value_pairs
from event_recovery.badrows.format_violation import is_doubly_encoded, read_collector_payload
from event_recovery.badrows.row import BadRow, may_hold_a_line
from event_recovery.badrows.sections import View, as_pairs, document, normalise, views
from event_recovery.badrows.serialise import coerce_collector_payload, coerce_raw_event
from event_recovery.badrows.structs import COLLECTOR_PAYLOAD, row_parser
from event_recovery.badrows.types import BadRowType, PayloadKind, named_type
from event_recovery.config.loader import Flow, RecoveryConfig
from event_recovery.engine.fast_edits import PairEdit
from event_recovery.engine.fast_fields import (
    FieldCondition,
    FieldStep,
    expected_text,
    field_condition,
    payload_field,
    telling_field,
)
from event_recovery.engine.fast_pairs import PairCondition, PairStep, pair_path
from event_recovery.engine.held import HeldDocuments
from event_recovery.engine.result import Recovered
from event_recovery.errors import RowFailure
from event_recovery.flows.conditions import Condition
from event_recovery.flows.own_steps import Delete, Rename, Set
from event_recovery.flows.path import Field
from event_recovery.flows.steps import Operation
from event_recovery.flows.walk import NotApplicable
from event_recovery.iglu import uris
from event_recovery.javaregex import MatchTimeout
from event_recovery.text.jsontext import Json

_ENVELOPE: Final = re.compile(rb'[ \t]*\{\s*"schema"\s*:\s*"([^"\\]{1,500})"')
_MAX_USUAL: Final = 20
_MAX_ROUTES: Final = 1000

# Python 3.11 takes a while to look up the member of an enumeration.
_THRIFT: Final = PayloadKind.THRIFT
_ENRICHMENT: Final = PayloadKind.ENRICHMENT

# ValueError covers faults in JSON, UTF-8, shapes, and timestamps.
_NOT_SMOOTH: Final = (RowFailure, NotApplicable, MatchTimeout, ValueError, RecursionError)


class _NeedsExactRoute(Exception):  # noqa: N818 - control flow that does not leave this module
    """A step has to be left to the exact route."""


class FastRoute:
    """The short cut for one config. Routes are made once for each envelope URI, and kept."""

    def __init__(self, config: RecoveryConfig) -> None:
        self._config = config
        self._usual: list[tuple[bytes, _Route | None]] = []
        self._routes: dict[bytes, _Route | None] = {}

    def recover(self, line: bytes) -> Recovered | BadRow | None:
        """Recover a line, or return the row when no flow matches it; None leaves it to the exact route."""
        route = self._route_for(line)
        if route is None:
            return None
        try:
            if not line.isascii():
                line.decode()  # the parser does not look into the parts it skips
            return route.recover(line)
        except _NOT_SMOOTH:
            return None

    def _route_for(self, line: bytes) -> _Route | None:
        for beginning, route in self._usual:
            if line.startswith(beginning):
                return route
        envelope = _ENVELOPE.match(line)
        if envelope is None:
            return None
        uri = envelope[1]
        if uri in self._routes:
            return self._routes[uri]
        route = _route(self._config, uri)
        if len(self._routes) < _MAX_ROUTES:
            self._routes[uri] = route
        if len(self._usual) < _MAX_USUAL:
            # As loaders write it, without a blank.
            self._usual.append((b'{"schema":"%b"' % uri, route))
        return route


@dataclass(frozen=True, slots=True)
class _Step:
    """A step, and the one field of the payload that has to be read again after it."""

    operation: Operation
    holder: str | None
    field: str
    decode: Decoder

    def apply(self, payload: Any, held: HeldDocuments) -> None:
        """Change a normalised payload where it is."""
        held.close_all()
        changed: dict[str, Any] = self.operation.apply(document(payload, self.holder))
        if self.holder is not None:
            payload, changed = getattr(payload, self.holder), changed[self.holder]
        # A field that was deleted is read as one that is null; where that cannot be, the exact route says why.
        setattr(payload, self.field, self.decode(changed.get(self.field), None))


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition on a section of the row."""

    section: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class _FlowPlan:
    field_tests: tuple[FieldCondition, ...]
    pair_tests: tuple[PairCondition, ...]
    tests: tuple[_Test, ...]
    steps: tuple[_Step | FieldStep | PairStep | PairEdit, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    """The flows that a row can meet at all, as one of its fields tells.

    :param by_text: the flows for each text that a flow asks for
    :param others: the flows for any other
    """

    field: Callable[[Any], Any]
    by_text: dict[str, tuple[_FlowPlan, ...]]
    others: tuple[_FlowPlan, ...]


@dataclass(frozen=True, slots=True)
class _Route:
    """How rows of one envelope URI recover.

    :param tested: makes the sections that conditions look at, as much of each as they need
    :param views: makes each section as a whole
    """

    uri: str
    type: BadRowType
    parse: Callable[[bytes], Any]
    tested: dict[str, View]
    views: dict[str, View]
    flows: tuple[_FlowPlan, ...]
    choice: _Choice | None
    unconditional: bool

    def recover(self, line: bytes) -> Recovered | BadRow | None:
        row = self.parse(line)
        if row.schema != self.uri:
            return None  # the key is there twice
        parsed, held = row.data, HeldDocuments()
        if self.type.kind is _THRIFT and may_hold_a_line(parsed.payload):
            return None
        normalise(self.type.kind, parsed.payload)
        matching = self.flows if self.unconditional else self.chosen(parsed, held)
        if not matching:
            return BadRow(self.uri, self.type, {name: view(parsed) for name, view in self.views.items()})
        return self.recovered(parsed, matching, held)

    def chosen(self, parsed: Any, held: HeldDocuments) -> tuple[_FlowPlan, ...]:
        sections: dict[str, Json] = {}
        flows, choice = self.flows, self.choice
        if choice is not None:
            flows = choice.by_text.get(choice.field(parsed), choice.others)
        return tuple([flow for flow in flows if self.matches(flow, parsed, sections, held)])

    def matches(self, flow: _FlowPlan, parsed: Any, sections: dict[str, Json], held: HeldDocuments) -> bool:
        """Try a flow's conditions, those that cost least first."""
        for field_test in flow.field_tests:
            if not field_test.holds(parsed):
                return False
        for pair_test in flow.pair_tests:
            if not pair_test.holds(parsed.payload, held):
                return False
        for test in flow.tests:
            if test.section not in sections and test.section in self.tested:
                sections[test.section] = self.tested[test.section](parsed)
            if not test.condition.holds(sections):
                return False
        return True

    def recovered(self, parsed: Any, flows: Iterable[_FlowPlan], held: HeldDocuments) -> Recovered:
        payload: Any = parsed.payload
        original_path = None
        if self.type.kind is _THRIFT:
            read = read_collector_payload(payload, doubly_encoded=_is_doubly_encoded(bytes(parsed.failure)))
            payload, original_path = convert(read.document, COLLECTOR_PAYLOAD), read.original_path
            origin = payload.vendor, payload.version
        headers = payload.raw.headers if self.type.kind is _ENRICHMENT else payload.headers
        for flow in flows:
            for step in flow.steps:
                step.apply(payload, held)
        held.close_all()
        if self.type.kind is _ENRICHMENT:
            return Recovered(coerce_raw_event(payload.raw), self.type, payload.raw, headers)
        if original_path and (payload.vendor, payload.version) != origin:
            original_path = None
        return Recovered(coerce_collector_payload(payload, original_path), self.type, payload, headers)


def _is_doubly_encoded(failure: bytes) -> bool:
    # Only a failure that has escapes, or these words, can have the message.
    return (b"deserializing" in failure or b"\\" in failure) and is_doubly_encoded(orjson.loads(failure))


def _route(config: RecoveryConfig, uri: bytes) -> _Route | None:
    """Plan the short cut for an envelope URI; None when its type or its flows need the exact route."""
    try:
        schema = uris.parse_uri(uri.decode())
    except ValueError:
        return None
    bad_row_type = named_type(schema)
    flows = config.flows_for(schema.uri)
    if bad_row_type is None or bad_row_type.kind in (PayloadKind.NONE, PayloadKind.NESTED):
        return None
    sections = {condition.sections for flow in flows for condition in flow.conditions}
    if () in sections:
        return None
    try:
        plans = tuple([_plan(flow, bad_row_type.kind) for flow in flows])
    except _NeedsExactRoute:
        return None
    whole = views(bad_row_type)
    tested = whole
    if bad_row_type.kind is PayloadKind.ENRICHMENT and all(s[1:] == ("raw",) for s in sections if s[0] == "payload"):
        tested = {**whole, "payload": lambda parsed: document(parsed.payload, "raw")}
    return _Route(
        schema.uri,
        bad_row_type,
        row_parser(bad_row_type.kind),
        tested,
        whole,
        plans,
        _choice(plans),
        unconditional=not sections,
    )


def _choice(flows: tuple[_FlowPlan, ...]) -> _Choice | None:
    name = telling_field([list(flow.field_tests) for flow in flows])
    if name is None:
        return None
    asked = [{expected_text(test) for test in flow.field_tests if test.name == name} - {None} for flow in flows]
    texts = {text for one in asked for text in one if text is not None}
    by_text = {text: tuple([flow for flow, one in zip(flows, asked, strict=True) if one <= {text}]) for text in texts}
    return _Choice(attrgetter(name), by_text, tuple([flow for flow, one in zip(flows, asked, strict=True) if not one]))


def _plan(flow: Flow, kind: PayloadKind) -> _FlowPlan:
    steps = tuple([_step(operation, kind) for operation in flow.steps])
    field_tests, pair_tests, tests = [], [], []
    for condition in flow.conditions:
        section = str(condition.sections[0])
        field_test = field_condition(condition, kind)
        path = None if section != "payload" or kind is PayloadKind.THRIFT else pair_path(condition.path[1:], kind)
        if field_test is not None:
            field_tests.append(field_test)
        elif path is None:
            tests.append(_Test(section, condition))
        else:
            pair_tests.append(PairCondition(path, condition))
    return _FlowPlan(tuple(field_tests), tuple(pair_tests), tuple(tests), steps)


def _step(operation: Operation, kind: PayloadKind) -> _Step | FieldStep | PairStep | PairEdit:
    """Find the field that a step changes.

    :raises _NeedsExactRoute: for a step on the payload as a whole, or on ``enriched``, which is not sent again, and for
        one that takes a field its name
    """
    path = pair_path(operation.path, kind)
    if isinstance(operation, Delete | Rename | Set):
        if path is not None and path.where is None:
            return PairEdit(path, operation, len(operation.path) - len(path.rest))
    elif path is not None:
        return PairStep(path, operation)
    else:
        field = payload_field(operation.path, kind)
        if field is not None:
            return FieldStep(*field, operation)
    names = [segment.name if isinstance(segment, Field) else "" for segment in operation.path]
    holder, fields = None, types.COLLECTOR_PAYLOAD_FIELDS
    if kind is PayloadKind.ENRICHMENT:
        if not names or names.pop(0) != "raw":
            raise _NeedsExactRoute
        holder, fields = "raw", types.RAW_FIELDS
    if not names or names[0] not in fields or (len(names) == 1 and isinstance(operation, Rename)):
        raise _NeedsExactRoute
    decode = fields[names[0]]
    if decode is name_value_pairs:
        # Only the value can have changed of a pair that the path names.
        decode = as_pairs if len(names) > 1 and names[1] else _read_pairs
    return _Step(operation, holder, names[0], decode)


def _read_pairs(value: Json, path: Cursor) -> Json:
    return as_pairs(name_value_pairs(value, path), path)
