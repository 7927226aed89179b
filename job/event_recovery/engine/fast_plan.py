"""How a config's flows meet the rows of one type on the fast route: what is tried in which order, what is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from event_recovery.badrows.decoders import Cursor, Decoder, name_value_pairs
from event_recovery.badrows.sections import as_pairs, document
from event_recovery.badrows.types import PayloadKind
from event_recovery.config.loader import Flow
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
from event_recovery.flows.conditions import Condition, Equals
from event_recovery.flows.own_steps import Delete, Rename, Set
from event_recovery.flows.path import Field, Index
from event_recovery.flows.steps import Operation
from event_recovery.text.jsontext import Json

_FAILURE: Final = Field("failure")
_TIMESTAMPS: Final = (Field("timestamp"), Field("lastAttempt"))


class NeedsExactRoute(Exception):  # noqa: N818 - control flow that ends where a route is planned
    """A step has to be left to the exact route."""


@dataclass(frozen=True, slots=True)
class PayloadStep:
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
class SectionTest:
    """A condition on a section of the row."""

    section: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """A flow's conditions, those that cost least first, and its steps.

    :param told: texts without which the failure does not meet them
    """

    told: tuple[bytes, ...]
    field_tests: tuple[FieldCondition, ...]
    pair_tests: tuple[PairCondition, ...]
    tests: tuple[SectionTest, ...]
    steps: tuple[PayloadStep | FieldStep | PairStep | PairEdit, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The flows that a row can meet at all, as one of its fields tells.

    :param by_text: the flows for each text that a flow asks for
    :param others: the flows for any other
    """

    field: Callable[[Any], Any]
    by_text: dict[str, tuple[FlowPlan, ...]]
    others: tuple[FlowPlan, ...]


def choice_among(flows: tuple[FlowPlan, ...]) -> Choice | None:
    """Return how one field chooses among a type's flows; None where none does."""
    name = telling_field([list(flow.field_tests) for flow in flows])
    if name is None:
        return None
    asked = [{expected_text(test) for test in flow.field_tests if test.name == name} - {None} for flow in flows]
    texts = {text for one in asked for text in one if text is not None}
    by_text = {text: tuple([flow for flow, one in zip(flows, asked, strict=True) if one <= {text}]) for text in texts}
    return Choice(attrgetter(name), by_text, tuple([flow for flow, one in zip(flows, asked, strict=True) if not one]))


def plan_flow(flow: Flow, kind: PayloadKind) -> FlowPlan:
    """Plan a flow for rows of a type with that payload.

    :raises NeedsExactRoute: when one of its steps has to be left to that
    """
    steps = tuple([_step(operation, kind) for operation in flow.steps])
    field_tests, pair_tests, tests = [], [], []
    for condition in flow.conditions:
        section = str(condition.sections[0])
        field_test = field_condition(condition, kind)
        path = None if section != "payload" or kind is PayloadKind.THRIFT else pair_path(condition.path[1:], kind)
        if field_test is not None:
            field_tests.append(field_test)
        elif path is None:
            tests.append(SectionTest(section, condition))
        else:
            pair_tests.append(PairCondition(path, condition))
    told = [_told(condition) for condition in flow.conditions]
    return FlowPlan(tuple([text for text in told if text]), tuple(field_tests), tuple(pair_tests), tuple(tests), steps)


def _told(condition: Condition) -> bytes:
    """Return a text that is in the JSON of every failure that meets a condition, unless it has escapes; or nothing.

    To decode a failure changes no text of it but its timestamps.
    """
    path, matcher = condition.path, condition.matcher
    text = matcher.expected if isinstance(matcher, Equals) else None
    if type(text) is not str or not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        return b""
    plain = all(isinstance(one, Index) or (isinstance(one, Field) and not one.kind) for one in path)
    return text.encode() if plain and path[0] == _FAILURE and path[-1] not in _TIMESTAMPS else b""


def _step(operation: Operation, kind: PayloadKind) -> PayloadStep | FieldStep | PairStep | PairEdit:
    """Find how a step changes least.

    :raises NeedsExactRoute: for a step on the payload as a whole, or on ``enriched``, which is not sent again, and for
        one that takes a field its name
    """
    path = pair_path(operation.path, kind)
    if path is not None:
        if not isinstance(operation, Delete | Rename | Set):
            return PairStep(path, operation)
        if path.where is None:
            return PairEdit(path, operation, len(operation.path) - len(path.rest))
    field = payload_field(operation.path, kind)
    if field is None or (not field.rest and isinstance(operation, Rename)):
        raise NeedsExactRoute
    if field.is_value and not isinstance(operation, Delete | Rename | Set):
        return FieldStep(field, operation)
    decode = field.decode
    if decode is name_value_pairs:
        # Only the value can have changed of a pair that the path names.
        decode = as_pairs if field.rest and isinstance(field.rest[0], Field) else _read_pairs
    return PayloadStep(operation, field.holder, field.name, decode)


def _read_pairs(value: Json, path: Cursor) -> Json:
    return as_pairs(name_value_pairs(value, path), path)
