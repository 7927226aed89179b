"""What a step does to the node its path leads to: Replace, Remove, Cast and Add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from event_recovery.errors import AdditionFailure, CastFailure, InvalidJsonFormat, ReplacementFailure
from event_recovery.flows.path import Segment
from event_recovery.flows.walk import Action, NotApplicable, walk
from event_recovery.javaregex import JavaPattern, ReplacementTemplate
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces, parse
from event_recovery.text.numbers import double_number, is_number, parse_java_double, to_double

JsonType = Literal["String", "Numeric", "Boolean", "Array"]


@dataclass(frozen=True, slots=True)
class Match:
    """The regex of a step whose value is not a string."""

    text: str
    pattern: JavaPattern


@dataclass(frozen=True, slots=True)
class TextMatch:
    """The regex of a step whose value is a string, with that string as the replacement."""

    text: str
    pattern: JavaPattern
    template: ReplacementTemplate

    def replaced(self, text: str) -> str:
        """Replace every match in a text."""
        return self.pattern.replace_all(text, self.template)


@dataclass(frozen=True, slots=True)
class Replace:
    """Put a value, or a regex replacement, in the place of what is there; Remove is this with an empty text.

    :param match: a ``TextMatch`` only if the value is a string
    """

    path: tuple[Segment, ...]
    value: Json
    match: Match | TextMatch | None = None

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when the path leads nowhere, or the result does not have the target's type
        """
        return walk(document, self.path, Action(self.result, self._failure))

    def _failure(self, data: str) -> ReplacementFailure:
        return ReplacementFailure(match=self.match.text if self.match else None, value=self.value, data=data)

    def result(self, target: Json) -> Json:
        """Return what takes the place of a node that the path leads to.

        :raises RowFailure, NotApplicable: when nothing can
        """
        if type(target) is str:
            return self._text(target)
        if target is None:
            return self._text("")
        if type(target) is list:
            return self._array(target)
        if type(target) is dict:
            return self._parsed(target, self._container_text(target), dict)
        same_type = type(self.value) is bool if type(target) is bool else is_number(self.value)
        if not same_type:
            raise ReplacementFailure(match=None, value=self.value, data=no_spaces(target))
        return self.value

    def _text(self, target: str) -> str:
        return self.match.replaced(target) if isinstance(self.match, TextMatch) else self._own_text()

    def _array(self, target: list[Any]) -> Json:
        if self.match is None:
            return self.value if type(self.value) is list else [self.value]
        if type(self.value) is list:
            pattern = self.match.pattern
            return [item for item in target if not pattern.found_in(no_spaces(item))] + self.value
        return self._parsed(target, self._container_text(target), list)

    def _container_text(self, target: Json) -> str:
        return self.match.replaced(no_spaces(target)) if isinstance(self.match, TextMatch) else self._own_text()

    def _own_text(self) -> str:
        return self.value if type(self.value) is str else no_spaces(self.value)

    def _parsed(self, target: Json, text: str, expected: type) -> Json:
        try:
            value = parse(text)
        except JsonTextError:
            raise InvalidJsonFormat(text) from None
        if type(value) is not expected:
            raise self._failure(no_spaces(target))
        return value


@dataclass(frozen=True, slots=True)
class Cast:
    """Give a value another JSON type."""

    path: tuple[Segment, ...]
    source: JsonType
    target: JsonType

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when the path leads nowhere, or the value cannot be cast
        """
        return walk(document, self.path, Action(self.result, self._failure))

    def _failure(self, data: str) -> CastFailure:
        return CastFailure(data=data, source=self.source, target=self.target)

    def result(self, value: Json) -> Json:
        """Return what takes the place of a node that the path leads to.

        :raises RowFailure, NotApplicable: when nothing can
        """
        if self.target == "Array" and type(value) is not list:
            return [value]
        if self.target == "String":
            return no_spaces(value)
        casts = (self.source, self.target)
        if casts == ("Numeric", "Boolean") and is_number(value):
            # The reference compares a number with an integer of another type, so that even 0 becomes true.
            return True
        if casts == ("Boolean", "Numeric") and type(value) is bool:
            return int(value)
        if casts == ("String", "Numeric") and type(value) is str:
            double = parse_java_double(value)
            if double is not None:
                return double_number(double)
        raise self._failure(no_spaces(value))


@dataclass(frozen=True, slots=True)
class Add:
    """Add to what is there: concatenate, sum, append or merge at the top level."""

    path: tuple[Segment, ...]
    value: Json

    def apply(self, document: Json) -> Json:
        """Return the document with this step applied.

        :raises RowFailure: when the path leads nowhere, or something other than text is added to text
        """

        def failure(trail: str) -> AdditionFailure:
            return AdditionFailure(value=self.value, trail=trail, document=document)

        return walk(document, self.path, Action(self.result, failure))

    def result(self, target: Json) -> Json:
        """Return what takes the place of a node that the path leads to.

        :raises RowFailure, NotApplicable: when nothing can
        """
        value = self.value
        if target is None:
            return value
        if type(target) is bool:
            return target and value is True
        if type(target) is str:
            if type(value) is not str:
                raise NotApplicable
            return target + value
        if type(target) is list:
            return target + value if type(value) is list else target
        if type(target) is dict:
            return {**target, **value} if type(value) is dict else target
        return double_number(to_double(target) + (to_double(value) if is_number(value) else 0.0))


Operation = Replace | Cast | Add
