"""The walk: from a document's root along a path to the nodes a condition tests or a step changes.

Base64 fields, JSON held in strings and lists of name/value pairs are entered on the way, and written back as the
reference writes them. Documents are never changed in place: what lies on the path is rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from event_recovery.errors import InvalidDataFormat, InvalidJsonFormat, RowFailure
from event_recovery.flows.codecs import BASE64, TEXT, Codec, codec_for
from event_recovery.flows.path import Field, FieldKind, Filter, Index, Segment
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces

Cursor: TypeAlias = "tuple[tuple[str, str | int] | str, Any] | None"

#: The node that a failed move leads to.
MISSING: Any = object()


class NotApplicable(Exception):  # noqa: N818 - control flow, turned into the action's own failure
    """An action cannot be applied to a node."""


@dataclass(slots=True)
class Action:
    """What happens at the end of a path.

    :param apply: returns the result for the node found there, or raises ``NotApplicable``
    :param missing: makes the failure for a path that leads nowhere, or to a node that the action does not apply to; it
        takes the moves so far as text, most recent first
    :param rebuilds: whether the result takes the node's place in the document; else the result itself is wanted
    """

    apply: Callable[[Json], Json]
    missing: Callable[[str], RowFailure]
    rebuilds: bool = True


def walk(document: Json, segments: Sequence[Segment], action: Action) -> Json:
    """Walk a document, and return it changed, or the result of the action when that does not rebuild.

    :raises RowFailure: when the path leads nowhere, or the action fails
    """
    return _Walk(segments, action).at(document, 0, FieldKind.NONE, None)


def _cursor_text(cursor: Cursor) -> str:
    moves = []
    while cursor is not None:
        move, cursor = cursor
        moves.append(move if type(move) is str else f"{move[0]}({move[1]})")
    return "".join(moves)


@dataclass(slots=True)
class _Walk:
    """One path and one action.

    Every method walks on from a node, and returns what takes that node's place. ``index`` counts the segments passed;
    ``context`` is what they say, in this document, about the later ones; ``cursor`` is the moves so far.
    """

    segments: Sequence[Segment]
    action: Action

    def at(self, node: Json, index: int, context: int, cursor: Cursor) -> Json:
        if index == len(self.segments):
            if node is MISSING:
                raise self.lost(cursor)
            try:
                return self.action.apply(node)
            except NotApplicable:
                raise self.lost(cursor) from None
        segment = self.segments[index]
        if isinstance(segment, Field):
            if segment.kind | context:
                return self.field_of_kind(node, segment, index, context, cursor)
            return self.plain_field(node, segment.name, index, context, cursor)
        if isinstance(segment, Index):
            return self.element(node, segment.position, index, context, cursor)
        return self.filtered(node, segment, index, context, cursor)

    def lost(self, cursor: Cursor) -> RowFailure:
        return self.action.missing(_cursor_text(cursor))

    def put(self, container: Any, key: str | int, result: Json) -> Json:
        if not self.action.rebuilds:
            return result
        changed = container.copy()
        changed[key] = result
        return changed

    def plain_field(self, node: Json, name: str, index: int, context: int, cursor: Cursor) -> Json:
        if node is MISSING:
            return self.at(MISSING, index + 1, context, cursor)
        cursor = (("DownField", name), cursor)
        if type(node) is not dict or name not in node:
            return self.at(MISSING, index + 1, context, cursor)
        return self.put(node, name, self.at(node[name], index + 1, context, cursor))

    def element(self, node: Json, position: int, index: int, context: int, cursor: Cursor) -> Json:
        if node is MISSING:
            return self.at(MISSING, index + 1, context, cursor)
        cursor = (("DownN", position), cursor)
        if type(node) is not list or position >= len(node):
            return self.at(MISSING, index + 1, context, cursor)
        return self.put(node, position, self.at(node[position], index + 1, context, cursor))

    def field_of_kind(self, node: Json, segment: Field, index: int, context: int, cursor: Cursor) -> Json:
        kind = segment.kind | context
        child = node.get(segment.name, MISSING) if type(node) is dict else MISSING
        # A value that cannot hold what the name promises is an ordinary one: objects are not base64, say.
        encoded = type(child) is str or child is None or child is MISSING
        if kind & FieldKind.BASE64 and encoded:
            return self.entered(node, segment.name, child, BASE64, index, cursor)
        if kind & FieldKind.PAIRS:
            named = self.segments[index + 1] if index + 1 < len(self.segments) else None
            position = pair_position(child, named.name) if isinstance(named, Field) else None
            if isinstance(named, Field) and position is not None:
                below = (("DownField", segment.name), cursor)
                if type(child) is dict:
                    # The object form is found but cannot be entered.
                    return self.at(MISSING, index + 2, context, (("DownField", position), below))
                codec = codec_for(named.kind | context)
                context |= segment.context | named.context
                changed = self.pair_value(child[position], codec, index + 1, context, (("DownN", position), below))
                return self.put(node, segment.name, self.put(child, position, changed))
            if index + 2 == len(self.segments) and self.refuses(segment, child):
                where = " in empty arrNext." if node is MISSING else ""
                reason = f"Cannot access field {segment.name}{where}"
                raise InvalidDataFormat(reason, node=node, missing=node is MISSING)
        if kind & FieldKind.TEXT and encoded:
            return self.entered(node, segment.name, child, TEXT, index, cursor)
        # A value that was no text after all says nothing about what lies below it.
        context &= FieldKind.PAIRS
        if child is MISSING or is_pairs(child):
            context |= segment.context & FieldKind.PAIRS
        return self.plain_field(node, segment.name, index, context, cursor)

    @staticmethod
    def refuses(segment: Field, child: Json) -> bool:
        """Tell whether a path may not end one segment below here, inside a list of pairs or one of its pairs."""
        if segment.kind & FieldKind.PAIRS:
            return child is MISSING or is_pairs(child)
        return child is MISSING

    def pair_value(self, pair: dict[str, Any], codec: Codec | None, index: int, context: int, cursor: Cursor) -> Json:
        """Walk on into the value of a pair that the path names."""
        value = pair.get("value", MISSING)
        if codec is not None:
            return self.entered(pair, "value", value, codec, index, cursor)
        return self.put(pair, "value", self.at(value, index + 1, context, (("DownField", "value"), cursor)))

    def entered(
        self,
        node: Json,
        key: str,
        value: Json,
        codec: Codec,
        index: int,
        cursor: Cursor,
    ) -> Json:
        """Walk the document that a text holds, and write it back as text."""
        if value is MISSING:
            raise self.lost(cursor)
        if type(value) is not str:
            raise InvalidJsonFormat(f"Got value '{no_spaces(value)}' with wrong type, expecting string")
        try:
            document = codec.read_or_explain(value)
        except JsonTextError as error:
            raise InvalidJsonFormat(str(error)) from None
        result = self.at(document, index + 1, FieldKind.NONE, None)
        return self.put(node, key, codec.write(result)) if self.action.rebuilds else result

    def filtered(self, node: Json, segment: Filter, index: int, context: int, cursor: Cursor) -> Json:
        context |= segment.context
        if node is MISSING:
            raise self.lost(cursor)
        if type(node) is not list or not node:
            return self.at(node, index + 1, context, cursor)
        matching = [place for place, element in enumerate(node) if segment.takes(element)]
        if not matching:
            cursor = ("DownArray", cursor)
            for _ in node:
                cursor = ("MoveRight", cursor)
            raise self.lost(cursor)
        changed = node.copy()
        for place in matching:
            changed[place] = self.at(node[place], index + 1, context, None)
        return changed if self.action.rebuilds else changed[matching[-1]]


def pair_position(pairs: Json, wanted: str) -> int | str | None:
    """Return where the first pair of a name is, in a list of pairs or in an object that stands for one."""
    if type(pairs) is dict:
        return wanted if wanted in pairs and is_pairs(pairs) else None
    return _position(pairs, wanted) if type(pairs) is list else None


def _position(pairs: list[Any], wanted: str) -> int | None:
    """Return where a name is in a list of pairs; None in a list of anything else."""
    try:
        names = [pair["name"] for pair in pairs]
        if wanted not in names:
            return None
        kinds = {type(pair.get("value")) for pair in pairs}
    except (AttributeError, KeyError, TypeError):
        return None
    if dict in kinds or list in kinds or {*map(type, names)} != {str}:
        return None
    return names.index(wanted)


def is_pairs(value: Json) -> bool:
    """Tell whether a value is a list of name/value pairs, or an object of scalars that stands for one."""
    if type(value) is dict:
        return not any(type(scalar) in (dict, list) for scalar in value.values())
    return type(value) is list and all(
        type(pair) is dict and type(pair.get("name")) is str and type(pair.get("value")) not in (dict, list)
        for pair in value
    )
