"""Conditions: tests of a whole bad row that decide whether a flow takes part in its recovery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from event_recovery.errors import RowFailure
from event_recovery.flows.path import Field, Index, Search, Segment
from event_recovery.flows.walk import Action, walk
from event_recovery.text.jsontext import Json
from event_recovery.text.numbers import ceil_int32, is_number, same_number

Matcher = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Equals:
    """The value equals another: numbers by value, arrays in order, objects in any order."""

    expected: Json

    def __call__(self, value: Json) -> bool:
        """Compare with the expected value."""
        return value == self.expected if type(value) is type(self.expected) is str else equal(value, self.expected)


@dataclass(frozen=True, slots=True)
class Finds:
    """The regex is found in the value's compact text (a string is searched with its quotes and escapes)."""

    search: Search

    def __call__(self, value: Json) -> bool:
        """Search the value's text."""
        return self.search.finds(value)


@dataclass(frozen=True, slots=True)
class Size:
    """The size compares with a bound: UTF-16 units of a string, elements of an array, a number rounded up."""

    comparison: str
    bound: int

    def __call__(self, value: Json) -> bool:
        """Measure and compare."""
        if type(value) is str:
            size = len(value) + sum(char > "\uffff" for char in value)
        elif type(value) is list:
            size = len(value)
        elif is_number(value):
            size = ceil_int32(value)
        else:
            return False
        if self.comparison == "eq":
            return size == self.bound
        return size > self.bound if self.comparison == "gt" else size < self.bound


def equal(left: Json, right: Json) -> bool:
    """Compare two JSON values as the ``value`` matcher does; values of different JSON types are never equal."""
    pending = [(left, right)]  # an explicit stack: values may nest deeper than calls can
    while pending:
        one, other = pending.pop()
        if is_number(one) and is_number(other):
            if not same_number(one, other):
                return False
        elif type(one) is not type(other):
            return False
        elif type(one) is list:
            if len(one) != len(other):
                return False
            pending += zip(one, other, strict=True)
        elif type(one) is dict:
            if one.keys() != other.keys():
                return False
            pending += [(value, other[key]) for key, value in one.items()]
        elif one != other:
            return False
    return True


def _nowhere(_trail: str) -> RowFailure:
    return RowFailure("the condition's path leads nowhere")


class Condition:
    """One compiled test; a path that leads nowhere makes it false.

    The leading segments that are plain field names and positions (as almost all are) are looked up without the walk.
    """

    __slots__ = ("_action", "_plain", "_rest", "matcher", "path")

    def __init__(self, path: tuple[Segment, ...], matcher: Matcher) -> None:
        self.path, self.matcher = path, matcher
        plain: list[str | int] = []
        for segment in path:
            if isinstance(segment, Index):
                plain.append(segment.position)
            elif isinstance(segment, Field) and not segment.kind:
                plain.append(segment.name)
            else:
                break
        self._plain, self._rest = tuple(plain), path[len(plain) :]
        self._action = Action(matcher, _nowhere, rebuilds=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return Condition, (self.path, self.matcher)

    @property
    def sections(self) -> tuple[str | int, ...]:
        """The leading one or two names, which tell what parts of the bad row the condition looks at."""
        return self._plain[:2]

    def holds(self, data: Json) -> bool:
        """Test the normalised ``data`` of a bad row."""
        node = data
        for move in self._plain:
            if isinstance(move, str):
                if type(node) is not dict or move not in node:
                    return False
            elif type(node) is not list or move >= len(node):
                return False
            node = node[move]
        if not self._rest:
            return self.matcher(node)
        try:
            return bool(walk(node, self._rest, self._action))
        except RowFailure:
            return False
