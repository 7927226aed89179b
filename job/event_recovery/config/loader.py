"""The recovery config: from JSON to compiled flows, with everything that is wrong with it reported at once.

A config is ``{"schema": Iglu URI, "data": {key pattern: [flow, ...]}}``; a flow is ``{"name", "conditions", "steps"}``.
Paths, regexes and replacement templates are compiled here, so that no row can meet a broken one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from event_recovery.badrows.decoders import INT32, DecodeError, integer
from event_recovery.documents.problems import ConfigError, Problem, json_path
from event_recovery.flows.conditions import Condition, Equals, Finds, Matcher, Size
from event_recovery.flows.operations import Add, Cast, Match, Operation, Replace, TextMatch
from event_recovery.flows.path import PathError, Segment, compile_path
from event_recovery.iglu import uris
from event_recovery.javaregex import JavaPattern, PatternError, TemplateError, compile_pattern, compile_template
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces, parse
from event_recovery.text.numbers import Number
from event_recovery.text.shorten import shorten

_CAST_TYPES = ("String", "Numeric", "Boolean", "Array")
_SIZE_COMPARISONS = ("eq", "gt", "lt")
_SHOWN = 80


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
    loader, document = _Loader(), _document(config)
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


_Place = tuple[str | int, ...]


class _Loader:
    """Collects problems on the way down, so that one run shows them all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: _Place, message: str) -> None:
        self.problems.append(Problem(json_path(place), message))

    def member(self, owner: dict[str, Any], place: _Place, key: str, expected: type, what: str) -> Any:
        """Return a required member of the right type, or report it and return None."""
        if key not in owner:
            self.problem(place, f"{key} is missing, expected {what}")
            return None
        value = owner[key]
        if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
            self.problem((*place, key), f"expected {what}, got {_shown(value)}")
            return None
        return value

    def config(self, document: Json) -> FlowsByKey:
        if type(document) is not dict:
            self.problem((), f"expected an object with schema and data, got {_shown(document)}")
            return ()
        uri = self.member(document, (), "schema", str, "a full Iglu URI")
        if uri is not None:
            try:
                uris.parse_uri(uri)
            except uris.SchemaUriError as error:
                self.problem(("schema",), f"expected a full Iglu URI, got {_shown(uri)} ({error.code})")
        data = self.member(document, (), "data", dict, "an object of schema key patterns and their flows") or {}
        return tuple((key, self.flows(flows, ("data", key))) for key, flows in data.items())

    def flows(self, flows: Json, place: _Place) -> tuple[Flow, ...]:
        if type(flows) is not list:
            self.problem(place, f"expected an array of flows, got {_shown(flows)}")
            return ()
        return tuple(self.flow(flow, (*place, index)) for index, flow in enumerate(flows))

    def flow(self, flow: Json, place: _Place) -> Flow:
        if type(flow) is not dict:
            self.problem(place, f"expected a flow with name, conditions and steps, got {_shown(flow)}")
            return Flow("", (), ())
        name = self.member(flow, place, "name", str, "a string")
        conditions = self.member(flow, place, "conditions", list, "an array of conditions") or ()
        steps = self.member(flow, place, "steps", list, "an array of steps") or ()
        return Flow(
            name or "",
            tuple(filter(None, (self.condition(c, (*place, "conditions", i)) for i, c in enumerate(conditions)))),
            tuple(filter(None, (self.step(s, (*place, "steps", i)) for i, s in enumerate(steps)))),
        )

    def condition(self, condition: Json, place: _Place) -> Condition | None:
        if type(condition) is not dict:
            self.problem(place, f"expected a condition with op, path and value, got {_shown(condition)}")
            return None
        if self.member(condition, place, "op", str, '"Test"') not in (None, "Test"):
            self.problem((*place, "op"), f'expected "Test", got {_shown(condition["op"])}')
        path = self.path(condition, place)
        if "value" not in condition:
            self.problem(place, "value is missing, expected an object with regex, value or size")
            return None
        matcher = self.matcher(condition["value"], (*place, "value"))
        return None if matcher is None or path is None else Condition(path, matcher)

    def matcher(self, matcher: Json, place: _Place) -> Matcher | None:
        if type(matcher) is dict and type(matcher.get("regex")) is str:
            pattern = self.pattern(matcher["regex"], (*place, "regex"))
            return Finds(pattern) if pattern else None
        if type(matcher) is dict and "value" in matcher:
            return Equals(self.json(matcher["value"], (*place, "value")))
        if type(matcher) is dict and type(matcher.get("size")) is dict:
            return self.size(matcher["size"], (*place, "size"))
        self.problem(
            place,
            'expected {"regex": string}, {"value": any JSON} or {"size": {"eq" or "gt" or "lt": integer}}, '
            f"got {_shown(matcher)}",
        )
        return None

    def size(self, size: dict[str, Any], place: _Place) -> Matcher | None:
        for comparison in _SIZE_COMPARISONS:
            if comparison in size:
                try:
                    return Size(comparison, integer(INT32)(size[comparison], None))
                except DecodeError:
                    self.problem((*place, comparison), f"expected a 32-bit integer, got {_shown(size[comparison])}")
                    return None
        self.problem(place, f"expected one of eq, gt and lt, got {_shown(size)}")
        return None

    def step(self, step: Json, place: _Place) -> Operation | None:
        if type(step) is not dict:
            self.problem(place, f"expected a step with op and path, got {_shown(step)}")
            return None
        op = self.member(step, place, "op", str, "Replace, Remove, Cast or Add")
        build: Callable[[dict[str, Any], tuple[Segment, ...], _Place], Operation | None] | None = {
            "Replace": self.replace,
            "Remove": self.remove,
            "Cast": self.cast,
            "Add": self.add,
        }.get(op or "")
        if op is not None and build is None:
            self.problem((*place, "op"), f"expected Replace, Remove, Cast or Add, got {_shown(op)}")
        path = self.path(step, place)
        return build(step, path or (), place) if build else None

    def replace(self, step: dict[str, Any], path: tuple[Segment, ...], place: _Place) -> Operation | None:
        if "value" not in step:
            self.problem(place, "value is missing, expected any JSON value to replace with")
            return None
        value = self.json(step["value"], (*place, "value"))
        return Replace(path, value, self.match(step, value, place))

    def remove(self, step: dict[str, Any], path: tuple[Segment, ...], place: _Place) -> Operation:
        return Replace(path, "", self.match(step, "", place))

    def match(self, step: dict[str, Any], value: Json, place: _Place) -> Match | TextMatch | None:
        text = step.get("match")
        if text is None:
            return None
        if type(text) is not str:
            self.problem((*place, "match"), f"expected a regex as string, got {_shown(text)}")
            return None
        pattern = self.pattern(text, (*place, "match"))
        if pattern is None:
            return None
        if type(value) is not str:
            return Match(text, pattern)
        try:
            return TextMatch(text, pattern, compile_template(value, pattern))
        except TemplateError as error:
            self.problem((*place, "value"), f"not a replacement for this match: {error}")
            return None

    def cast(self, step: dict[str, Any], path: tuple[Segment, ...], place: _Place) -> Operation | None:
        types = []
        for key in ("from", "to"):
            value = self.member(step, place, key, str, " or ".join(_CAST_TYPES))
            if value is not None and value not in _CAST_TYPES:
                self.problem((*place, key), f"expected {', '.join(_CAST_TYPES)}, got {_shown(value)}")
            types.append(value)
        return None if None in types else Cast(path, types[0], types[1])

    def add(self, step: dict[str, Any], path: tuple[Segment, ...], place: _Place) -> Operation | None:
        if "value" not in step:
            self.problem(place, "value is missing, expected any JSON value to add")
            return None
        return Add(path, self.json(step["value"], (*place, "value")))

    def path(self, owner: dict[str, Any], place: _Place) -> tuple[Segment, ...] | None:
        text = self.member(owner, place, "path", str, "a path like $.raw.vendor")
        if text is None:
            return None
        try:
            return compile_path(text)
        except PathError as error:
            self.problem((*place, "path"), str(error))
            return None

    def pattern(self, text: str, place: _Place) -> JavaPattern | None:
        try:
            return compile_pattern(text)
        except PatternError as error:
            self.problem(place, str(error))
            return None

    def json(self, value: Json, place: _Place) -> Json:
        """Report what is not JSON, which only a config built in Python can hold."""
        if isinstance(value, float) and not math.isfinite(value):
            self.problem(place, f"expected a finite number, got {value}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.json(item, (*place, index))
        elif isinstance(value, dict):
            for key, item in value.items():
                self.json(item, (*place, key))
        elif value is not None and not isinstance(value, (str, int, float, Number)):
            self.problem(place, f"expected a JSON value, got {type(value).__name__}")
        return value


def _shown(value: Json) -> str:
    try:
        text = no_spaces(value)
    except (TypeError, ValueError):
        text = repr(value)
    return shorten(text, _SHOWN)
