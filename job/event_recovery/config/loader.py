"""The recovery config: from JSON to compiled flows, with everything that is wrong with it reported at once.

A config is ``{"schema": Iglu URI, "data": {key pattern: [flow, ...]}}``; a flow is ``{"name", "conditions", "steps"}``.
Paths, regexes and replacement templates are compiled here, so that no row can meet a broken one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from event_recovery.badrows.decoders import INT32, DecodeError, integer
from event_recovery.config.formats import OWN_RECOVERIES
from event_recovery.config.reader import Place, shown
from event_recovery.config.step_reader import StepReader
from event_recovery.documents.problems import ConfigError, Problem
from event_recovery.flows.conditions import Condition, Equals, Finds, Matcher, Size
from event_recovery.flows.path import Search
from event_recovery.flows.steps import Operation
from event_recovery.iglu import uris
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces, parse

_SIZE_COMPARISONS = ("eq", "gt", "lt")


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps for the rows that meet all conditions."""

    name: str
    conditions: tuple[Condition, ...]
    steps: tuple[Operation, ...]


FlowsByKey: TypeAlias = tuple[tuple[str, tuple[Flow, ...]], ...]


@dataclass(frozen=True, slots=True)
class RecoveryConfig:
    """The flows of every key pattern, in document order. It pickles as its text, from which it is compiled again."""

    flows_by_key: FlowsByKey
    text: str

    def __reduce__(self) -> tuple[Callable[[str], RecoveryConfig], tuple[str]]:
        return load_config, (self.text,)

    def flows_for(self, uri: str) -> tuple[Flow, ...]:
        """Return the flows of all keys that match an envelope URI, in document order."""
        return tuple(flow for key, flows in self.flows_by_key if uris.key_matches(key, uri) for flow in flows)


def load_config(config: Mapping[str, Any] | str | bytes) -> RecoveryConfig:
    """Compile a config.

    :param config: a JSON document, as text or already parsed; only text keeps numbers as they are written
    :raises ConfigError: with every problem and its JSON path
    """
    document = _document(config)
    loader = _Loader(own=type(document) is dict and document.get("schema") == OWN_RECOVERIES.uri)
    flows_by_key = loader.config(document)
    if loader.problems:
        raise ConfigError(loader.problems)
    return RecoveryConfig(flows_by_key, no_spaces(document))


def _document(config: Mapping[str, Any] | str | bytes) -> Json:
    if isinstance(config, Mapping):
        return dict(config)
    try:
        return parse(config if isinstance(config, str) else config.decode())
    except (JsonTextError, UnicodeDecodeError) as error:
        raise ConfigError([Problem("$", f"not JSON: {error}")]) from None


class _Loader(StepReader):
    def config(self, document: Json) -> FlowsByKey:
        if type(document) is not dict:
            self.problem((), f"expected an object with schema and data, got {shown(document)}")
            return ()
        uri = self.member(document, (), "schema", str, "a full Iglu URI")
        if uri is not None:
            try:
                uris.parse_uri(uri)
            except uris.SchemaUriError as error:
                self.problem(("schema",), f"expected a full Iglu URI, got {shown(uri)} ({error.code})")
        data = self.member(document, (), "data", dict, "an object of schema key patterns and their flows") or {}
        return tuple((key, self.flows(flows, ("data", key))) for key, flows in data.items())

    def flows(self, flows: Json, place: Place) -> tuple[Flow, ...]:
        if type(flows) is not list:
            self.problem(place, f"expected an array of flows, got {shown(flows)}")
            return ()
        return tuple(self.flow(flow, (*place, index)) for index, flow in enumerate(flows))

    def flow(self, flow: Json, place: Place) -> Flow:
        if type(flow) is not dict:
            self.problem(place, f"expected a flow with name, conditions and steps, got {shown(flow)}")
            return Flow("", (), ())
        name = self.member(flow, place, "name", str, "a string")
        conditions = self.member(flow, place, "conditions", list, "an array of conditions") or ()
        steps = self.member(flow, place, "steps", list, "an array of steps") or ()
        return Flow(
            name or "",
            tuple(filter(None, (self.condition(c, (*place, "conditions", i)) for i, c in enumerate(conditions)))),
            tuple(filter(None, (self.step(s, (*place, "steps", i)) for i, s in enumerate(steps)))),
        )

    def condition(self, condition: Json, place: Place) -> Condition | None:
        if type(condition) is not dict:
            self.problem(place, f"expected a condition with op, path and value, got {shown(condition)}")
            return None
        if self.member(condition, place, "op", str, '"Test"') not in (None, "Test"):
            self.problem((*place, "op"), f'expected "Test", got {shown(condition["op"])}')
        path = self.path(condition, place)
        if "value" not in condition:
            self.problem(place, "value is missing, expected an object with regex, value or size")
            return None
        matcher = self.matcher(condition["value"], (*place, "value"))
        return None if matcher is None or path is None else Condition(path, matcher)

    def matcher(self, matcher: Json, place: Place) -> Matcher | None:
        if type(matcher) is dict and type(matcher.get("regex")) is str:
            pattern = self.pattern(matcher["regex"], (*place, "regex"))
            return Finds(Search(pattern)) if pattern else None
        if type(matcher) is dict and "value" in matcher:
            return Equals(self.json(matcher["value"], (*place, "value")))
        if type(matcher) is dict and type(matcher.get("size")) is dict:
            return self.size(matcher["size"], (*place, "size"))
        self.problem(
            place,
            'expected {"regex": string}, {"value": any JSON} or {"size": {"eq" or "gt" or "lt": integer}}, '
            f"got {shown(matcher)}",
        )
        return None

    def size(self, size: dict[str, Any], place: Place) -> Matcher | None:
        for comparison in _SIZE_COMPARISONS:
            if comparison in size:
                try:
                    return Size(comparison, integer(INT32)(size[comparison], None))
                except DecodeError:
                    self.problem((*place, comparison), f"expected a 32-bit integer, got {shown(size[comparison])}")
                    return None
        self.problem(place, f"expected one of eq, gt and lt, got {shown(size)}")
        return None
