"""Conditions and steps on the fields of a row that hold one value, as they lie in the parsed row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final

from event_recovery.badrows import types
from event_recovery.badrows.decoders import Decoder, name_value_pairs
from event_recovery.badrows.types import PayloadKind
from event_recovery.flows.conditions import Condition, Equals
from event_recovery.flows.path import Field, Segment, path_text
from event_recovery.flows.steps import ValueStep

_PROCESSOR: Final = tuple((Field("processor"), Field(name)) for name in ("artifact", "version"))


@dataclass(frozen=True, slots=True)
class PayloadField:
    """A field of the payload that a path leads to, or through.

    :param holder: the part of the payload that has the field; None for the payload itself
    :param rest: the path inside the field
    """

    holder: str | None
    name: str
    decode: Decoder
    rest: tuple[Segment, ...]

    @property
    def is_value(self) -> bool:
        """Whether the path ends at a field with one value, or a list of texts."""
        return not self.rest and self.decode is not name_value_pairs


def payload_field(path: tuple[Segment, ...], kind: PayloadKind) -> PayloadField | None:
    """Read a path from the payload's root; None when it leads to no field that is sent again."""
    holder, fields = None, types.COLLECTOR_PAYLOAD_FIELDS
    if kind is PayloadKind.ENRICHMENT:
        if path[:1] != (Field("raw"),):
            return None
        holder, fields, path = "raw", types.RAW_FIELDS, path[1:]
    first = path[0] if path else None
    if not isinstance(first, Field) or first.name not in fields:
        return None
    return PayloadField(holder, first.name, fields[first.name], path[1:])


class FieldCondition:
    """A test of a field.

    :param name: the field, from the row's ``data`` on
    """

    __slots__ = ("_get", "condition", "name")

    def __init__(self, name: str, condition: Condition) -> None:
        self.name, self.condition, self._get = name, condition, attrgetter(name)

    def holds(self, parsed: Any) -> bool:
        """Test the parsed ``data`` of a row, whose payload is normalised."""
        return self.condition.matcher(self._get(parsed))


def field_condition(condition: Condition, kind: PayloadKind) -> FieldCondition | None:
    """Return a condition on a field; None for any other."""
    path = condition.path
    if path in _PROCESSOR:
        return FieldCondition(path_text(path)[2:], condition)
    if path[:1] != (Field("payload"),) or kind is PayloadKind.THRIFT:
        return None
    field = payload_field(path[1:], kind)
    return FieldCondition(path_text(path)[2:], condition) if field is not None and field.is_value else None


class FieldStep:
    """A step on a field of the payload."""

    __slots__ = ("field", "operation")

    def __init__(self, field: PayloadField, operation: ValueStep) -> None:
        self.field, self.operation = field, operation

    def apply(self, payload: Any, _held: object) -> None:
        """Change a normalised payload where it is.

        :raises RowFailure: when the step fails
        :raises NotApplicable: when the step cannot change the value
        :raises ValueError: when the field cannot hold the result
        """
        field = self.field
        part = payload if field.holder is None else getattr(payload, field.holder)
        setattr(part, field.name, field.decode(self.operation.result(getattr(part, field.name)), None))


def telling_field(flows: list[list[FieldCondition]]) -> str | None:
    """Return the field whose text tells most flows apart; None where none tells any two apart."""
    asked = {(test.name, expected_text(test)) for tests in flows for test in tests if expected_text(test) is not None}
    name, texts = max(Counter(name for name, _ in asked).items(), key=itemgetter(1), default=("", 0))
    return name if texts > 1 else None


def expected_text(test: FieldCondition) -> str | None:
    """Return the only text that a test lets pass; None when there are others."""
    matcher = test.condition.matcher
    return matcher.expected if isinstance(matcher, Equals) and type(matcher.expected) is str else None
