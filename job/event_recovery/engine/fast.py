"""The fast route: a short cut for rows that simply recover, which are almost all, or that no flow is meant for.

A row is parsed and checked in C. Conditions and steps find most of what they look at by the name of a parameter
or field; only the other parts of a row that a flow looks at are made into documents. Whatever does not go smoothly
(another shape, a failing step) is left to the exact route, which starts again and tells why.

These rules are written on both routes, and change together. Each has a test, named here as ``pytest -k`` finds it; and
the unit tests of the engine recover their rows on both routes and compare (``support.engine.rows.recover_with``).

==================  ==================================  ===============================  ===============================
rule                fast route                          exact route                      test
==================  ==================================  ===============================  ===============================
envelope            ``FastRoute._route_for``            ``badrows.row.read_row``         ``the_fast_route_is_as_strict``
shapes of a row     ``badrows.structs.row_parsers``     ``badrows.types.decode_data``    ``the_fast_route_is_as_strict``
numbers as text     ``badrows.sections.read_numbers``   ``badrows.decoders``             ``the_fast_route_is_as_strict``
normal form         ``badrows.sections.normalise``      ``badrows.decoders``             ``the_fast_route_agrees``
condition roots     ``_Route.matches``, ``plan_flow``   ``exact.choose_flows``           ``the_root_is_the_data``
texts of a failure  ``fast_plan._told``                 ``badrows.failures``             ``text_that_the_failure``
fields of a value   ``fast_fields.payload_field``       ``flows.walk.plain_field``       ``the_fast_route_agrees``
named pairs         ``fast_pairs.pair_path``            ``flows.walk.field_of_kind``     ``the_fast_route_agrees``
filtered pairs      ``fast_pairs.PairPath.pairs``       ``flows.walk.filtered``          ``the_fast_route_agrees``
edits of pairs      ``fast_edits.PairEdit``             ``flows.edits.Edit.pair``        ``the_fast_route_agrees``
read again          ``fast_plan``, ``held``             ``exact.Payload.after``          ``the_fast_route_agrees``
double encoding     ``_is_doubly_encoded``              ``exact.take_payload``           ``how_often_the_payload``
wrapped lines       ``_Route.recover``                  ``badrows.row.read_row``         ``wrapped``
headers of the row  ``_Route.recovered``                ``exact.Payload.headers``        ``both_routes_mark_alike``
request path        ``_Route.recovered``                ``exact.Payload.coerce``         ``a_step_on_the_vendor``
==================  ==================================  ===============================  ===============================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from msgspec import ValidationError

from event_recovery.badrows.format_violation import is_doubly_encoded, read_collector_payload
from event_recovery.badrows.row import BadRow, may_hold_a_line
from event_recovery.badrows.sections import View, document, normalise, read_numbers, views
from event_recovery.badrows.serialise import coerce_collector_payload, coerce_raw_event
from event_recovery.badrows.structs import Parsers, row_parsers
from event_recovery.badrows.types import BadRowType, PayloadKind, named_type
from event_recovery.config.loader import RecoveryConfig
from event_recovery.engine.fast_plan import Choice, FlowPlan, NeedsExactRoute, choice_among, plan_flow
from event_recovery.engine.held import HeldDocuments
from event_recovery.engine.result import Recovered
from event_recovery.errors import RowFailure
from event_recovery.flows.walk import NotApplicable
from event_recovery.iglu import uris
from event_recovery.javaregex import MatchTimeout
from event_recovery.text.jsontext import Json

_ENVELOPE: Final = re.compile(rb'[ \t]*\{\s*"schema"\s*:\s*"([^"\\]{1,500})"')
_BACKSLASH: Final = 0x5C
_MAX_USUAL: Final = 20
_MAX_ROUTES: Final = 1000

# Python 3.11 takes a while to look up the member of an enumeration.
_THRIFT: Final = PayloadKind.THRIFT
_ENRICHMENT: Final = PayloadKind.ENRICHMENT

# ValueError covers faults in JSON, UTF-8, shapes, and timestamps.
_NOT_SMOOTH: Final = (RowFailure, NotApplicable, MatchTimeout, ValueError, RecursionError)


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


@dataclass(slots=True)
class _Route:
    """How rows of one envelope URI recover.

    :param known_parsers: those that refuse what has other fields than they know
    :param tested: makes the sections that conditions look at, as much of each as they need
    :param views: makes each section as a whole
    :param told: whether a flow tells texts that the failure must have
    :param numbers_as_text: whether the last row that was not parsed otherwise had them, as all of one Enrich do
    """

    uri: str
    type: BadRowType
    parsers: Parsers
    known_parsers: Parsers
    tested: dict[str, View]
    views: dict[str, View]
    flows: tuple[FlowPlan, ...]
    choice: Choice | None
    unconditional: bool
    told: bool
    numbers_as_text: bool = False

    def recover(self, line: bytes) -> Recovered | BadRow | None:
        row = self.parsed(line)
        if row.schema != self.uri:
            return None  # the key is there twice
        parsed, held = row.data, HeldDocuments()
        payload, kind = parsed.payload, self.type.kind
        if kind is _THRIFT and may_hold_a_line(payload):
            return None
        normalise(kind, payload)
        matching = self.flows if self.unconditional else self.chosen(parsed, held)
        if not matching:
            return BadRow(self.uri, self.type, {name: view(parsed) for name, view in self.views.items()})
        return self.recovered(parsed, payload, matching, held)

    def parsed(self, line: bytes) -> Any:
        """Parse a line, all of which must be UTF-8."""
        if line.isascii():
            return self.parsed_by(self.parsers, line)
        try:
            row = self.parsed_by(self.known_parsers, line)
        except ValidationError:
            line.decode()  # the parser does not look into what it passes over
            return self.parsed_by(self.parsers, line)
        failure = bytes(row.data.failure)  # all that was passed over
        if not failure.isascii():
            failure.decode()
        return row

    def parsed_by(self, parsers: Parsers, line: bytes) -> Any:
        usual, with_numbers_as_text = parsers
        if not self.numbers_as_text:
            try:
                return usual(line)
            except ValidationError:
                if with_numbers_as_text is None:
                    raise
        assert with_numbers_as_text is not None
        row = with_numbers_as_text(line)
        self.numbers_as_text = read_numbers(row.data.payload.enriched)
        return row

    def chosen(self, parsed: Any, held: HeldDocuments) -> tuple[FlowPlan, ...]:
        sections: dict[str, Json] = {}
        failure = bytes(parsed.failure) if self.told else b""
        flows, choice = self.flows, self.choice
        if choice is not None:
            flows = choice.by_text.get(choice.field(parsed), choice.others)
        return tuple([flow for flow in flows if self.matches(flow, parsed, failure, sections, held)])

    def matches(
        self, flow: FlowPlan, parsed: Any, failure: bytes, sections: dict[str, Json], held: HeldDocuments
    ) -> bool:
        """Try a flow's conditions, those that cost least first."""
        for field_test in flow.field_tests:
            if not field_test.holds(parsed):
                return False
        for text in flow.told:
            if failure.find(text) < 0 and _BACKSLASH not in failure:
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

    def recovered(self, parsed: Any, payload: Any, flows: Iterable[FlowPlan], held: HeldDocuments) -> Recovered:
        original_path, kind = None, self.type.kind
        if kind is _THRIFT:
            doubly_encoded = _is_doubly_encoded(bytes(parsed.failure))
            payload, original_path = read_collector_payload(payload, doubly_encoded=doubly_encoded)
            origin = payload.vendor, payload.version
        sent = payload.raw if kind is _ENRICHMENT else payload
        headers = sent.headers
        for flow in flows:
            for step in flow.steps:
                step.apply(payload, held)
        held.close_all()
        if kind is _ENRICHMENT:
            return Recovered(coerce_raw_event(sent), self.type, sent, headers)
        if original_path and (payload.vendor, payload.version) != origin:
            original_path = None
        return Recovered(coerce_collector_payload(payload, original_path), self.type, payload, headers)


def _is_doubly_encoded(failure: bytes) -> bool:
    # Only a failure that has escapes, or these words, can have the message.
    told = _BACKSLASH in failure or failure.find(b"deserializing") >= 0
    return told and is_doubly_encoded(orjson.loads(failure))


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
        plans = tuple([plan_flow(flow, bad_row_type.kind) for flow in flows])
    except NeedsExactRoute:
        return None
    whole = views(bad_row_type)
    tested = whole
    if bad_row_type.kind is PayloadKind.ENRICHMENT and all(s[1:] == ("raw",) for s in sections if s[0] == "payload"):
        tested = {**whole, "payload": lambda parsed: document(parsed.payload, "raw")}
    return _Route(
        schema.uri,
        bad_row_type,
        row_parsers(bad_row_type.kind),
        row_parsers(bad_row_type.kind, known_only=True),
        tested,
        whole,
        plans,
        choice_among(plans),
        unconditional=not sections,
        told=any(plan.told for plan in plans),
    )
