"""Conditions and steps on the pairs of a payload that a path names, as almost all are, without the general walk.

A pair is found by its name, or by a filter on its name or value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from event_recovery.badrows.structs import Pair
from event_recovery.badrows.types import PayloadKind
from event_recovery.engine.held import HeldDocuments, is_plain_value
from event_recovery.errors import RowFailure
from event_recovery.flows.codecs import Codec, codec_for
from event_recovery.flows.conditions import Condition
from event_recovery.flows.inplace import change, is_simple
from event_recovery.flows.operations import Add, Replace
from event_recovery.flows.path import Field, FieldKind, Filter, Segment
from event_recovery.flows.steps import ValueStep
from event_recovery.text.jsontext import Json


@dataclass(frozen=True, slots=True)
class PairPath:
    """A path into the value of a pair.

    :param holder: the part of the payload that has the list of pairs; None for the payload itself
    :param field: the list of pairs
    :param name: which pair, the first of that name; empty where a filter says which pairs
    :param where: which pairs
    :param codec: how the value holds a document, when it does
    :param rest: the path inside the document
    """

    holder: str | None
    field: str
    name: str
    where: Filter | None
    codec: Codec | None
    rest: tuple[Segment, ...]

    def pairs(self, payload: Any) -> list[Pair]:
        """Find the pairs in a normalised payload.

        :raises MatchTimeout: when a filter's regex gives no answer in time
        """
        pairs: list[Pair] = getattr(payload if self.holder is None else getattr(payload, self.holder), self.field)
        where = self.where
        if where is not None:
            if where.path[0] == "name":
                return [pair for pair in pairs if where.search.finds(pair.name)]
            return [pair for pair in pairs if where.search.finds(pair.value)]
        for pair in pairs:
            if pair.name == self.name:
                return [pair]
        return []


def pair_path(path: tuple[Segment, ...], kind: PayloadKind) -> PairPath | None:
    """Read a path from the payload's root as one into the value of a pair; None when it is not."""
    head = ("raw", "parameters") if kind is PayloadKind.ENRICHMENT else ("querystring",)
    names = tuple(segment.name if isinstance(segment, Field) else "" for segment in path[: len(head)])
    if names != head or len(path) == len(head):
        return None
    which, rest = path[len(head)], path[len(head) + 1 :]
    holder = head[0] if len(head) > 1 else None
    if isinstance(which, Filter):
        if which.path not in (("name",), ("value",)) or rest[:1] != (Field("value"),):
            return None
        codec, rest = codec_for(which.context), rest[1:]
        return None if codec is None and rest else PairPath(holder, head[-1], "", which, codec, rest)
    if not isinstance(which, Field) or which.kind == FieldKind.PAIRS:
        return None
    codec = codec_for(which.kind)
    return None if codec is None and rest else PairPath(holder, head[-1], which.name, None, codec, rest)


class PairCondition:
    """A test of the value of a pair, or of the document that it holds."""

    __slots__ = ("condition", "path")

    def __init__(self, path: PairPath, condition: Condition) -> None:
        self.path, self.condition = path, Condition(path.rest, condition.matcher)

    def holds(self, payload: Any, held: HeldDocuments) -> bool:
        """Test a normalised payload; of several texts the last one counts.

        :raises MatchTimeout: when a regex gives no answer in time
        :raises ValueError: when it is left to the exact route, as are documents of several pairs
        """
        codec, pairs = self.path.codec, self.path.pairs(payload)
        if not pairs:
            return False
        if codec is None:
            return [self.condition.holds(pair.value) for pair in pairs][-1]
        if len(pairs) > 1:
            raise ValueError(self.path)
        try:
            document = held.document(pairs[0], codec)
        except (RowFailure, ValueError):
            return False
        return self.condition.holds(document)


class PairStep:
    """A step on the value of a pair, or in the document that it holds."""

    __slots__ = ("operation", "path", "plain", "simple")

    def __init__(self, path: PairPath, operation: ValueStep) -> None:
        self.path, self.operation = path, replace(operation, path=path.rest)
        self.simple = is_simple(path.rest)
        self.plain = not isinstance(operation, Replace | Add) or is_plain_value(operation.value)

    def apply(self, payload: Any, held: HeldDocuments) -> None:
        """Change a normalised payload where it is.

        :raises RowFailure: when the step fails
        :raises NotApplicable: when the step cannot change the value
        :raises ValueError: when there is no such pair, or its value does not stay text
        """
        pairs, codec = self.path.pairs(payload), self.path.codec
        if not pairs:
            raise ValueError(self.path)
        for pair in pairs:
            if codec is not None:
                held.change(pair, codec, self._inside, plain=self.plain)
                continue
            held.close(pair)
            changed = self.operation.result(pair.value)
            if type(changed) is not str:
                raise ValueError(changed)
            pair.value = changed

    def _inside(self, document: Json) -> Json:
        return change(document, self.path.rest, 0, self.operation) if self.simple else self.operation.apply(document)
