"""The steps of a config: from JSON to what the engine applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from event_recovery.badrows.decoders import INT32, DecodeError, integer
from event_recovery.config.formats import OWN_RECOVERIES, OWN_STEPS, PUBLISHED_STEPS
from event_recovery.config.reader import Place, Reader, shown
from event_recovery.flows.operations import Add, Cast, Match, Replace, TextMatch
from event_recovery.flows.own_steps import OWN_CASTS, Delete, OwnCast, Rename, Set, Truncate, ends_in_pair
from event_recovery.flows.path import Field, Segment
from event_recovery.flows.steps import Operation
from event_recovery.javaregex import TemplateError, compile_template
from event_recovery.text.jsontext import Json

_CAST_TYPES = ("String", "Numeric", "Boolean", "Array")
_OWN_CAST_TYPES = (*_CAST_TYPES, "Integer")
_OPERATIONS = f"{', '.join((*PUBLISHED_STEPS, *OWN_STEPS)[:-1])} or {OWN_STEPS[-1]}"


class StepReader(Reader):
    """Reads one step after another.

    :param own: whether the config's schema is the one of our own, which has further casts
    """

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own

    def step(self, step: Json, place: Place) -> Operation | None:
        """Compile one step; None when it has problems."""
        if type(step) is not dict:
            self.problem(place, f"expected a step with op and path, got {shown(step)}")
            return None
        op = self.member(step, place, "op", str, _OPERATIONS)
        build: Callable[[dict[str, Any], tuple[Segment, ...], Place], Operation | None] | None = {
            "Replace": self._replace,
            "Remove": self._remove,
            "Cast": self._cast,
            "Add": self._add,
            "Delete": self._delete,
            "Rename": self._rename,
            "Set": self._set,
            "Truncate": self._truncate,
        }.get(op or "")
        if op is not None and build is None:
            self.problem((*place, "op"), f"expected {_OPERATIONS}, got {shown(op)}")
        path = self.path(step, place)
        return build(step, path or (), place) if build else None

    def _replace(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        if "value" not in step:
            self.problem(place, "value is missing, expected any JSON value to replace with")
            return None
        value = self.json(step["value"], (*place, "value"))
        return Replace(path, value, self._match(step, value, place))

    def _remove(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation:
        return Replace(path, "", self._match(step, "", place))

    def _match(self, step: dict[str, Any], value: Json, place: Place) -> Match | TextMatch | None:
        text = step.get("match")
        if text is None:
            return None
        if type(text) is not str:
            self.problem((*place, "match"), f"expected a regex as string, got {shown(text)}")
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

    def _cast(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        known = _OWN_CAST_TYPES if self.own else _CAST_TYPES
        types = []
        for key in ("from", "to"):
            value = self.member(step, place, key, str, " or ".join(known))
            if value is not None and value not in known:
                hint = f"; {value} needs the schema {OWN_RECOVERIES.uri}" if value in _OWN_CAST_TYPES else ""
                self.problem((*place, key), f"expected {', '.join(known)}, got {shown(value)}{hint}")
            types.append(value)
        if None in types:
            return None
        source, target = types
        if self.own and ((source, target) in OWN_CASTS or ends_in_pair(path)):
            return OwnCast(path, source, target, ends_in_pair(path))
        return Cast(path, source, target)

    def _add(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        if "value" not in step:
            self.problem(place, "value is missing, expected any JSON value to add")
            return None
        return Add(path, self.json(step["value"], (*place, "value")))

    def _delete(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        return Delete(path) if self._is_own_step(step, place, path) else None

    def _rename(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        name = self.member(step, place, "to", str, "the new name")
        if name == "":
            self.problem((*place, "to"), "expected a name, got an empty one")
        if path and not isinstance(path[-1], Field):
            self.problem((*place, "path"), "elements have no names: expected a path that ends at a name")
        return Rename(path, name) if self._is_own_step(step, place, path, "to") and name else None

    def _set(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        if "value" not in step:
            self.problem(place, "value is missing, expected any JSON value to set")
            return None
        value = self.json(step["value"], (*place, "value"))
        return Set(path, value) if self._is_own_step(step, place, path, "value") else None

    def _truncate(self, step: dict[str, Any], path: tuple[Segment, ...], place: Place) -> Operation | None:
        if "length" not in step:
            self.problem(place, "length is missing, expected a number of characters")
            return None
        try:
            length = integer(range(INT32.stop))(step["length"], None)
        except DecodeError:
            self.problem((*place, "length"), f"expected a number of characters, got {shown(step['length'])}")
            return None
        return Truncate(path, length) if self._is_own_step(step, place, path, "length") else None

    def _is_own_step(self, step: dict[str, Any], place: Place, path: tuple[Segment, ...], *members: str) -> bool:
        """Report what such a step does not take, and a path that it cannot have."""
        taken = ("op", "path", *members)
        for key in step:
            if key not in taken:
                self.problem((*place, key), f"{step['op']} has no `{key}`, it takes {', '.join(taken)}")
        if not path and type(step.get("path")) is str:
            self.problem((*place, "path"), "the whole payload stays: expected a path to a part of it")
        return bool(path)
