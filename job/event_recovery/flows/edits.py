"""Edits: steps that change which members an object, an array or a list of pairs has, and not only their values.

The walk replaces what a path leads to. Here a path may lead to nothing yet, or to what goes. Fields are entered by the
walk's rules: base64, JSON in strings, pairs by their name. Two things are simpler: a path may end at a pair, and what
an edit leaves as it is stays the same object, so that the text around it is not written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from event_recovery.errors import InvalidJsonFormat, RowFailure
from event_recovery.flows.codecs import Codec, codec_for
from event_recovery.flows.path import Field, FieldKind, Filter, Index, Segment
from event_recovery.flows.walk import MISSING, is_pairs, pair_position
from event_recovery.text.jsontext import Json, JsonTextError, no_spaces

_RAW: Final = Field("raw")
_PARAMETERS: Final = Field("parameters")
_QUERYSTRING: Final = Field("querystring")
_VALUE: Final = "value"


def pairs_depth(path: tuple[Segment, ...]) -> int:
    """Return after how many segments a path from the payload's root is in the parameters; 0 when it never is."""
    if path[:1] == (_QUERYSTRING,):
        return 1
    return 2 if path[:2] == (_RAW, _PARAMETERS) else 0


def pair_text(value: Json) -> str | None:
    """Return a value as a parameter can have it: text, or nothing."""
    return value if value is None or type(value) is str else no_spaces(value)


def edit(
    document: Json,
    path: tuple[Segment, ...],
    index: int,
    *,
    value: Json = MISSING,
    name: str | None = None,
    makes: bool = False,
    failure: Callable[[str], RowFailure] | None = None,
) -> Json:
    """Return a document edited at the end of a path; the document itself when nothing changes.

    :param path: from the payload's root
    :param index: how many of its segments lead to the document
    :param value: what the target becomes; ``MISSING`` deletes it
    :param name: what the target is called from now on, for an edit that changes nothing else
    :param makes: whether parents that are missing are made
    :param failure: makes the failure for a target that is not there or cannot be, given the reason; None when that
        leaves nothing to do
    :raises RowFailure: such a failure, or one for a text that does not hold what its name promises
    """
    return _Edit(path, value, name, makes, failure).at(document, index, FieldKind.NONE)


