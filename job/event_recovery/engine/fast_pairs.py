"""Conditions and steps on the named pairs of a payload, as almost all are, without the general walk.

A pair is found by its name, and the document that its value holds is read once a row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from event_recovery.badrows.structs import Pair
from event_recovery.badrows.types import PayloadKind
from event_recovery.errors import RowFailure
from event_recovery.flows.codecs import BASE64, Codec, codec_for
from event_recovery.flows.conditions import Condition
from event_recovery.flows.path import Field, FieldKind, Segment
from event_recovery.flows.steps import ValueStep
from event_recovery.text.jsontext import Json


class ParsedTexts:
    """The documents that texts of one row hold."""

    __slots__ = ("_base64", "_text")

    def __init__(self) -> None:
        self._base64: dict[str, Json] = {}
        self._text: dict[str, Json] = {}

    def document(self, codec: Codec, text: str) -> Json:
        """Read the document that a text holds, unless it was read before.

        :raises RowFailure: when the text is not base64
        :raises ValueError: when it holds no document
        """
        known = self._base64 if codec is BASE64 else self._text
        if text not in known:
            known[text] = codec.read(text)
        return known[text]


@dataclass(frozen=True, slots=True)
class PairPath:
    """A path into a named pair.

    :param holder: the part of the payload that has the list of pairs; None for the payload itself
    :param field: the list of pairs
    :param name: which pair
    :param codec: how the value holds a document, when it does
    :param rest: the path inside the document
    """

    holder: str | None
    field: str
    name: str
    codec: Codec | None
    rest: tuple[Segment, ...]

    def pair(self, payload: Any) -> Pair | None:
        """Find the first pair of that name in a normalised payload."""
        pairs: list[Pair] = getattr(payload if self.holder is None else getattr(payload, self.holder), self.field)
        for pair in pairs:
            if pair.name == self.name:
                return pair
        return None


def pair_path(path: tuple[Segment, ...], kind: PayloadKind) -> PairPath | None:
    """Read a path from the payload's root as one into a named pair; None when it is not."""
    head = ("raw", "parameters") if kind is PayloadKind.ENRICHMENT else ("querystring",)
    names = tuple(segment.name if isinstance(segment, Field) else "" for segment in path[: len(head)])
    if names != head or len(path) == len(head):
        return None
    named, rest = path[len(head)], path[len(head) + 1 :]
    if not isinstance(named, Field) or named.kind == FieldKind.PAIRS:
        return None
    codec = codec_for(named.kind)
    if codec is None and rest:
        return None
    return PairPath(head[0] if len(head) > 1 else None, head[-1], named.name, codec, rest)


class PairCondition:
    """A test of a named pair, or of the document that its value holds."""

    __slots__ = ("condition", "path")

    def __init__(self, path: PairPath, condition: Condition) -> None:
        self.path, self.condition = path, Condition(path.rest, condition.matcher)

    def holds(self, payload: Any, texts: ParsedTexts) -> bool:
        """Test a normalised payload."""
        codec, pair = self.path.codec, self.path.pair(payload)
        if pair is None:
            return False
        if codec is None:
            return self.condition.holds(pair.value)
        return pair.value is not None and self._inside(codec, pair.value, texts)

    def _inside(self, codec: Codec, text: str, texts: ParsedTexts) -> bool:
        try:
            document = texts.document(codec, text)
        except (RowFailure, ValueError):
            return False
        return self.condition.holds(document)


class PairStep:
    """A step on the value of a named pair, or in the document that it holds."""

    __slots__ = ("operation", "path")

    def __init__(self, path: PairPath, operation: ValueStep) -> None:
        self.path, self.operation = path, replace(operation, path=path.rest)

    def apply(self, payload: Any, texts: ParsedTexts) -> None:
        """Change a normalised payload where it is.

        :raises RowFailure: when the step fails
        :raises NotApplicable: when the step cannot change the value
        :raises ValueError: when there is no such pair, or its value does not stay text
        """
        pair = self.path.pair(payload)
        if pair is None:
            raise ValueError(self.path.name)
        pair.value = self._changed(pair.value, texts)

    def _changed(self, value: str | None, texts: ParsedTexts) -> str:
        codec = self.path.codec
        if codec is None:
            changed = self.operation.result(value)
            if type(changed) is not str:
                raise ValueError(changed)
            return changed
        if value is None:
            raise ValueError(value)
        return codec.write(self.operation.apply(texts.document(codec, value)))
