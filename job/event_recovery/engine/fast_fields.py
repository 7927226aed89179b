"""Conditions and steps on the fields of a row that hold one value, as they lie in the parsed row."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter, itemgetter
from typing import Any, Final

from event_recovery.badrows import types
from event_recovery.badrows.decoders import Decoder, name_value_pairs
from event_recovery.badrows.types import PayloadKind
from event_recovery.flows.conditions import Condition, Equals
from event_recovery.flows.path import Field, Segment
from event_recovery.flows.steps import ValueStep

_PROCESSOR: Final = ("artifact", "version")


def payload_field(path: tuple[Segment, ...], kind: PayloadKind) -> tuple[str | None, str, Decoder] | None:
    """Read a path from the payload's root as one to a field with one value, or a list of texts.

    :return: the part of the payload that has the field (None for the payload itself), its name and its decoder; None
        for any other path
    """
    names = [segment.name if isinstance(segment, Field) else "" for segment in path]
    holder, fields = None, types.COLLECTOR_PAYLOAD_FIELDS
    if kind is PayloadKind.ENRICHMENT:
        if not names or names.pop(0) != "raw":
            return None
        holder, fields = "raw", types.RAW_FIELDS
    if len(names) != 1 or names[0] not in fields or fields[names[0]] is name_value_pairs:
        return None
    return holder, names[0], fields[names[0]]


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
    names = [segment.name if isinstance(segment, Field) else "" for segment in condition.path]
    if len(names) == 2 and names[0] == "processor" and names[1] in _PROCESSOR:
        return FieldCondition(".".join(names), condition)
    if names[:1] != ["payload"] or kind not in (PayloadKind.COLLECTOR, PayloadKind.ENRICHMENT):
        return None
    return None if payload_field(condition.path[1:], kind) is None else FieldCondition(".".join(names), condition)


class FieldStep:
    """A step on a field of the payload."""

    __slots__ = ("_decode", "_field", "_holder", "_operation")

    def __init__(self, holder: str | None, field: str, decode: Decoder, operation: ValueStep) -> None:
        self._holder, self._field, self._decode, self._operation = holder, field, decode, operation

    def apply(self, payload: Any, _held: object) -> None:
        """Change a normalised payload where it is.

        :raises RowFailure: when the step fails
        :raises NotApplicable: when the step cannot change the value
        :raises ValueError: when the field cannot hold the result
        """
        part = payload if self._holder is None else getattr(payload, self._holder)
        setattr(part, self._field, self._decode(self._operation.result(getattr(part, self._field)), None))


def telling_field(flows: list[list[FieldCondition]]) -> str | None:
    """Return the field whose text tells most flows apart; None where none tells any two apart."""
    asked = {(test.name, expected_text(test)) for tests in flows for test in tests if expected_text(test) is not None}
    name, texts = max(Counter(name for name, _ in asked).items(), key=itemgetter(1), default=("", 0))
    return name if texts > 1 else None


def expected_text(test: FieldCondition) -> str | None:
    """Return the only text that a test lets pass; None when there are others."""
    matcher = test.condition.matcher
    return matcher.expected if isinstance(matcher, Equals) and type(matcher.expected) is str else None