@dataclass(slots=True)
class _Edit:
    """One edit on the way along its path.

    Every method takes a node, which may be ``MISSING``, and returns what takes its place: the node itself when nothing
    changes, ``MISSING`` when nothing does. ``index`` is that of the segment to follow, ``context`` as in the walk.
    """

    path: tuple[Segment, ...]
    value: Json
    name: str | None
    makes: bool
    failure: Callable[[str], RowFailure] | None

    def at(self, node: Json, index: int, context: int) -> Json:
        """Follow the path from a node."""
        segment = self.path[index]
        if isinstance(segment, Field):
            return self.field(node, segment, index, context)
        if isinstance(segment, Index):
            return self.element(node, segment.position, index, context)
        return self.filtered(node, segment, index, context)

    def below(self, node: Json, index: int, context: int) -> Json:
        if index + 1 == len(self.path):
            return self.value
        return self.at(node, index + 1, context)

    def nothing(self, node: Json, reason: str) -> Json:
        if self.failure is not None:
            raise self.failure(reason)
        return node

    def field(self, node: Json, segment: Field, index: int, context: int) -> Json:
        if type(node) is dict:
            members: dict[str, Any] = node
        elif self.makes and (node is MISSING or node is None):
            members = {}
        else:
            return self.nothing(node, f"there is no object with `{segment.name}`")
        name = segment.name
        child = members.get(name, MISSING)
        if self.name is not None and index + 1 == len(self.path):
            return self.renamed(members, name, self.name)
        changed = self.member(child, segment, index, context)
        if changed is child:
            return node
        if changed is MISSING:
            return {key: value for key, value in members.items() if key != name}
        return {**members, name: changed}

    def renamed(self, members: dict[str, Any], name: str, to: str) -> Json:
        if name not in members:
            return self.nothing(members, "nothing is there")
        if to in members:
            return self.nothing(members, f"there is a `{to}` already")
        return {to if key == name else key: value for key, value in members.items()}

    def member(self, child: Json, segment: Field, index: int, context: int) -> Json:
        """Return what a member of an object becomes."""
        # What a filter by name says of the pair's value, which holds a document even while it holds nothing.
        held = codec_for(context) if segment.name == _VALUE else None
        if index + 1 == len(self.path):
            return self.written(held, in_pair=segment.name == _VALUE and self.in_found_pair(index))
        kind = segment.kind | context
        codec = None
        if type(child) is str:
            codec = codec_for(kind)
        elif child is None or child is MISSING:
            codec = held
        if codec is not None:
            return self.document(child, codec, index)
        if kind & FieldKind.PAIRS and type(child) is list:
            named = self.path[index + 1]
            position = pair_position(child, named.name) if isinstance(named, Field) else None
            if isinstance(named, Field) and (position is not None or is_pairs(child)):
                within = context | segment.context | named.context
                return self.pair(child, position, named, index + 1, codec_for(named.kind | context), within)
        context &= FieldKind.PAIRS
        if child is MISSING or is_pairs(child):
            context |= segment.context & FieldKind.PAIRS
        return self.below(child, index, context)

    def in_found_pair(self, index: int) -> bool:
        """Tell whether a segment is a member of a parameter that was found by its position or by a filter."""
        depth = pairs_depth(self.path)
        return depth > 0 and index == depth + 1 and not isinstance(self.path[depth], Field)

    def written(self, codec: Codec | None, *, in_pair: bool) -> Json:
        """Return the new value in the form that its place asks for."""
        if self.value is MISSING:
            return MISSING
        if codec is not None:
            return codec.write(self.value)
        return pair_text(self.value) if in_pair else self.value

    def document(self, text: Json, codec: Codec, index: int) -> Json:
        """Edit the document that a text holds, or make one where there is no text."""
        if text is None or text is MISSING:
            changed = self.at(MISSING, index + 1, FieldKind.NONE)
            return text if changed is MISSING else codec.write(changed)
        if type(text) is not str:
            raise InvalidJsonFormat(f"Got value '{no_spaces(text)}' with wrong type, expecting string")
        try:
            document = codec.read_or_explain(text)
        except JsonTextError as error:
            raise InvalidJsonFormat(str(error)) from None
        changed = self.at(document, index + 1, FieldKind.NONE)
        return text if changed is document else codec.write(changed)

    def pair(
        self,
        pairs: list[Any],
        position: int | str | None,
        named: Field,
        index: int,
        codec: Codec | None,
        context: int,
    ) -> Json:
        """Edit the first pair of a name; ``index`` is that of the name."""
        place = position if isinstance(position, int) else None
        pair: dict[str, Any] = {"name": named.name, _VALUE: None} if place is None else pairs[place]
        held = pair.get(_VALUE)
        if index + 1 < len(self.path):
            changed = self.document(held, codec, index) if codec else self.at(held, index + 1, context)
            if changed is held:
                return pairs
            pair = {**pair, _VALUE: changed}
        elif self.name is not None:
            if place is None:
                return self.nothing(pairs, "nothing is there")
            if pair_position(pairs, self.name) is not None:
                return self.nothing(pairs, f"there is a `{self.name}` already")
            pair = {**pair, "name": self.name}
        else:
            changed = self.written(codec, in_pair=index == pairs_depth(self.path))
            if changed is MISSING:
                return pairs if place is None else pairs[:place] + pairs[place + 1 :]
            pair = {**pair, _VALUE: changed}
        return [*pairs, pair] if place is None else [*pairs[:place], pair, *pairs[place + 1 :]]

    def element(self, node: Json, position: int, index: int, context: int) -> Json:
        elements: list[Any] = node if type(node) is list else []
        if type(node) is not list and not (self.makes and (node is MISSING or node is None)):
            return self.nothing(node, f"there is no array with [{position}]")
        if position < len(elements):
            changed = self.below(elements[position], index, context)
            if changed is elements[position]:
                return node
            kept = [] if changed is MISSING else [changed]
            return elements[:position] + kept + elements[position + 1 :]
        if self.makes and position == len(elements):
            return [*elements, self.below(MISSING, index, context)]
        return self.nothing(node, f"the array ends before [{position}]")

    def filtered(self, node: Json, segment: Filter, index: int, context: int) -> Json:
        last = index + 1 == len(self.path)
        context |= segment.context
        if type(node) is not list or not node:
            # Elsewhere such a filter is passed as if it were not there; but nobody wants to lose the whole by it.
            if last or node is MISSING or node is None:
                return self.nothing(node, "there are no elements to filter")
            return self.at(node, index + 1, context)
        matching = {place for place, element in enumerate(node) if segment.takes(element)}
        if not matching:
            return self.nothing(node, "no element passes the filter")
        changed = [
            self.below(element, index, context) if place in matching else element for place, element in enumerate(node)
        ]
        if all(one is other for one, other in zip(changed, node, strict=True)):
            return node
        return [element for element in changed if element is not MISSING]
